/** Names and figures in columns of a terminal. */
import { describe, expect, test } from "bun:test";
import { property, assert, string, integer } from "fast-check";
import { countText, durationText, rateText } from "../../../src/cli/top/figures.ts";
import { fitted, printable } from "../../../src/cli/top/printable.ts";

describe("printable", () => {
  test.each([
    ["plain", "plain"],
    ["ключ 日本 🔑", "ключ 日本 🔑"],
    ["\u001B[2J", "\\u001b[2J"],
    ["a\u009Bb\u007F", "a\\u009bb\\u007f"],
    ["a\u202Eb", "a\\u202eb"],
    ["\u2028\u200B", "\\u2028\\u200b"],
    ["\u{E0041}", "\\udb40\\udc41"],
  ])("shows %j as %p", (name, shown) => {
    expect(printable(name)).toBe(shown);
  });

  test("lets nothing through that a terminal would obey", () => {
    assert(
      property(string({ unit: "binary" }), (name) => {
        expect(printable(name)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
      }),
    );
  });
});

describe("fitted", () => {
  test.each([
    ["ab", 4, "ab  "],
    ["abcd", 4, "abcd"],
    ["abcde", 4, "abc…"],
    ["日本語", 4, "日… "],
    ["日本", 4, "日本"],
    ["e\u0301e\u0301e\u0301", 2, "e\u0301…"],
    ["ab", 1, "…"],
    ["ab", 0, ""],
  ])("makes %p in %i columns %p", (text, width, expected) => {
    expect(fitted(text, width)).toBe(expected);
  });

  test("is as wide as it was asked to be", () => {
    assert(
      property(string({ unit: "grapheme" }), integer({ min: 0, max: 30 }), (text, width) => {
        expect(Bun.stringWidth(fitted(printable(text), width))).toBe(width);
      }),
    );
  });
});

describe("Figures", () => {
  test.each([
    [undefined, "-"],
    [-5, "0ms"],
    [0.4, "0ms"],
    [999.4, "999ms"],
    [999.6, "1.00s"],
    [9_994, "9.99s"],
    [9_996, "10.0s"],
    [59_949, "59.9s"],
    [59_951, "1m00s"],
    [61_000, "1m01s"],
    [3_599_400, "59m59s"],
    [3_599_600, "1h00m"],
    [86_399_000, "23h59m"],
    [90_000_000, "1d01h"],
    [400 * 86_400_000, "400d"],
  ])("%p ms is %p", (milliseconds, expected) => {
    expect(durationText(milliseconds)).toBe(expected);
    expect(expected.length).toBeLessThanOrEqual(6);
  });

  test.each([
    [undefined, "-"],
    [0, "0"],
    [0.04, "0.0"],
    [0.34, "0.3"],
    [99.9, "99.9"],
    [99.96, "100"],
    [1234.5, "1235"],
    [56_700, "56.7k"],
    [567_000, "567k"],
    [1_200_000, "1.20M"],
  ])("%p grants a second are %p", (rate, expected) => {
    expect(rateText(rate)).toBe(expected);
  });

  test("counts are at most six characters", () => {
    for (const count of [0, 9_999, 10_000, 99_949, 99_950, 999_949, 999_950, 10_000_000])
      expect(countText(count).length).toBeLessThanOrEqual(6);
  });
});
