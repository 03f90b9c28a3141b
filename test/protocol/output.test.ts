/** Replies are put together byte by byte as they were meant, however much there is. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Output, prefix } from "../../src/protocol/output.ts";

function textOf(out: Output): string {
  return Buffer.from(out.bytes.subarray(0, out.length)).toString("latin1");
}

describe("An output", () => {
  test("puts a line together from a prefix of any length and a range of bytes", () => {
    for (let length = 0; length < 30; length++) {
      const out = new Output();
      const beginning = "0123456789abcdefghijklmnopqrst".slice(0, length);
      out.line(prefix(beginning), Buffer.from("..name.."), 2, 6);
      out.line(prefix(beginning), Buffer.from(""), 0, 0);
      expect(textOf(out)).toBe(`${beginning}name\n${beginning}\n`);
    }
  });

  test("puts text a byte a character, UTF-8 as UTF-8, and bytes as they are", () => {
    const out = new Output();
    out.text("\xe4\xff");
    out.utf8("ä€");
    out.put(Uint8Array.of(7, 0, 10, 255, 7), 1, 4);
    out.textLine("end");
    const due = [0xe4, 0xff, 0xc3, 0xa4, 0xe2, 0x82, 0xac, 0, 10, 255, ...Buffer.from("end\n")];
    expect([...out.bytes.subarray(0, out.length)]).toEqual(due);
  });

  test.each([0, 9, 10, 99, 100, 2 ** 31, 2 ** 53 - 1])(
    "puts the number %d in decimals",
    (value) => {
      const out = new Output();
      out.number(value);
      expect(textOf(out)).toBe(String(value));
    },
  );

  test("grows without losing a byte, in whatever pieces it is filled", () => {
    const put = fc.record({
      how: fc.constantFrom("line", "put", "text", "utf8", "number", "newline"),
      size: fc.oneof(fc.nat(20), fc.nat(60_000)),
    });
    const property = fc.property(fc.array(put, { maxLength: 12, size: "max" }), (puts) => {
      const out = new Output();
      let due = "";
      for (const [at, { how, size }] of puts.entries()) {
        const letter = String.fromCharCode(97 + at);
        const text = letter.repeat(size);
        if (how === "line") out.line(prefix(letter), Buffer.from(text), 0, size);
        else if (how === "put") out.put(Buffer.from(`<${text}>`), 1, 1 + size);
        else if (how === "text") out.text(text);
        else if (how === "utf8") out.utf8(text);
        else if (how === "number") out.number(size);
        else out.newline();
        if (how === "line") due += `${letter}${text}\n`;
        else if (how === "number") due += size;
        else due += how === "newline" ? "\n" : text;
      }
      expect(textOf(out) === due).toBe(true);
    });
    fc.assert(property, { numRuns: 150 });
  });

  test("fills its last byte before it grows", () => {
    for (const last of ["text", "line", "newline", "number"] as const) {
      const out = new Output();
      const capacity = out.bytes.length;
      out.text("x".repeat(capacity - (last === "line" ? 6 : 1)));
      if (last === "text") out.text("y");
      else if (last === "line") out.line(prefix("abcd"), Buffer.from("y"), 0, 1);
      else if (last === "newline") out.newline();
      else out.number(7);
      expect(out.length).toBe(capacity);
      expect(out.bytes.length).toBe(capacity);
      out.text("more");
      expect(textOf(out).endsWith("more")).toBe(true);
      expect(textOf(out).startsWith("xxxx")).toBe(true);
    }
  });

  test("gives back what is not committed and keeps the rest", () => {
    const out = new Output();
    out.text("theirs");
    out.committed = out.length;
    out.text("ours");
    expect(Buffer.from(out.takeUncommitted()).toString()).toBe("ours");
    expect(textOf(out)).toBe("theirs");
    expect(out.takeUncommitted()).toHaveLength(0);
  });

  test("is empty once it is cleared", () => {
    const out = new Output();
    out.text("something");
    out.committed = 4;
    out.clear();
    expect({ length: out.length, committed: out.committed }).toEqual({ length: 0, committed: 0 });
  });
});
