/** The manual page: made from the tables of the code, and right for those who format it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { manPage } from "../../packaging/man/page.ts";
import { literal, macro, prose } from "../../packaging/man/roff.ts";
import { cliCommands } from "../../src/cli/commands.ts";
import { variableOf } from "../../src/flag.ts";
import { commands } from "../../src/protocol/commands.ts";
import { serveFlags } from "../../src/config/serve-flags.ts";
import { scratch } from "../cli/glockd.ts";
import { missing } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const page = await manPage({ version: "1.2.3", date: 1_767_225_600 });

const plain = (text: string): string => text.replaceAll(/\s+/g, " ").replaceAll("…", "...").trim();

/** The page as somebody reads it, with its line breaks and indents taken out. */
async function read(): Promise<string> {
  await using room = scratch();
  const file = room.path("glockd.1");
  writeFileSync(file, page);
  const formatted = Bun.spawnSync(["groff", "-man", "-Tascii", "-P-cbou", "-rLL=2000n", file]);
  expect(formatted.stderr.toString()).toBe("");
  return formatted.stdout.toString().replaceAll(/\s+/g, " ");
}

test.skipIf(missing("groff") !== undefined)(
  "The page tells of every command, flag, variable and line of the protocol",
  async () => {
    const text = await read();
    const wanted = [
      ...cliCommands.map(({ name }) => `GLOCKD ${name.toUpperCase()}`),
      ...serveFlags.flatMap((flag) => [`-${flag.name}`, variableOf(flag), flag.help.slice(0, 30)]),
      ...commands.flatMap(({ usage, help }) => [usage, help.slice(0, 20)]),
      "EXIT STATUS 0 stopped cleanly",
      "128 and the signal",
    ];
    expect(wanted.filter((some) => !text.includes(plain(some)))).toEqual([]);
    expect(text).toContain("glockd 1.2.3");
    expect(text).toContain("2026-01-01");
  },
);

test.skipIf(missing("mandoc") !== undefined)("mandoc finds nothing to warn of", async () => {
  await using room = scratch();
  const file = room.path("glockd.1");
  writeFileSync(file, page);
  const lint = Bun.spawnSync(["mandoc", "-Tlint", "-Wwarning", file]);
  expect(lint.stdout.toString()).toBe("");
  writeFileSync(file, page.replace(".SH NAME", ".SHH NAME"));
  expect(Bun.spawnSync(["mandoc", "-Tlint", "-Wwarning", file]).stdout.toString()).not.toBe("");
});

test.skipIf(missing("groff") !== undefined)("groff finds nothing to warn of", () => {
  const groff = Bun.spawnSync(["groff", "-man", "-ww", "-z"], { stdin: Buffer.from(page) });
  expect(groff.stderr.toString()).toBe("");
});

test("Nothing in a text is taken for a request, an escape or a macro's end", () => {
  expect(literal(".so /etc/passwd")).toBe("\\&.so /etc/passwd");
  expect(literal("'br")).toBe("\\(aqbr");
  expect(literal("a\\n -x …")).toBe("a\\en \\-x \\[u2026]");
  expect(macro("B", 'a "b"')).toBe('.B "a \\(dqb\\(dq"');
  expect(prose("One. Two: three.")).toEqual(["One.", "Two:", "three."]);
});
