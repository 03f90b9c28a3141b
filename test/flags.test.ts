/** The parser of flags: every spelling, every way to get one wrong. */
import { describe, expect, test } from "bun:test";
import { parseFlags, UsageError } from "../src/flags.ts";
import type { Flag, Shorthand } from "../src/flags.ts";

const flags = [
  { name: "port", kind: "integer", default: 9999, max: 65_535, value: "PORT", help: "", env: true },
  { name: "host", kind: "string", default: undefined, help: "", aliases: ["address"], env: true },
  { name: "dump", kind: "boolean", default: true, help: "", env: true },
  { name: "unix-mode", kind: "octal", default: 0o660, max: 0o777, help: "", env: true },
  { name: "seconds", kind: "number", default: 1.5, min: 0.5, max: 60, help: "" },
  { name: "color", kind: "choice", choices: ["red", "blue"], default: "red", help: "", env: true },
] as const satisfies readonly Flag[];

const shorthands: readonly Shorthand[] = [
  {
    names: ["t", "tcp"],
    kind: "string",
    value: "HOST/PORT",
    help: "",
    expand: (text) => {
      const [host = "", port] = text.split("/");
      if (port === undefined) throw new UsageError("no slash");
      return [
        ["host", host],
        ["port", port],
      ];
    },
  },
  { names: ["hide"], kind: "boolean", help: "", expand: () => [["dump", "false"]] },
];

function values(argv: readonly string[], env: Record<string, string> = {}) {
  const parsed = parseFlags(flags, argv, env, shorthands);
  if (parsed.request !== "run") throw new Error(`asked for ${parsed.request}`);
  return parsed.values;
}

