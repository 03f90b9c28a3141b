/** Names and text in columns of a terminal. */
import { describe, expect, test } from "bun:test";
import { property, assert, string, integer } from "fast-check";
import { fitted, printable, shownName } from "../../../src/cli/display/printable.ts";

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

test.each([
  ["deploy/shop", "deploy/shop"],
  ["a b\\c", "a b\\c"],
  ["", '""'],
  ['say "hi"', '"say \\"hi\\""'],
  ["\u001B[2J", '"\\u001b[2J"'],
  ["a\tb\u202E", '"a\\tb\\u202e"'],
])("shownName of %j is %p", (name, shown) => {
  expect(shownName(name)).toBe(shown);
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
