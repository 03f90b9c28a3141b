/** A line's words, one after the other. */
import { describe, expect, test } from "bun:test";
import { latin1, Line } from "../../src/protocol/line.ts";
import { lineOf } from "./line-of.ts";

describe("A line", () => {
  test("is a first word and an argument", () => {
    const line = lineOf("g foo bar");
    expect([line.word(), line.argument()]).toEqual(["g", "foo bar"]);
    expect(line.bytes[line.argumentStart]).toBe(102);
  });

  test("without an argument has an empty one", () => {
    const line = lineOf("q");
    expect([line.word(), line.argument()]).toEqual(["q", ""]);
    expect(line.argumentStart).toBe(line.end);
  });

  test("loses its first word by a shift, until nothing is left", () => {
    const line = lineOf("@7 sgw 3 - the name");
    const words: string[] = [];
    for (; line.start < line.end; line.shift()) words.push(line.word());
    expect(words).toEqual(["@7", "sgw", "3", "-", "the", "name"]);
    line.shift();
    expect([line.word(), line.argument()]).toEqual(["", ""]);
  });

  test("keeps bytes that are no text, each as one character", () => {
    const line = lineOf("g \xff\x00\xc3\xa4");
    expect(line.argument()).toBe("\xff\x00\xc3\xa4");
  });

  test("of nothing has no words", () => {
    const line = new Line();
    expect([line.word(), line.argument(), line.argumentStart]).toEqual(["", "", 0]);
  });
});

test("latin1 takes a range of a view that begins anywhere in its buffer", () => {
  const bytes = new Uint8Array(Buffer.from("..abc\xff..", "latin1")).subarray(2);
  expect(latin1(bytes, 1, 4)).toBe("bc\xff");
});
