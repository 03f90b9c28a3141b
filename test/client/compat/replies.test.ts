/** Replies with names that look like something else. */
import { describe, expect, test } from "bun:test";
import { Lines } from "../../../src/client/compat/lines.ts";
import * as replies from "../../../src/client/compat/replies.ts";
import { call, client } from "./calls.ts";
import { fieldServer } from "./field.ts";

describe("splitHolder", () => {
  test.each([
    ["a: 1.2.3.4:5", ["a", "1.2.3.4:5"]],
    ["a: b: [::1]:5", ["a: b", "[::1]:5"]],
    [": unix:7", ["", "unix:7"]],
    ["a: worker: 1", ["a", "worker: 1"]],
    ["a: b: worker", ["a", "b: worker"]],
  ])("splits %p", (line, pair) => {
    expect(replies.splitHolder(line)).toEqual(pair as [string, string]);
  });
});

describe("parseReply", () => {
  test.each([
    ["12 Shared Lock Get Success: a b", { number: 12, message: "Shared Lock Get Success: a b" }],
    ["1 ", { number: 1, message: "" }],
    ["1", { number: 1, message: null }],
  ])("reads %p", (line, reply) => {
    expect(replies.parseReply(line)).toEqual(reply);
  });

  test("refuses what no server says", () => {
    expect(() => replies.parseReply("HTTP/1.1 400 Bad Request")).toThrow(
      "Unexpected data received from lockd server: HTTP/1.1 400 Bad Request",
    );
  });
});

test("parseListing makes errors of refusals, whatever they are", () => {
  expect(() => parse("0 disabled")).toThrow("off");
  expect(() => parse("0 auth required")).toThrow("auth required");
  expect(() => parse("0 Unavailable: no store")).toThrow("Unavailable: no store");
  expect(parse("0 disabled: 1.2.3.4:5")).toEqual([["0 disabled", "1.2.3.4:5"]]);
});

test("folded makes of a name what the server makes of it", () => {
  expect(replies.folded(" \t a \v\f b\u00a0c ")).toBe("a b\u00a0c");
  expect(replies.folded("  ")).toBe("");
});

test("Lines keeps what is not complete, and drops line endings and blank lines", () => {
  const lines = new Lines();
  const take = (text: string): string[] => lines.take(Buffer.from(text, "latin1"));
  expect(take("\r\n\na\r\n\xc3")).toEqual(["a"]);
  expect(take("\xbc ")).toEqual([]);
  expect(take("\r\r\nb \nc")).toEqual(["ü ", "b "]);
  expect(take("\n")).toEqual(["c"]);
});

describe("A client", () => {
  const lists: Record<string, string> = {
    d: "__proto__: 1.2.3.4:5\nconstructor: me\nkeyed: first\nkeyed: second\n",
    sd: "__proto__: 1.2.3.4:5\n__proto__: x\n",
    who: "[::1]:5: a: b\n[::1]:6: a: b\n",
    "d x: y": "x: y: z: w\n",
    "d keyed": "keyed: first\nkeyed: second\n",
  };

  test.each([
    ["dump", [], { ["__proto__"]: "1.2.3.4:5", constructor: "me", keyed: "first" }],
    ["dump", ["x: y"], "z: w"],
    ["dump", ["keyed"], "first"],
    ["dump", ["toString"], null],
    ["dumpShared", [], { ["__proto__"]: ["1.2.3.4:5", "x"] }],
    ["dumpShared", ["toString"], []],
    ["listClients", [], { "a: b": "[::1]:6" }],
    ["listClients", ["toString"], null],
  ] as const)("gives what is listed: %s(%p)", async (method, given, value) => {
    await using server = await fieldServer((line, reply) => {
      if (line.startsWith("i ")) reply(`0 Lock Not Locked: ${line.slice(2)}\n`);
      else reply(lists[line] ?? "");
    });
    await using one = client({ tcp: server.tcp, readTimeout: 10_000 });
    const [error, got] = await call(one, method, ...given);
    expect(error).toBe(null);
    expect(JSON.stringify(got)).toBe(JSON.stringify(value));
  });
});

function parse(line: string): unknown {
  return replies.parseListing([line], { split: replies.splitHolder, disabledText: "off" });
}
