/** Records are kept apart, used again, and never moved. */
import { expect, test } from "bun:test";
import { Slab } from "../../../src/core/records/slab.ts";
import { Random, seedOfRun } from "../../sim/random.ts";

/** More than two chunks. */
const many = 10_000;

test("a record is never number 0, which means none", () => {
  const slab = new Slab({ wordBits: 2, doubles: false });
  const ids = Array.from({ length: many }, () => slab.allocate());
  expect(ids).not.toContain(0);
  expect(new Set(ids).size).toBe(many);
  expect(slab.high).toBe(many + 1);
});

test("a record keeps every word and double, whoever else is allocated, written or released", () => {
  const random = new Random(seedOfRun());
  const slab = new Slab({ wordBits: 3, doubles: true });
  const kept = new Map<number, number>();
  const ids: number[] = [];
  for (let step = 0; step < 30_000; step++) {
    if (kept.size > 0 && random.chance(0.3)) {
      const id = takeOut(ids, random.below(ids.length));
      expect(contentOf(slab, id)).toEqual(contentDue(kept.get(id)!));
      slab.release(id);
      kept.delete(id);
    } else {
      const id = slab.allocate();
      expect(kept.has(id)).toBe(false);
      fill(slab, id, step);
      kept.set(id, step);
      ids.push(id);
    }
    expect(slab.count).toBe(kept.size);
  }
  expect(kept.size).toBeGreaterThan(4_096);
  for (const [id, value] of kept) expect(contentOf(slab, id)).toEqual(contentDue(value));
});

test("released records are used again before new ones", () => {
  const slab = new Slab({ wordBits: 2, doubles: false });
  const ids = Array.from({ length: many }, () => slab.allocate());
  for (const id of ids) slab.release(id);
  expect(slab.count).toBe(0);
  const again = Array.from({ length: many }, () => slab.allocate());
  expect(again.toSorted((a, b) => a - b)).toEqual(ids);
  expect(slab.high).toBe(many + 1);
  expect(slab.allocate()).toBe(many + 1);
});

test("growing moves nothing", () => {
  const slab = new Slab({ wordBits: 2, doubles: true });
  const id = slab.allocate();
  const words = slab.chunkOf(id);
  const bytes = slab.bytesOf(id);
  for (let count = 0; count < many; count++) slab.allocate();
  expect(slab.chunkOf(id)).toBe(words);
  expect(slab.bytesOf(id)).toBe(bytes);
});

test("words, chunk and bytes are views of the same record", () => {
  const slab = new Slab({ wordBits: 4, doubles: false });
  for (let count = 0; count < 5_000; count++) slab.allocate();
  const id = 4_999;
  slab.set(id, 3, 0x04030201);
  const at = slab.offsetOf(id);
  expect(slab.chunkOf(id)[at + 3]).toBe(0x04030201);
  expect([...slab.bytesOf(id).subarray(4 * at + 12, 4 * at + 16)]).toEqual([1, 2, 3, 4]);
  slab.chunkOf(id)[at + 3] = -1;
  expect(slab.get(id, 3)).toBe(-1);
});

/** The value at that place; the last one takes its place. */
function takeOut(values: number[], at: number): number {
  const value = values[at]!;
  values[at] = values.at(-1)!;
  values.pop();
  return value;
}

function fill(slab: Slab, id: number, value: number): void {
  for (let word = 0; word < 8; word++) slab.set(id, word, value * 8 + word);
  slab.setDouble(id, 0, value + 0.5);
  slab.setDouble(id, 1, -(2 ** 53) + value);
}

function contentOf(slab: Slab, id: number): number[] {
  const words = Array.from({ length: 8 }, (_, word) => slab.get(id, word));
  return [...words, slab.getDouble(id, 0), slab.getDouble(id, 1)];
}

function contentDue(value: number): number[] {
  const words = Array.from({ length: 8 }, (_, word) => value * 8 + word);
  return [...words, value + 0.5, -(2 ** 53) + value];
}
