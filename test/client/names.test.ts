/** Names and keys that arrive as they are, numbers that the server reads, times that timers count. */
import { describe, expect, jest, test } from "bun:test";
import { assert, constantFrom, double, oneof, property, string } from "fast-check";
import { failureOf, isYes, numberOf } from "../../src/client/asking/replies.ts";
import { secondsText } from "../../src/client/asking/wants.ts";
import { Deadline } from "../../src/client/deadline.ts";
import { BadNameError } from "../../src/client/errors.ts";
import { checkKey, checkName } from "../../src/client/names.ts";
import { takeWait } from "../../src/protocol/arguments.ts";
import { Framer } from "../../src/protocol/framer.ts";
import { Line } from "../../src/protocol/line.ts";

/** What the server makes of a command. */
function asRead(command: string): Line {
  const framer = new Framer(8192);
  const line = new Line();
  framer.feed(Buffer.from(`${command}\n`));
  expect(framer.next(line)).toBe("line");
  return line;
}

describe("checkName", () => {
  test("lets through what the server reads unchanged, and nothing else", () => {
    const names = oneof(
      string({ unit: "binary", maxLength: 20 }),
      string({ unit: constantFrom(..." \t\n\r\v\fa\u00a0é"), maxLength: 6 }),
    );
    assert(
      property(names, (name) => {
        let isGood = true;
        try {
          checkName(name);
        } catch (error) {
          expect(error).toBeInstanceOf(BadNameError);
          isGood = false;
        }
        const arrives =
          name !== "" &&
          !name.includes("\n") &&
          name.isWellFormed() &&
          asRead(`g ${name}`).argument() === Buffer.from(name).toString("latin1");
        expect(isGood).toBe(arrives);
      }),
    );
  });

  test("counts bytes, not characters", () => {
    expect(checkName("é".repeat(512))).toHaveLength(512);
    expect(() => checkName("é".repeat(513))).toThrow("longer than 1024 bytes");
    expect(checkName("x".repeat(1024))).toHaveLength(1024);
  });

  test("says what is wrong with it", () => {
    expect(() => checkName("")).toThrow("is empty");
    expect(() => checkName(undefined as unknown as string)).toThrow("is no string");
    expect(() => checkName("a  b", "token")).toThrow('the token "a  b" contains white space');
  });
});

test("A key is one word", () => {
  expect(checkKey("-")).toBe("-");
  for (const key of ["", "a b", "a\n", "k".repeat(129)]) {
    expect(() => checkKey(key)).toThrow(BadNameError);
  }
});

test("Seconds are written as the server reads them, to the millisecond", () => {
  assert(
    property(double({ min: 0, max: 2_592_000, noNaN: true }), (seconds) => {
      const read = takeWait(asRead(`gw ${secondsText(seconds)} a`));
      expect(Math.abs(read - seconds * 1000)).toBeLessThanOrEqual(0.501);
    }),
  );
  expect([0, 30, 100, 0.5, 1e-7].map(secondsText)).toEqual(["0", "30", "100", "0.5", "0"]);
});

test("The number in front of a reply is read whole", () => {
  expect(numberOf("9007199254740991 Lock Get Success: 1")).toBe(9_007_199_254_740_991);
  expect(["0 denied", "nonsense", "", "-1 x"].map(numberOf)).toEqual([0, 0, 0, 0]);
  expect(["1 ok", "10 x", "0 x", "x", ""].map(isYes)).toEqual([true, true, false, false, false]);
});

test("Each failure of the server has its error", () => {
  const replies = {
    "0 Lock Get Failure: a": "timed-out",
    "0 Shared Lock Get Failure: a": "timed-out",
    "0 Deadlock: a": "refused",
    "0 Name Too Long": "bad-name",
    "0 Line Too Long": "bad-name",
    "0 Limit Reached: tags": "unavailable",
    "0 Unavailable: no store": "unavailable",
    "0 denied": "denied",
    "0 disabled": "denied",
    "0 auth required": "denied",
    "0 Bad Request: KEY is missing": "protocol",
    "0 Invalid Command: gw": "protocol",
    nonsense: "protocol",
  };
  for (const [reply, code] of Object.entries(replies)) {
    expect([reply, failureOf(reply, { name: "a", wait: 5 }).code]).toEqual([reply, code]);
  }
});

test("A deadline comes after its time, be it longer than timers count", () => {
  jest.useFakeTimers();
  const from = performance.now();
  let now = from;
  const clock = jest.spyOn(performance, "now").mockImplementation(() => now);
  const advance = (milliseconds: number): void => {
    now += milliseconds;
    jest.advanceTimersByTime(milliseconds);
  };
  try {
    const rang: string[] = [];
    const days = 24 * 3600 * 1000;
    const kept = new Deadline(30 * days, () => rang.push("kept"));
    const cancelled = new Deadline(1000, () => rang.push("cancelled"));
    cancelled.cancel();
    advance(25 * days);
    advance(4 * days);
    expect(rang).toEqual([]);
    advance(1 * days + 1);
    expect(rang).toEqual(["kept"]);
    kept.cancel();
  } finally {
    clock.mockRestore();
    jest.useRealTimers();
  }
});