function complaint(argv: readonly string[], env: Record<string, string> = {}): string {
  try {
    values(argv, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${argv.join(" ")}`);
}

describe("parseFlags", () => {
  test("gives every flag its default", () => {
    expect(values([])).toEqual({
      port: 9999,
      host: undefined,
      dump: true,
      "unix-mode": 0o660,
      seconds: 1.5,
      color: "red",
    });
  });

  test.each(["-port 5", "--port 5", "-port=5", "--port=5"])("takes a value as %p", (words) =>
    expect(values(words.split(" ")).port).toBe(5),
  );

  test("sets a boolean that stands alone", () => {
    expect(values(["-dump=false", "-dump"]).dump).toBe(true);
    expect(values(["-no-dump"]).dump).toBe(false);
    expect(values(["--no-dump"]).dump).toBe(false);
  });

  test("never takes the next argument for a boolean's value, and says how to give one", () => {
    expect(complaint(["-dump", "false"])).toBe(
      'unexpected argument "false"; to give -dump a value write -dump=false',
    );
  });

  test("refuses a value for a negated boolean", () => {
    expect(complaint(["--no-dump=true"])).toBe("--no-dump takes no value; write --dump=true");
  });

  test("negates booleans only", () => {
    expect(complaint(["--no-port"])).toContain("unknown flag --no-port");
  });

  test("takes the last of several", () => {
    expect(values(["-port", "1", "--port=2", "-port", "3"]).port).toBe(3);
    expect(values(["-dump=false", "--no-dump", "-dump"]).dump).toBe(true);
  });

  test("checks each of several", () => {
    expect(complaint(["-port=x", "-port=2"])).toContain('-port: "x"');
  });

  test("knows aliases and says the spelling that was used", () => {
    expect(values(["-address", "::1"]).host).toBe("::1");
    expect(complaint(["--address"])).toBe("--address needs a value: --address VALUE");
  });

  test("follows a shorthand as if its flags had been written in its place", () => {
    expect(values(["-t", "::1/7"])).toMatchObject({ host: "::1", port: 7 });
    expect(values(["-port=1", "--tcp=h/7", "-host", "x"])).toMatchObject({ host: "x", port: 7 });
    expect(values(["-hide"]).dump).toBe(false);
    expect(values(["-hide", "-dump"]).dump).toBe(true);
  });

  test("says which shorthand cannot be read", () => {
    expect(complaint(["-t", "7"])).toBe("-t: no slash");
    expect(complaint(["-t", "h/70000"])).toContain('-t: "70000" is not a whole number');
  });

  test.each(["-h", "-help", "--help", "--h"])("asks for the usage with %p", (word) =>
    expect(parseFlags(flags, ["-port", "5", word, "-nonsense"]).request).toBe("help"),
  );

  test.each(["-version", "--version"])("asks for the version with %p", (word) =>
    expect(parseFlags(flags, [word]).request).toBe("version"),
  );

  test("complains of what stands before -help", () => {
    expect(complaint(["-nonsense", "-help"])).toContain("unknown flag -nonsense");
  });

  test("gives the usage even when the environment is wrong", () => {
    expect(parseFlags(flags, ["-help"], { GLOCKD_PORT: "x" }).request).toBe("help");
  });

  test("tells what was given, in either way", () => {
    const parsed = parseFlags(flags, ["-port=9999"], { GLOCKD_DUMP: "1" });
    expect(parsed.request === "run" && [...parsed.given].sort()).toEqual(["dump", "port"]);
  });
});

describe("parseFlags refuses", () => {
  test.each([
    ["-prot", "-port"],
    ["--prt", "-port"],
    ["-Port", "-port"],
    ["-hots=x", "-host"],
    ["-unixmode", "-unix-mode"],
    ["-no-dmup", "-no-dump"],
    ["-sec", "-seconds"],
  ])("%p and says that %p is near", (word, near) => {
    expect(complaint([word, "1"])).toBe(
      `unknown flag ${word.replace(/=.*/, "")}; did you mean ${near}?`,
    );
  });

  test.each(["-x", "-zzzz", "--frobnicate", "-t9999", "-__proto__", "-constructor"])(
    "%p without guessing",
    (word) => expect(complaint([word])).toBe(`unknown flag ${word}`),
  );

  test.each(["x", "-", "", "---port", "-=1", "--=1", "serve", "0"])(
    "the stray argument %p",
    (word) =>
      expect(complaint(["-port", "5", word])).toBe(`unexpected argument ${JSON.stringify(word)}`),
  );

  test("flags behind --, which ends them", () => {
    expect(complaint(["-port=5", "--", "-host"])).toBe('unexpected argument "-host"');
    expect(values(["-port=5", "--"]).port).toBe(5);
  });

  test("a missing value at the end", () => {
    expect(complaint(["-host", "x", "--port"])).toBe("--port needs a value: --port PORT");
  });

  test.each(["-host", "--no-dump", "-tcp=x", "-help", "--"])(
    "%p as the value of the flag before it",
    (word) => expect(complaint(["-host", word])).toContain("-host needs a value"),
  );

  test("nothing that merely looks like a flag, as Go does", () => {
    expect(values(["-host", "-other"]).host).toBe("-other");
    expect(values(["-host=-port"]).host).toBe("-port");
    expect(values(["-host", "-"]).host).toBe("-");
    expect(values(["-host=a=b"]).host).toBe("a=b");
  });

  test("a value that is none of its kind, and says how the flag was written", () => {
    expect(complaint(["--port", "65536"])).toBe(
      '--port: "65536" is not a whole number between 0 and 65535',
    );
    expect(complaint(["-color=green"])).toBe('-color: "green" is not one of red, blue');
  });
});

describe("the environment", () => {
  test("stands in for flags", () => {
    const env = { GLOCKD_PORT: "5", GLOCKD_UNIX_MODE: "600", GLOCKD_DUMP: "F", GLOCKD_HOST: "h" };
    expect(values([], env)).toMatchObject({ port: 5, "unix-mode": 0o600, dump: false, host: "h" });
  });

  test("loses to flags, shorthands included", () => {
    const env = { GLOCKD_PORT: "5", GLOCKD_DUMP: "false", GLOCKD_HOST: "h" };
    expect(values(["-port=6", "-dump"], env)).toMatchObject({ port: 6, dump: true });
    expect(values(["-t", "x/7"], env)).toMatchObject({ port: 7, host: "x" });
    expect(values(["-host="], env).host).toBeUndefined();
  });

  test.each([
    ["GLOCKD_PORT", "x"],
    ["GLOCKD_DUMP", "maybe"],
    ["GLOCKD_UNIX_MODE", "9"],
    ["GLOCKD_COLOR", "green"],
  ])("is named when %s is wrong", (variable, text) => {
    expect(complaint([], { [variable]: text })).toStartWith(`${variable}: "${text}" is not `);
  });

  test("counts as absent where it is empty", () => {
    expect(values([], { GLOCKD_PORT: "", GLOCKD_DUMP: "" })).toMatchObject({
      port: 9999,
      dump: true,
    });
  });

  test("is not read for flags that do not ask for it", () => {
    expect(values([], { GLOCKD_SECONDS: "7" }).seconds).toBe(1.5);
  });

  test("says what to do when Kubernetes has filled it", () => {
    expect(complaint([], { GLOCKD_PORT: "tcp://10.0.0.1:9999" })).toContain("enableServiceLinks");
  });
});
