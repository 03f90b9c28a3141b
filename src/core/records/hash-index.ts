/**
 * Chained buckets over records of a slab, grown by linear hashing.
 *
 * A table that doubles all at once would stop the server for as long as a million
 * records take to move. Linear hashing (W. Litwin, 1980) splits one bucket for each
 * record that is added, so that every insertion costs the same.
 *
 * Where it is known how many records come, room for them is made before the first.
 *
 * Invariant: the record with hash h is in the chain of bucketOf(h), once.
 */
import { assert } from "../../assert.ts";
import type { Slab } from "./slab.ts";

const chunkBits = 12;
const chunkMask = (1 << chunkBits) - 1;
const bucketsAtStart = 1 << 8;

/** Finds records by hash. The caller compares: a chain holds other hashes too. */
export class HashIndex {
  private readonly chunks: Int32Array[] = [new Int32Array(1 << chunkBits)];
  private readonly records: Slab;
  private readonly linkWord: number;
  private readonly hashOf: (id: number) => number;
  /** Buckets at the start of this round, less one; a power of two less one. */
  private mask = bucketsAtStart - 1;
  /** Buckets below this one are split already in this round. */
  private split = 0;
  private count = 0;

  /** `linkWord` is the word of a record that this index uses; `hashOf` tells a record's hash. */
  constructor(records: Slab, options: { linkWord: number; hashOf: (id: number) => number }) {
    this.records = records;
    this.linkWord = options.linkWord;
    this.hashOf = options.hashOf;
  }

  /** Makes room for `count` records at once, while there is none. */
  expect(count: number): void {
    assert(this.count === 0, "room is made before there are records");
    while (this.mask < count) this.mask = 2 * this.mask + 1;
    this.split = 0;
    while (this.chunks.length <= this.mask >> chunkBits) {
      this.chunks.push(new Int32Array(1 << chunkBits));
    }
  }

  /** The first record of the chain that `hash` belongs to; 0 when it is empty. */
  first(hash: number): number {
    const bucket = this.bucketOf(hash);
    return this.chunks[bucket >> chunkBits]![bucket & chunkMask]!;
  }

  insert(id: number, hash: number): void {
    this.push(this.bucketOf(hash), id);
    this.count++;
    if (this.count > this.mask + this.split) this.splitOne();
  }

  remove(id: number, hash: number): void {
    const { records, linkWord } = this;
    const bucket = this.bucketOf(hash);
    const chunk = this.chunks[bucket >> chunkBits]!;
    const next = records.get(id, linkWord);
    let before = chunk[bucket & chunkMask]!;
    if (before === id) {
      chunk[bucket & chunkMask] = next;
    } else {
      for (;;) {
        const after = records.get(before, linkWord);
        if (after === id) break;
        before = after;
      }
      records.set(before, linkWord, next);
    }
    this.count--;
  }

  private bucketOf(hash: number): number {
    const bucket = hash & this.mask;
    return bucket < this.split ? hash & (2 * this.mask + 1) : bucket;
  }

  private push(bucket: number, id: number): void {
    const chunk = this.chunks[bucket >> chunkBits]!;
    this.records.set(id, this.linkWord, chunk[bucket & chunkMask]!);
    chunk[bucket & chunkMask] = id;
  }

  private splitOne(): void {
    const { records, linkWord } = this;
    const from = this.split;
    const to = from + this.mask + 1;
    if (to >> chunkBits >= this.chunks.length) this.chunks.push(new Int32Array(1 << chunkBits));
    const chunk = this.chunks[from >> chunkBits]!;
    let id = chunk[from & chunkMask]!;
    chunk[from & chunkMask] = 0;
    this.split++;
    if (this.split > this.mask) {
      this.mask = 2 * this.mask + 1;
      this.split = 0;
    }
    while (id !== 0) {
      const next = records.get(id, linkWord);
      this.push(this.bucketOf(this.hashOf(id)), id);
      id = next;
    }
  }
}
