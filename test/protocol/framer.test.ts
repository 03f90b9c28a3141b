/** Bytes become the same lines, in whatever packets they come. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Framer } from "../../src/protocol/framer.ts";
import { Line } from "../../src/protocol/line.ts";
import { naiveSplit, type Split } from "./naive-splitter.ts";

/** The smallest limit there is: the beginning of a line that is too long holds a tag. */
const limit = 64;
const atLimit = `g ${"n".repeat(limit - 2)}`;
const overLimit = `${atLimit}n`;

/** What is sent, and which commands it holds. */
const cases: readonly (readonly [what: string, input: string, commands: readonly string[]])[] = [
  ["a command", "g foo\n", ["g foo"]],
  ["a command without argument", "q\n", ["q"]],
  ["a CR before the line's end", "g foo\r\n", ["g foo"]],
  ["two CRs", "g foo\r\r\n", ["g foo"]],
  ["a CR in the middle, which is white space", "g a\rb\n", ["g a b"]],
  ["white space around", " \t g foo \v\f \n", ["g foo"]],
  ["runs of white space inside", "g  a \t\v b\n", ["g a b"]],
  ["a name with single spaces", "g a b c\n", ["g a b c"]],
  ["a space before the end", "g \n", ["g"]],
  ["a space and a CR before the end", "g foo \r\n", ["g foo"]],
  ["blank lines", "\n\r\n \t \r\n\n", []],
  ["blank lines between commands", "\ng a\n\n \ng b\n\n", ["g a", "g b"]],
  ["many commands", "g a\nr a\ni a\n", ["g a", "r a", "i a"]],
  ["a line without an end", "g a\ng b", ["g a"]],
  ["a CR without an end", "g a\ng b\r", ["g a"]],
  ["bytes that are no text", "g \x00\x01\xff\x80\n", ["g \x00\x01\xff\x80"]],
  ["other control bytes, which are no white space", "g\x08a \x0eb\n", ["g\x08a \x0eb"]],
  ["a non-breaking space, which is none", "g\xa0a\n", ["g\xa0a"]],
  ["nothing", "", []],
  ["a line at the limit", `${atLimit}\n`, [atLimit]],
  ["a line at the limit with a CR", `${atLimit}\r\n`, [atLimit]],
  ["a line over the limit", `${overLimit}\ng a\n`, [`too long: ${atLimit}`, "g a"]],
  ["a line over it with a CR", `${overLimit}\r\ng a\n`, [`too long: ${atLimit}`, "g a"]],
  ["a line at the limit and two CRs", `${atLimit}\r\r\n`, [`too long: ${atLimit}`]],
  ["a line far over it", `g ${"n".repeat(500)}\ng a\n`, [`too long: ${atLimit}`, "g a"]],
  ["one without an end", `g a\ng ${"n".repeat(limit)}`, ["g a", `too long: ${atLimit}`]],
  ["two of them", `${overLimit}\n${overLimit}\n`, [`too long: ${atLimit}`, `too long: ${atLimit}`]],
  ["one of white space alone", `${" ".repeat(limit + 1)}\ng a\n`, ["too long: ", "g a"]],
  ["one that would fit once folded", `g${" ".repeat(limit)}a\n`, ["too long: g"]],
  ["a blank line at the limit", `${" ".repeat(limit)}\ng a\n`, ["g a"]],
];

describe.each(cases)("%s", (_, input, commands) => {
  test("whole", () => {
    expect(told(lines([input]))).toEqual([...commands]);
  });

  test("byte by byte", () => {
    expect(told(lines([...input]))).toEqual([...commands]);
  });

  test("cut in two at every place", () => {
    for (let at = 0; at <= input.length; at++) {
      expect(told(lines([input.slice(0, at), input.slice(at)]))).toEqual([...commands]);
    }
  });

  test("is what the naive splitter finds", () => {
    expect(told(naiveSplit(input, limit))).toEqual([...commands]);
  });
});

test("any bytes in any packets give the lines that the naive splitter finds", () => {
  const piece = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom("g", "foo", "a", "@t", "\xff", "\x00") },
    { weight: 6, arbitrary: fc.constantFrom(" ", "  ", "\t", "\r", "\v", "\f") },
    { weight: 4, arbitrary: fc.constantFrom("\n", "\r\n", "\n\n") },
    { weight: 1, arbitrary: fc.nat(70).map((count) => "n".repeat(count)) },
    { weight: 1, arbitrary: fc.nat(70).map((count) => " ".repeat(count)) },
  );
  const pieces = fc.array(piece, { maxLength: 60, size: "max" });
  const property = fc.property(pieces, fc.array(fc.nat(40)), (text, cuts) => {
    const input = text.join("");
    expect(lines(cut(input, cuts))).toEqual(naiveSplit(input, limit));
  });
  fc.assert(property, { numRuns: 3_000 });
});

