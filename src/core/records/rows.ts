/**
 * Rows of numbers that are written once, one after the other: what is gathered of a table.
 *
 * They lie in chunks that are made as they are needed. A page of memory that is touched for
 * the first time can cost 20 µs, so that to make room for a million rows at once would be felt
 * by everybody.
 */
import { assert } from "../../assert.ts";

/** 4,096 rows: 32 KiB of memory for each number of a row. */
const chunkBits = 12;
const chunkRows = 1 << chunkBits;
const chunkMask = chunkRows - 1;

/** Rows of `width` numbers each. */
export class Rows {
  private readonly width: number;
  private readonly expected: number;
  private readonly chunks: Float64Array[] = [];
  /** How many there are. */
  count = 0;

  /** Takes up to `expected` rows, and for few of them little memory. */
  constructor(width: number, expected: number) {
    this.width = width;
    this.expected = expected;
  }

  /** Begins one more, of zeros, and returns its number: they count from 0. */
  add(): number {
    const row = this.count++;
    assert(row < this.expected, "there are as many rows as were expected");
    if ((row & chunkMask) === 0) {
      const rows = Math.min(chunkRows, this.expected - row);
      this.chunks.push(new Float64Array(rows * this.width));
    }
    return row;
  }

  get(row: number, column: number): number {
    return this.chunks[row >> chunkBits]![(row & chunkMask) * this.width + column]!;
  }

  set(row: number, column: number, value: number): void {
    this.chunks[row >> chunkBits]![(row & chunkMask) * this.width + column] = value;
  }
}
