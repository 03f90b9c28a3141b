/** Arguments are taken or refused, on both sides of every bound. */
import { describe, expect, test } from "bun:test";
import {
  expectEnd,
  isTag,
  secondsMax,
  takeKey,
  takeLimit,
  takeSeconds,
  takeTag,
  takeTtl,
  takeWait,
} from "../../src/protocol/arguments.ts";
import { Fault } from "../../src/protocol/fault.ts";
import { lineOf } from "./line-of.ts";

/** Seconds as they may be written, in milliseconds. */
const seconds: readonly (readonly [string, number])[] = [
  ["0", 0],
  ["0.0", 0],
  ["00", 0],
  ["1", 1_000],
  ["1.", 1_000],
  [".5", 500],
  ["0.001", 1],
  ["007", 7_000],
  ["2592000", 2_592_000_000],
  ["2592000.0", 2_592_000_000],
];
/** What is no number of seconds. */
const noSeconds = [
  "",
  "-1",
  "+1",
  "1e3",
  "0x10",
  ".",
  "1.2.3",
  "1,5",
  "Infinity",
  "NaN",
  "ten",
  "1s",
];
const tooManySeconds = ["2592000.001", "2592001", "9".repeat(400)];

describe.each([
  ["a wait", takeWait, "SECONDS"],
  ["a TTL", takeTtl, "TTL"],
  ["a beat", takeSeconds, "SECONDS"],
] as const)("%s", (_, take, what) => {
  test.each(seconds)("of %s seconds is that many milliseconds", (word, due) => {
    const line = lineOf(`x ${word} the name`);
    expect(take(line)).toBe(due);
    expect(line.argument()).toBe("the name");
  });

  test.each(noSeconds.filter((word) => word !== ""))("of %s is no number", (word) => {
    expect(faultOf(() => take(lineOf(`x ${word} name`)))).toBe(
      `Bad Request: ${what} must be a number of seconds`,
    );
  });

  test.each(tooManySeconds)("of %s seconds is too long", (word) => {
    expect(faultOf(() => take(lineOf(`x ${word} name`)))).toBe(
      `Bad Request: ${what} must be at most 2592000`,
    );
  });

  test("has to be there", () => {
    expect(faultOf(() => take(lineOf("x")))).toBe(`Bad Request: ${what} is missing`);
  });
});

test("thirty days are the longest time", () => {
  expect(secondsMax).toBe(30 * 24 * 60 * 60);
});

test("a dash waits for ever, lives as long as the connection, and is no beat", () => {
  expect(takeWait(lineOf("gw - name"))).toBe(Infinity);
  expect(takeTtl(lineOf("kg - name"))).toBeNull();
  expect(faultOf(() => takeSeconds(lineOf("beat -")))).toContain("must be a number");
});

describe("A limit", () => {
  test.each([
    ["0", 0],
    ["1", 1],
    ["0003", 3],
    ["9007199254740991", 2 ** 53 - 1],
  ] as const)("of %s is taken", (word, due) => {
    expect(takeLimit(lineOf(`sgw ${word} - name`))).toBe(due);
  });

  test.each(["-1", "1.5", "1.0", "x", "1e3", "9007199254740992", "9".repeat(400)])(
    "of %s is not",
    (word) => {
      expect(faultOf(() => takeLimit(lineOf(`sgw ${word} - name`)))).toBe(
        "Bad Request: LIMIT must be a whole number, 0 for no limit",
      );
    },
  );
});

describe("A key", () => {
  test("is any word up to the limit of bytes, and not a byte more", () => {
    expect(takeKey(lineOf(`kr ${"k".repeat(128)} name`), 128)).toBe("k".repeat(128));
    expect(faultOf(() => takeKey(lineOf(`kr ${"k".repeat(129)} name`), 128))).toBe(
      "Bad Request: KEY is longer than 128 bytes",
    );
  });

  test("is bytes, a character each", () => {
    expect(takeKey(lineOf("kr \xff\xc3 name"), 2)).toBe("\xff\xc3");
  });

  test("has to be there", () => {
    expect(faultOf(() => takeKey(lineOf("kr"), 128))).toBe("Bad Request: KEY is missing");
  });
});

describe("A tag", () => {
  const good = ["a", "Z", "0", "a.b_c-d", "x".repeat(32), "-", "."];
  const bad = ["", "x".repeat(33), "a b", "ä", "a@", "a:", "a/b", "\x00", "a\n"];

  test.each(good)("may be %s", (tag) => {
    expect(isTag(tag)).toBe(true);
    expect(takeTag(lineOf(`x ${tag}`))).toBe(tag);
  });

  test.each(bad)("may not be %j", (tag) => {
    expect(isTag(tag)).toBe(false);
  });

  test("that is none is told what tags are", () => {
    expect(faultOf(() => takeTag(lineOf("x a@b")))).toBe(
      "Bad Request: TAG must be 1 to 32 of A-Z a-z 0-9 . _ -",
    );
  });

  test("may have every letter, digit and sign that the protocol names, and no other byte", () => {
    const allowed = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).filter(
      isTag,
    );
    const due = "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
    expect(allowed.join("")).toBe(due);
  });
});

test("what comes behind the last argument is too much", () => {
  const line = lineOf("x tag more");
  takeTag(line);
  expect(faultOf(() => expectEnd(line))).toBe("Bad Request: too many arguments");
  const whole = lineOf("x tag");
  takeTag(whole);
  expect(() => expectEnd(whole)).not.toThrow();
});

/** The message of the fault that it throws. */
function faultOf(take: () => unknown): string {
  try {
    return `no fault but ${String(take())}`;
  } catch (error) {
    if (error instanceof Fault) return error.message;
    throw error;
  }
}