describe("A framer", () => {
  test("finds the first word's end, whether the line had to be folded or not", () => {
    for (const [input, word, argument] of [
      ["g foo bar\n", "g", "foo bar"],
      ["  g   foo  bar\n", "g", "foo bar"],
      ["q\n", "q", ""],
      [" q \n", "q", ""],
      ["g \xff\n", "g", "\xff"],
      ["g x\r\n", "g", "x"],
    ] as const) {
      const line = new Line();
      const framer = new Framer(limit);
      framer.feed(Buffer.from(input, "latin1"));
      expect(framer.next(line)).toBe("line");
      expect({ word: line.word(), argument: line.argument() }).toEqual({ word, argument });
    }
  });

  test("keeps no more of an unfinished line than the limit and what may be a CR", () => {
    const framer = new Framer(limit);
    for (let sent = 0; sent < 1_000; sent++) {
      framer.feed(Buffer.from("n"));
      framer.next(new Line());
      framer.settle();
      expect(framer.heldBytes).toBeLessThanOrEqual(limit + 1);
    }
    expect(framer.heldBytes).toBe(0);
  });

  test("tells a line that is too long once, when it is known, and skips all the rest of it", () => {
    const framer = new Framer(limit);
    const line = new Line();
    framer.feed(Buffer.from(`@tag g ${"n".repeat(limit)}`));
    expect(framer.next(line)).toBe("too long");
    expect(line.word()).toBe("@tag");
    for (let packet = 0; packet < 100; packet++) {
      framer.feed(Buffer.from("n".repeat(1_000)));
      expect(framer.next(line)).toBe("nothing");
      expect(framer.heldBytes).toBe(0);
    }
    framer.feed(Buffer.from("n\ng foo\n"));
    expect(framer.next(line)).toBe("line");
    expect(line.word() + line.argument()).toBe("gfoo");
  });

  test("keeps what comes while nobody asks for lines, and tells how much", () => {
    const framer = new Framer(limit);
    const line = new Line();
    framer.feed(Buffer.from("g 0\ng 1\n"));
    expect(framer.next(line)).toBe("line");
    let sent = 4;
    for (let packet = 2; packet < 5_000; packet++) {
      framer.settle();
      const bytes = Buffer.from(`g ${packet}\n`);
      framer.feed(bytes);
      sent += bytes.length;
      expect(framer.heldBytes).toBe(sent);
    }
    for (let name = 1; name < 5_000; name++) {
      if (framer.next(line) !== "line" || line.argument() !== `${name}`) {
        throw new Error(`${line.argument()} instead of ${name}`);
      }
    }
    expect(framer.next(line)).toBe("nothing");
    expect(framer.heldBytes).toBe(0);
  });

  test("needs the packet no longer once it has settled", () => {
    const framer = new Framer(limit);
    const line = new Line();
    const packet = Buffer.from("g a\ng un");
    framer.feed(packet);
    framer.next(line);
    expect(framer.next(line)).toBe("nothing");
    framer.settle();
    packet.fill(0);
    framer.feed(Buffer.from("finished\n"));
    expect(framer.next(line)).toBe("line");
    expect(line.argument()).toBe("unfinished");
  });

  test("takes lines up to the largest limit that can be set", () => {
    const framer = new Framer(65_536);
    const line = new Line();
    const name = "n ".repeat(32_000);
    framer.feed(Buffer.from(`g  ${name}\n`));
    expect(framer.next(line)).toBe("line");
    expect(line.argument()).toBe(name.trim());
  });
});

/** What a framer finds in these packets, each free for reuse when the next one comes. */
function lines(packets: readonly string[]): Split[] {
  const framer = new Framer(limit);
  const line = new Line();
  const split: Split[] = [];
  for (const text of packets) {
    const packet = Buffer.from(text, "latin1");
    framer.feed(packet);
    for (let found = framer.next(line); found !== "nothing"; found = framer.next(line)) {
      split.push({ found, text: textOf(line) });
    }
    framer.settle();
    packet.fill(0x2a);
  }
  return split;
}

function textOf(line: Line): string {
  const argument = line.argument();
  return argument === "" ? line.word() : `${line.word()} ${argument}`;
}

function told(split: readonly Split[]): string[] {
  return split.map(({ found, text }) => (found === "line" ? text : `too long: ${text}`));
}

/** `text` in packets of these sizes, the rest in one. */
function cut(text: string, sizes: readonly number[]): string[] {
  const packets: string[] = [];
  let at = 0;
  for (const size of sizes) {
    packets.push(text.slice(at, at + size));
    at += size;
  }
  return [...packets, text.slice(at)];
}
