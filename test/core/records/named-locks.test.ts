/** Locks are found by their names, short ones and long ones, and by nothing else. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import * as Lock from "../../../src/core/records/lock-words.ts";
import { Name } from "../../../src/core/records/name.ts";
import { NamedLocks } from "../../../src/core/records/named-locks.ts";
import { named } from "../named.ts";

/** About the border between names in the record and names beside it. */
const lengths = [0, 1, 30, 31, 32, 33, 61, 62, 63, 254, 255, 256, 1_024];

test.each(lengths)("a lock whose name has %i bytes is found by it", (length) => {
  const locks = new NamedLocks();
  const bytes = Uint8Array.from({ length }, (_, at) => 255 - (at & 0xff));
  expect(locks.find(named(bytes))).toBe(0);
  const lock = locks.create(named(bytes));
  expect(lock).not.toBe(0);
  expect(locks.find(named(bytes))).toBe(lock);
  expect(Buffer.compare(locks.nameOf(lock), bytes)).toBe(0);
  locks.drop(lock);
  expect(locks.find(named(bytes))).toBe(0);
  expect(locks.records.count).toBe(0);
});

test("names that begin alike are different names", () => {
  const locks = new NamedLocks();
  const names = lengths.map((length) => "n".repeat(length));
  const created = names.map((name) => locks.create(named(name)));
  expect(names.map((name) => locks.find(named(name)))).toEqual(created);
  expect(new Set(created).size).toBe(names.length);
});

test("a name with the hash of another is another name", () => {
  const locks = new NamedLocks();
  for (const length of [3, 31, 40, 100]) {
    const lock = locks.create(withHash("a".repeat(length), 7));
    expect(locks.find(withHash("b".repeat(length), 7))).toBe(0);
    expect(locks.find(withHash("a".repeat(length - 1), 7))).toBe(0);
    expect(locks.find(withHash("a".repeat(length), 7))).toBe(lock);
  }
});

test("a name is found in the middle of somebody's buffer", () => {
  const locks = new NamedLocks();
  for (const length of [5, 31, 32, 200]) {
    const lock = locks.create(named("m".repeat(length)));
    const packet = named(`g ${"m".repeat(length)}\n`);
    const view = new Name().point({ low: 0, high: 0 }, packet.bytes, 2, 2 + length);
    view.hash = named("m".repeat(length)).hash;
    expect(locks.find(view)).toBe(lock);
  }
});

test("the room of a long name is used again once its lock is dropped", () => {
  const locks = new NamedLocks();
  const place = (letter: string): number => {
    const lock = locks.create(named(letter.repeat(100)));
    const { byteOffset } = locks.nameOf(lock);
    locks.drop(lock);
    return byteOffset;
  };
  expect(place("b")).toBe(place("a"));
});

test("a new lock has no holders, no waiters and no requests, whatever its record was before", () => {
  const locks = new NamedLocks();
  const old = locks.create(named("old"));
  for (const word of [Lock.first, Lock.last, Lock.waiting, Lock.holders, Lock.waiters]) {
    locks.records.set(old, word, 77);
  }
  locks.drop(old);
  const lock = locks.create(named("new"));
  expect(lock).toBe(old);
  for (const word of [Lock.first, Lock.last, Lock.waiting, Lock.holders, Lock.waiters]) {
    expect(locks.records.get(lock, word)).toBe(0);
  }
});

test("whatever comes and goes, exactly the locks that are there are found", () => {
  const name = fc.oneof(fc.string({ maxLength: 3 }), fc.string({ minLength: 25, maxLength: 40 }));
  const property = fc.property(fc.array(name, { maxLength: 200, size: "max" }), (names) => {
    const locks = new NamedLocks();
    const due = new Map<string, number>();
    for (const one of names) {
      const there = due.get(one);
      expect(locks.find(named(one))).toBe(there ?? 0);
      if (there === undefined) {
        due.set(one, locks.create(named(one)));
      } else {
        locks.drop(there);
        due.delete(one);
      }
    }
    for (const [one, lock] of due) {
      expect(locks.find(named(one))).toBe(lock);
      expect(Buffer.from(locks.nameOf(lock)).toString()).toBe(Buffer.from(one).toString());
    }
    expect(locks.records.count).toBe(due.size);
  });
  fc.assert(property, { numRuns: 200 });
});

function withHash(text: string, hash: number): Name {
  const name = named(text);
  name.hash = hash;
  return name;
}
