/** The list of locks, and the version that it makes. */
import { describe, expect, test } from "bun:test";
import { holdersOf, holderText, readLocks, refOf } from "../../../src/cli/concourse/locks.ts";

const locks = (text: string) => readLocks({ status: 200, isProblem: false, text });
const ref = (text: string): string => refOf(locks(text));

const two = '{"a":{"key":"k","locked_by":{"x":1,"y":2}},"b":{"key":"l","locked_by":{"z":1}}}';

describe("refOf", () => {
  test("is the same for the same locks, in whatever order they are listed", () => {
    expect(
      ref('{ "b":{"locked_by":{"z":1},"key":"l"},\n "a":{"key":"k","locked_by":{"y":2,"x":1}}}'),
    ).toBe(ref(two));
    expect(ref('{"2":{"key":"k","locked_by":{"r":1}}}')).toBe(
      ref('{"2":{"locked_by":{"r":1},"key":"k"}}'),
    );
  });

  test("is the same whether a server lists free locks or not", () => {
    const free =
      '{"c":{"key":"","locked_by":{}},"d":null,"e":"","f":{"key":"k","locked_by":{"r":0}},';
    expect(ref(free + two.slice(1))).toBe(ref(two));
  });

  test.each([
    ["another lock is held", two.replace("{", '{"c":{"key":"m","locked_by":{"z":1}},')],
    ["one is free", '{"a":{"key":"k","locked_by":{"x":1,"y":2}}}'],
    ["all are free", "{}"],
    ["a count has grown", two.replace('"x":1', '"x":2')],
    ["somebody else holds it", two.replace('"z"', '"w"')],
    ["the key is another", two.replace('"l"', '"m"')],
    ["holders have changed places", two.replace('"x":1,"y":2', '"x":2,"y":1')],
  ])("is another when %s", (_, text) => {
    expect(ref(text)).not.toBe(ref(two));
  });
});

test("holderText is the holder as JSON, and empty when nobody holds the lock", () => {
  expect(JSON.parse(holderText(locks(two), "a"))).toEqual({
    key: "k",
    locked_by: { x: 1, y: 2 },
  });
  expect(holderText(locks(two), "b")).toBe(
    '{\n  "key": "l",\n  "locked_by": {\n    "z": 1\n  }\n}\n',
  );
  expect(holderText(locks(two), "c")).toBe("");
  expect(holderText(locks(two), "constructor")).toBe("");
  expect(holdersOf(locks(two), "a")).toBe("x, y");
});

test.each(["", "nonsense", "[]", "null", "7", '"x"'])("readLocks refuses %p", (text) => {
  expect(() => locks(text)).toThrow("what the server lists at /locks is no");
});
