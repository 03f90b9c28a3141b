/** Long names come back as they were kept, and their room is used again. */
import { expect, test } from "bun:test";
import { NameStore, storedNameBytesMax } from "../../../src/core/records/name-store.ts";
import { limitBounds } from "../../../src/limits.ts";
import { Random, seedOfRun } from "../../sim/random.ts";
import { named } from "../named.ts";

/** Different for each length, and in each place. */
function bytesOf(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, at) => (at * 31 + length * 7 + (at >> 8)) & 0xff);
}

test("a name of any size that a flag allows comes back as it was kept", () => {
  const store = new NameStore();
  expect(storedNameBytesMax).toBeGreaterThanOrEqual(limitBounds.nameBytesMax);
  const kept = new Map<number, number>();
  for (let length = 0; length <= 16_000; length += length < 2_100 ? 1 : 97) {
    kept.set(length, store.keep(named(bytesOf(length))));
  }
  for (const size of [storedNameBytesMax - 1, storedNameBytesMax]) {
    kept.set(size, store.keep(named(bytesOf(size))));
  }
  for (const [length, reference] of kept) {
    expect(Buffer.compare(store.view(reference), bytesOf(length))).toBe(0);
    expect(store.equals(reference, named(bytesOf(length)))).toBe(true);
  }
});

test("a name longer than any slot is a bug of ours", () => {
  const tooLong = named(bytesOf(storedNameBytesMax + 1));
  expect(() => new NameStore().keep(tooLong)).toThrow("let in");
});

test("another name is not equal: a byte more, a byte less, any byte different", () => {
  const store = new NameStore();
  for (const length of [32, 61, 62, 63, 126, 127, 1_024]) {
    const reference = store.keep(named(bytesOf(length)));
    expect(store.equals(reference, named(bytesOf(length).subarray(0, -1)))).toBe(false);
    expect(store.equals(reference, named(Uint8Array.of(...bytesOf(length), 0)))).toBe(false);
    for (let at = 0; at < length; at += 1 + (length >> 6)) {
      const other = bytesOf(length);
      other[at]! ^= 1;
      expect(store.equals(reference, named(other))).toBe(false);
    }
  }
});

test("a reference stays true while others come and go", () => {
  const random = new Random(seedOfRun());
  const store = new NameStore();
  const kept = new Map<number, Uint8Array>();
  for (let step = 0; step < 20_000; step++) {
    const [oldest] = kept.keys();
    if (kept.size > 300 || (oldest !== undefined && random.chance(0.3))) {
      const bytes = kept.get(oldest!)!;
      expect(Buffer.compare(store.view(oldest!), bytes)).toBe(0);
      store.release(oldest!);
      kept.delete(oldest!);
    } else {
      const bytes = bytesOf(random.below(300)).map((byte) => byte ^ (step & 0xff));
      const reference = store.keep(named(bytes));
      expect(kept.has(reference)).toBe(false);
      kept.set(reference, bytes);
    }
  }
  for (const [reference, bytes] of kept) {
    expect(Buffer.compare(store.view(reference), bytes)).toBe(0);
  }
});

test.each([62, 63, 500, 16_000])(
  "the room of a released name of %i bytes is used again",
  (size) => {
    const store = new NameStore();
    const first = Array.from({ length: 100 }, () => store.keep(named(bytesOf(size))));
    for (const reference of first) store.release(reference);
    const second = Array.from({ length: 100 }, () => store.keep(named(bytesOf(size))));
    expect(second.toSorted((a, b) => a - b)).toEqual(first.toSorted((a, b) => a - b));
  },
);
