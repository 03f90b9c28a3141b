/** One event, one line: in every format, whatever the names are made of. */
import { describe, expect, test } from "bun:test";
import { createLogger, renderLine, silent } from "../src/log.ts";
import { logLevels } from "../src/log.ts";
import type { Fields, LogFormat, LogLevel } from "../src/log.ts";

const time = new Date("2026-01-02T03:04:05.678Z");

function line(format: LogFormat, event: string, fields: Fields = {}): string {
  return renderLine(format, { level: "info", event, fields, time });
}

function plain(fields: Fields): string {
  return line("plain", "x", fields);
}

/** Everything that could end a line, move a cursor or turn the text around. */
const hostile = [
  ...Array.from({ length: 32 }, (_, code) => String.fromCharCode(code)),
  ...Array.from({ length: 33 }, (_, code) => String.fromCharCode(0x7f + code)),
  "\u061C\u200B\u200E\u200F\u2028\u2029\u202A\u202B\u202C\u202D\u202E\u2060\u2066\u2067\u2068\u2069\uFEFF",
  "\uD800",
  "\uDFFF",
].join("a");

describe("renderLine", () => {
  test("writes the event and its fields", () => {
    const fields = {
      lock: "deploy",
      client: "10.0.0.7:41034",
      name: "worker-3",
      count: 2,
      ok: true,
    };
    expect(line("plain", "granted", fields)).toBe(
      "granted lock=deploy client=10.0.0.7:41034 name=worker-3 count=2 ok=true\n",
    );
  });

  test("leaves out fields that are undefined, but not those that are null or empty", () => {
    expect(plain({ a: undefined, b: null, c: "" })).toBe('x b=null c=""\n');
  });

  test("marks what is not just information in plain lines", () => {
    for (const level of ["warn", "error"] as const)
      expect(renderLine("plain", { level, event: "x", fields: {}, time })).toBe(`${level}: x\n`);
    expect(renderLine("plain", { level: "trace", event: "x", fields: {}, time })).toBe("x\n");
  });

  test("gives the journal its priorities", () => {
    const prefixes = (["error", "warn", "info", "trace"] as const).map((level) =>
      renderLine("journal", { level, event: "x", fields: {}, time }),
    );
    expect(prefixes).toEqual(["<3>x\n", "<4>x\n", "<6>x\n", "<7>x\n"]);
  });

  test("writes JSON that can be read back", () => {
    expect(
      JSON.parse(line("json", "granted", { lock: hostile, count: 2, gone: undefined })),
    ).toEqual({
      time: "2026-01-02T03:04:05.678Z",
      level: "info",
      event: "granted",
      // A half of a surrogate pair is no text; JSON has an escape even for that.
      lock: hostile,
      count: 2,
    });
  });

  test("colors pretty lines only when asked to", () => {
    expect(line("pretty", "granted", { lock: "a" })).toMatch(
      /^\d\d:\d\d:\d\d info {2}granted lock=a\n$/,
    );
    const entry = { level: "info", event: "granted", fields: { lock: "a" }, time } as const;
    expect(renderLine("pretty", entry, true)).toContain("\u001B[36minfo");
  });

  test.each(["plain", "journal", "pretty", "json"] as const)(
    "keeps a hostile name on one harmless line in %s",
    (format) => {
      const text = line(format, "granted", { lock: hostile });
      expect(text.slice(0, -1)).toMatch(/^[ -~]+$/);
      expect(text).toEndWith("\n");
    },
  );

  test("escapes hostile events too", () => {
    expect(line("plain", "a\nb")).toBe("a\\nb\n");
  });

  test.each([
    ["a b", '"a b"'],
    ['a"b', '"a\\"b"'],
    ["a\\b", '"a\\\\b"'],
    ["a\tb\u0007", '"a\\tb\\u0007"'],
    ["a=b", '"a=b"'],
    ["a\u00A0b", '"a\u00A0b"'],
    ['x" client="10.0.0.1', '"x\\" client=\\"10.0.0.1"'],
    ["Schloß-😀", "Schloß-😀"],
  ])("quotes %p so that it cannot pass for another field", (value, quoted) => {
    expect(plain({ lock: value })).toBe(`x lock=${quoted}\n`);
  });
});

function collecting(level: LogLevel) {
  const lines: string[] = [];
  const write = (text: string): void => void lines.push(text);
  return { lines, logger: createLogger({ level, format: "plain", write }) };
}

describe("createLogger", () => {
  test("has written when the call returns, in order, from the first line on", () => {
    const { lines, logger } = collecting("verbose");
    logger.trace("one");
    logger.info("two");
    logger.error("three");
    expect(lines).toEqual(["one\n", "two\n", "error: three\n"]);
  });

  test("writes equal lines as often as they come", () => {
    const { lines, logger } = collecting("info");
    for (let count = 0; count < 100; count++) logger.info("again", { lock: "a" });
    expect(lines.length).toBe(100);
  });

  test("traces only when verbose", () => {
    for (const verbose of [false, true]) {
      const { lines, logger } = collecting(verbose ? "verbose" : "info");
      logger.trace("granted");
      logger.info("listening");
      expect([logger.verbose, lines.length]).toEqual([verbose, verbose ? 2 : 1]);
    }
  });

  test.each(logLevels)(
    "writes what belongs to the level %s, also when it is set later",
    (level) => {
      const expected = ["error: d\n", "warn: c\n", "b\n", "a\n"];
      const wanted = expected.slice(0, logLevels.indexOf(level) + 1).toReversed();
      for (const before of logLevels) {
        const { lines, logger } = collecting(before);
        logger.info("first");
        lines.length = 0;
        if (level !== before) logger.setLevel(level);
        logger.trace("a");
        logger.info("b");
        logger.warn("c");
        logger.error("d");
        expect([lines, logger.verbose]).toEqual([wanted, level === "verbose"]);
      }
    },
  );

  test("does not take a lock's fields for its own", () => {
    const { lines, logger } = collecting("info");
    logger.info("x", { message: "m", args: "a", tag: "t", type: "y", level: "l" });
    expect(lines).toEqual(["x message=m args=a tag=t type=y level=l\n"]);
  });
});

test("silent says nothing and is not verbose", () => {
  expect(silent.verbose).toBe(false);
  expect(silent.error("x")).toBeUndefined();
});
