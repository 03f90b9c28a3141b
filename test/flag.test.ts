/** Each kind of flag: what text it takes for which value, and what it refuses in which words. */
import { describe, expect, test } from "bun:test";
import { readValue, UsageError, variableOf } from "../src/flag.ts";
import type { Flag } from "../src/flag.ts";

const common = { name: "it", default: undefined, help: "" } as const;
const port: Flag = { ...common, kind: "integer", max: 65_535 };
const seconds: Flag = { ...common, kind: "number", min: 0.5, max: 60 };
const count: Flag = { ...common, kind: "integer", min: 1 };
const mode: Flag = { ...common, kind: "octal", max: 0o777 };
const color: Flag = { ...common, kind: "choice", choices: ["red", "blue"] };
const dump: Flag = { ...common, kind: "boolean" };
const path: Flag = { ...common, kind: "string" };

function complaint(flag: Flag, text: string): string {
  try {
    return `took ${String(readValue(flag, text, "-it"))}`;
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
}

describe("a boolean", () => {
  test.each(["1", "t", "T", "true", "TRUE", "True"])("takes %p for true", (text) =>
    expect(readValue(dump, text, "-it")).toBe(true),
  );

  test.each(["0", "f", "F", "false", "FALSE", "False"])("takes %p for false", (text) =>
    expect(readValue(dump, text, "-it")).toBe(false),
  );

  test.each(["", "yes", "no", "on", "off", "2", "tRUE", " true", "FAlse"])("refuses %p", (text) =>
    expect(complaint(dump, text)).toBe(
      `-it: ${JSON.stringify(text)} is not true or false (1, t, true, 0, f or false)`,
    ),
  );
});

describe("a whole number", () => {
  test.each([
    ["0", 0],
    ["65535", 65_535],
  ])("takes %p", (text, value) => expect(readValue(port, text, "-it")).toBe(value));

  test.each([
    "65536",
    "-1",
    "+1",
    "1.0",
    "1e3",
    "0x10",
    "010",
    "",
    " 5",
    "5 ",
    "5\n",
    "\u0665",
    "99999999999999999999",
  ])("refuses %p", (text) =>
    expect(complaint(port, text)).toBe(
      `-it: ${JSON.stringify(text)} is not a whole number between 0 and 65535`,
    ),
  );

  test("names the only bound that it has", () => {
    expect(complaint(count, "0")).toBe('-it: "0" is not a whole number of 1 or more');
  });
});

describe("a number", () => {
  test.each([
    ["0.5", 0.5],
    ["60", 60],
    ["1.25", 1.25],
  ])("takes %p", (text, value) => expect(readValue(seconds, text, "-it")).toBe(value));

  test.each(["0.4", "61", "1.", ".5", "-1", "NaN", "Infinity", "1e1", ""])("refuses %p", (text) =>
    expect(complaint(seconds, text)).toContain("is not a number between 0.5 and 60"),
  );
});

describe("a file mode", () => {
  test.each([
    ["0660", 0o660],
    ["660", 0o660],
    ["0o600", 0o600],
    ["0", 0],
    ["777", 0o777],
  ])("takes %p", (text, value) => expect(readValue(mode, text, "-it")).toBe(value));

  test.each(["888", "1000", "0x1ff", "rw", "-1", ""])("refuses %p", (text) =>
    expect(complaint(mode, text)).toContain("is not an octal file mode such as 0660"),
  );
});

describe("a choice", () => {
  test("takes what it offers", () => {
    expect(readValue(color, "blue", "-it")).toBe("blue");
  });

  test.each(["green", "Red", ""])("refuses %p", (text) =>
    expect(complaint(color, text)).toBe(`-it: ${JSON.stringify(text)} is not one of red, blue`),
  );
});

describe("a string", () => {
  test("takes anything", () => {
    expect(readValue(path, " a=b ", "-it")).toBe(" a=b ");
  });

  test("takes an empty one for none where there need not be one", () => {
    expect(readValue(path, "", "-it")).toBeUndefined();
    expect(readValue({ ...path, default: "x" }, "", "-it")).toBe("");
  });
});

test("a flag's variable is its name in capitals, with the dashes bent down", () => {
  expect(variableOf({ ...path, name: "unix-mode" })).toBe("GLOCKD_UNIX_MODE");
});
