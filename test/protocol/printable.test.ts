/** Names for people: text where it is text, one character a byte where it is not. */
import { expect, test } from "bun:test";
import { printable } from "../../src/protocol/printable.ts";

function show(bytes: readonly number[]): string {
  const padded = Uint8Array.of(0xff, ...bytes, 0xff);
  return printable({ bytes: padded, start: 1, end: 1 + bytes.length });
}

test("UTF-8 is shown as text", () => {
  expect(show([...Buffer.from("deploy ä €")])).toBe("deploy ä €");
  expect(show([])).toBe("");
  expect(show([...Buffer.from("\uFEFFmarked")])).toBe("\uFEFFmarked");
});

test.each([
  ["a byte that begins nothing", [0x61, 0xff], "a\xff"],
  ["a sequence that is cut off", [0xc3], "\xc3"],
  ["an overlong sequence", [0xc0, 0xaf], "\xc0\xaf"],
  ["a surrogate", [0xed, 0xa0, 0x80], "\xed\xa0\x80"],
])("%s is shown a character a byte", (_, bytes, due) => {
  expect(show(bytes)).toBe(due);
});
