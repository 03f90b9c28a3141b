/** What stands beside flags, and flags that may stand alone. */
import { describe, expect, test } from "bun:test";
import { parseFlags, UsageError } from "../src/flags.ts";
import type { Flag, Operands, Shorthand } from "../src/flags.ts";

describe("parseFlags with operands", () => {
  const some = [
    { name: "wait", kind: "number", default: 0, bare: "600", value: "[S]", help: "" },
    { name: "force", kind: "boolean", default: false, aliases: ["f"], help: "" },
  ] as const satisfies readonly Flag[];
  const now: Shorthand = {
    names: ["n"],
    kind: "boolean",
    help: "",
    expand: () => [["wait", "0"]],
  };

  function read(line: string, wanted: Operands) {
    const parsed = parseFlags(some, line.split(" ").filter(Boolean), {}, [now], wanted);
    if (parsed.request !== "run") throw new Error(`asked for ${parsed.request}`);
    const { operands, command, values: found, typed } = parsed;
    return { operands, command, wait: found.wait, force: found.force, typed: [...typed] };
  }

  const refusal = (line: string, wanted: Operands): string => {
    try {
      read(line, wanted);
    } catch (error) {
      if (error instanceof UsageError) return error.message;
      throw error;
    }
    throw new Error(`accepted: ${line}`);
  };

  const one: Operands = { names: ["NAME"] };
  const runner: Operands = { names: ["NAME"], command: "CMD ARG..." };

  test.each(["-f lock", "lock -f", "-f -- lock"])(
    "takes one before and behind flags: %s",
    (line) => {
      expect(read(line, one)).toEqual({
        operands: ["lock"],
        command: [],
        wait: 0,
        force: true,
        typed: ["force"],
      });
    },
  );

  test("takes one that begins with a dash behind -- only", () => {
    expect(read("-- -f", one)).toMatchObject({ operands: ["-f"], force: false });
    expect(read("-", one).operands).toEqual(["-"]);
    expect(refusal("---f", one)).toContain('unexpected argument "---f"');
  });

  test("wants as many as there have to be, and no more", () => {
    expect(refusal("", one)).toBe("there is no NAME");
    expect(read("", { names: ["NAME"], least: 0 }).operands).toEqual([]);
    for (const line of ["a b", "a -- b", "-- a b"])
      expect(refusal(line, one)).toBe('unexpected argument "b"');
  });

  test("leaves what stands behind -- to the command", () => {
    expect(read("lock -- ls -f -- x", runner)).toMatchObject({
      operands: ["lock"],
      command: ["ls", "-f", "--", "x"],
      force: false,
    });
    expect(refusal("lock ls", runner)).toContain("the command goes behind --: NAME -- CMD ARG...");
    expect(refusal("lock", runner)).toBe("there is no command: write NAME -- CMD ARG...");
    expect(refusal("-- ls", runner)).toBe("there is no NAME");
  });

  test.each([
    ["--wait lock", 600],
    ["lock --wait", 600],
    ["--wait 5 lock", 5],
    ["--wait=5 lock", 5],
    ["--wait -f lock", 600],
    ["--wait -n lock", 0],
    ["lock", 0],
  ])("lets a flag stand without its value: %s", (line, wait) => {
    expect(read(line, one)).toMatchObject({ operands: ["lock"], wait });
  });
});
