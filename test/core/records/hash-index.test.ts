/** Whatever is inserted is found, however the index has grown, and inserting stays cheap. */
import { expect, test } from "bun:test";
import { HashIndex } from "../../../src/core/records/hash-index.ts";
import { Slab } from "../../../src/core/records/slab.ts";
import { Random, seedOfRun } from "../../sim/random.ts";

const hashWord = 0;
const linkWord = 1;

test("every record is in the chain of its hash, once, through random insertions and removals", () => {
  const random = new Random(seedOfRun());
  const { index, add, drop } = indexed();
  const kept = new Map<number, number>();
  for (let step = 0; step < 60_000; step++) {
    // It grows, and shrinks, and grows again.
    const shrinking = step % 20_000 > 14_000;
    if (kept.size > 0 && random.chance(shrinking ? 0.9 : 0.2)) {
      const id = [...take(kept.keys(), 1 + random.below(20))].at(-1)!;
      drop(id, kept.get(id)!);
      kept.delete(id);
    } else {
      // Few values as well as many: equal hashes share a chain.
      const hash = random.chance(0.05) ? random.below(4) : random.below(2 ** 32) | 0;
      kept.set(add(hash), hash);
    }
    if (step % 5_000 === 0) expectAll();
  }
  expectAll();
  expect(kept.size).toBeGreaterThan(2_048);
  for (const [id, hash] of kept) drop(id, hash);
  for (let hash = 0; hash < 100_000; hash++) expect(index.first(hash)).toBe(0);

  function expectAll(): void {
    for (const [id, hash] of kept) expect(chainOf(hash).filter((one) => one === id)).toEqual([id]);
  }
  function chainOf(hash: number): number[] {
    return chain(index, hash);
  }
});

test("records that were expected never move, and those that were not are found as well", () => {
  const { index, add, touched } = indexed();
  const hashes = Array.from({ length: 10_000 }, (_, at) => Math.imul(at, 0x9e3779b1));
  index.expect(hashes.length);
  const ids = hashes.map((hash) => add(hash));
  expect(touched.records).toBe(0);
  const more = hashes.map((hash) => add(~hash));
  expect(touched.records).toBeGreaterThan(0);
  hashes.forEach((hash, at) => {
    expect(chain(index, hash)).toContain(ids[at]!);
    expect(chain(index, ~hash)).toContain(more[at]!);
  });
});

test("no record is lost by any single split", () => {
  const { index, add } = indexed();
  // Three rounds of splits, one at each insertion from the 256th on.
  for (let hash = 0; hash < 2_100; hash++) {
    const id = add(Math.imul(hash, 0x9e3779b1));
    if (hash % 7 === 0) {
      for (let old = 0; old <= hash; old += 13) {
        expect(chain(index, Math.imul(old, 0x9e3779b1))).toContain(old + 1);
      }
    }
    expect(id).toBe(hash + 1);
  }
});

test("chains stay short: a record stands behind a handful of others at most", () => {
  const { index, add } = indexed();
  const random = new Random(1);
  const hashes = Array.from({ length: 100_000 }, () => random.below(2 ** 32) | 0);
  for (const hash of hashes) add(hash);
  const lengths = hashes.map((hash) => chain(index, hash).length);
  expect(lengths.reduce((sum, length) => sum + length, 0) / lengths.length).toBeLessThan(3);
  expect(Math.max(...lengths)).toBeLessThan(14);
});

test("no insertion touches more than one bucket's records, whatever is there", () => {
  const { add, touched } = indexed();
  const random = new Random(2);
  let worst = 0;
  let sum = 0;
  for (let count = 0; count < 200_000; count++) {
    const before = touched.records;
    add(random.below(2 ** 32) | 0);
    const cost = touched.records - before;
    worst = Math.max(worst, cost);
    sum += cost;
  }
  // A doubling table would touch 131,072 of them at once.
  expect(worst).toBeLessThan(20);
  expect(sum / 200_000).toBeLessThan(3);
  expect(sum).toBeGreaterThan(0);
});

/** An index over records of which it is counted how many hashes are asked for. */
function indexed(): {
  index: HashIndex;
  touched: { records: number };
  add(hash: number): number;
  drop(id: number, hash: number): void;
} {
  const slab = new Slab({ wordBits: 1, doubles: false });
  const touched = { records: 0 };
  const index = new HashIndex(slab, {
    linkWord,
    hashOf: (id) => {
      touched.records++;
      return slab.get(id, hashWord);
    },
  });
  records.set(index, slab);
  return {
    index,
    touched,
    add(hash) {
      const id = slab.allocate();
      slab.set(id, hashWord, hash);
      index.insert(id, hash);
      return id;
    },
    drop(id, hash) {
      index.remove(id, hash);
      slab.release(id);
    },
  };
}

const records = new WeakMap<HashIndex, Slab>();

function chain(index: HashIndex, hash: number): number[] {
  const slab = records.get(index)!;
  const ids: number[] = [];
  for (let id = index.first(hash); id !== 0; id = slab.get(id, linkWord)) ids.push(id);
  return ids;
}

function* take<T>(values: Iterable<T>, count: number): Generator<T> {
  let left = count;
  for (const value of values) {
    if (left-- === 0) return;
    yield value;
  }
}
