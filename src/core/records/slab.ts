/**
 * Fixed-size records of integers, outside of the garbage collector's sight.
 *
 * A million locks as objects would be a million things to trace, and 280 bytes each.
 * Here a record is some 32-bit words, which can be seen as bytes too, and, where asked
 * for, two doubles, in chunks that are never moved or copied: growing costs the same
 * whatever is there already.
 *
 * `get` and `set` read well; where a measurement says so, code takes a record's chunk and
 * offset once and uses the words directly.
 *
 * Invariant: a record is either on the free list or allocated; id 0 is never
 * allocated, so it can mean "none" in every link.
 */

/** 4,096 records a chunk: some 100 KiB of words, small enough to be had in microseconds. */
const chunkBits = 12;
const chunkRecords = 1 << chunkBits;
const chunkMask = chunkRecords - 1;
const doubleBits = 1;

/** Numbers a record by id; word 0 is the free list's link while it is free. */
export class Slab {
  private readonly words: Int32Array[] = [];
  private readonly bytes: Uint8Array[] = [];
  private readonly doubles: Float64Array[] = [];
  private readonly wordBits: number;
  private readonly hasDoubles: boolean;
  private freeHead = 0;
  /** Ids from here on have never been allocated. */
  high = 1;
  /** Records that are allocated. */
  count = 0;

  /** A record has 2^`wordBits` words. */
  constructor(options: { wordBits: number; doubles: boolean }) {
    this.wordBits = options.wordBits;
    this.hasDoubles = options.doubles;
  }

  /** A record with whatever was in it; the caller sets every word. */
  allocate(): number {
    this.count++;
    const id = this.freeHead;
    if (id !== 0) {
      this.freeHead = this.get(id, 0);
      return id;
    }
    const fresh = this.high++;
    if (fresh >> chunkBits >= this.words.length) this.grow();
    return fresh;
  }

  release(id: number): void {
    this.count--;
    this.set(id, 0, this.freeHead);
    this.freeHead = id;
  }

  /** The words of a record and of its neighbours; the record begins at `offsetOf`. */
  chunkOf(id: number): Int32Array {
    return this.words[id >> chunkBits]!;
  }

  offsetOf(id: number): number {
    return (id & chunkMask) << this.wordBits;
  }

  /** The same words as bytes; the record begins at four times `offsetOf`. */
  bytesOf(id: number): Uint8Array {
    return this.bytes[id >> chunkBits]!;
  }

  get(id: number, word: number): number {
    return this.words[id >> chunkBits]![((id & chunkMask) << this.wordBits) + word]!;
  }

  set(id: number, word: number, value: number): void {
    this.words[id >> chunkBits]![((id & chunkMask) << this.wordBits) + word] = value;
  }

  getDouble(id: number, index: number): number {
    return this.doubles[id >> chunkBits]![((id & chunkMask) << doubleBits) + index]!;
  }

  setDouble(id: number, index: number, value: number): void {
    this.doubles[id >> chunkBits]![((id & chunkMask) << doubleBits) + index] = value;
  }

  private grow(): void {
    const words = new Int32Array(chunkRecords << this.wordBits);
    this.words.push(words);
    this.bytes.push(new Uint8Array(words.buffer));
    if (this.hasDoubles) this.doubles.push(new Float64Array(chunkRecords << doubleBits));
  }
}
