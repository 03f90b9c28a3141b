/**
 * The names of a snapshot, copied one after the other, and what it takes to put a million of
 * them in order. They are known by their positions, in the order in which they were copied.
 */
import { assert } from "../../assert.ts";
import { storedNameBytesMax } from "../records/name-store.ts";
import type { NamedLocks } from "../records/named-locks.ts";
import { Rows } from "../records/rows.ts";

/** Names lie in chunks: whatever is made at once is felt by whoever waits meanwhile. */
const chunkBytes = 1 << 16;
assert(storedNameBytesMax <= chunkBytes, "every name fits into a chunk");

/** Where a name is, by column: the chunk's number times `chunkBytes` and the offset in it. */
const startColumn = 0;
const lengthColumn = 1;
const columns = 2;

/** As many bytes as fit into a number exactly. */
const keyBytes = 6;

/** Takes bytes. */
export interface Sink {
  /** `bytes[start, end)` */
  put(bytes: Uint8Array, start: number, end: number): void;
}

/** Up to as many names as were expected. */
export class GatheredNames {
  private readonly rows: Rows;
  private readonly chunks: Uint8Array[] = [];
  private readonly firstChunkBytes: number;
  /** How far the last chunk is filled. */
  private end = Infinity;
  /** How many bytes all names begin with alike. */
  private commonBytes = Infinity;

  /** `bytes`: of all names together, where that is known to be little. */
  constructor(expected: number, bytes = chunkBytes) {
    this.rows = new Rows(columns, expected);
    this.firstChunkBytes = Math.min(bytes, chunkBytes);
  }

  get count(): number {
    return this.rows.count;
  }

  /** Copies that lock's name to the next position. */
  add(named: NamedLocks, lock: number): void {
    const bytes = named.lengthOf(lock);
    if (this.end + bytes > chunkBytes) {
      const size = this.chunks.length === 0 ? this.firstChunkBytes : chunkBytes;
      this.chunks.push(new Uint8Array(size));
      this.end = 0;
    }
    const number = this.chunks.length - 1;
    const chunk = this.chunks[number]!;
    named.copyName(lock, chunk, this.end);
    this.noteCommon(chunk, this.end, bytes);
    const row = this.rows.add();
    this.rows.set(row, startColumn, number * chunkBytes + this.end);
    this.rows.set(row, lengthColumn, bytes);
    this.end += bytes;
  }

  /** A view of the bytes. */
  view(position: number): Uint8Array {
    const offset = this.offsetOf(position);
    return this.chunkOf(position).subarray(offset, offset + this.rows.get(position, lengthColumn));
  }

  /** The same bytes, without a view that the garbage collector would have to look after. */
  put(position: number, out: Sink): void {
    const offset = this.offsetOf(position);
    out.put(this.chunkOf(position), offset, offset + this.rows.get(position, lengthColumn));
  }

  /** Compares the bytes of two names. */
  compare(a: number, b: number): number {
    const chunkA = this.chunkOf(a);
    const chunkB = this.chunkOf(b);
    const fromA = this.offsetOf(a);
    const fromB = this.offsetOf(b);
    const lengthA = this.rows.get(a, lengthColumn);
    const lengthB = this.rows.get(b, lengthColumn);
    const common = Math.min(lengthA, lengthB);
    for (let i = 0; i < common; i++) {
      const difference = chunkA[fromA + i]! - chunkB[fromB + i]!;
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  }

  /**
   * A number for a name: of two that differ, the smaller one's name comes first. It is made of
   * the first bytes that not all names have in common; to be asked once all are there.
   */
  keyOf(position: number): number {
    const chunk = this.chunkOf(position);
    const from = this.offsetOf(position);
    const end = from + this.rows.get(position, lengthColumn);
    let key = 0;
    for (let i = 0, at = from + this.commonBytes; i < keyBytes; i++, at++)
      key = key * 256 + (at < end ? chunk[at]! : 0);
    return key;
  }

  private chunkOf(position: number): Uint8Array {
    return this.chunks[Math.floor(this.rows.get(position, startColumn) / chunkBytes)]!;
  }

  private offsetOf(position: number): number {
    const start = this.rows.get(position, startColumn);
    // The remainder of numbers that may be no integers would be a call.
    return start - Math.floor(start / chunkBytes) * chunkBytes;
  }

  private noteCommon(bytes: Uint8Array, from: number, count: number): void {
    const first = this.chunks[0]!;
    const most = Math.min(this.commonBytes, count);
    let common = 0;
    while (common < most && bytes[from + common] === first[common]) common++;
    this.commonBytes = common;
  }
}
