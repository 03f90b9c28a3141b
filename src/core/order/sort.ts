/**
 * A merge sort that can stop after any number of comparisons and go on later, so that a
 * million names are put in order while others are served.
 */

/** 16,384 numbers: 64 KiB. Chunks are made as they are needed, for memory takes time to come. */
const chunkBits = 14;
const chunkNumbers = 1 << chunkBits;
const chunkMask = chunkNumbers - 1;

/** What is where: the numbers 0 to `count` - 1 in some order. */
export class Order {
  readonly count: number;
  private readonly chunks: Int32Array[] = [];

  constructor(count: number) {
    this.count = count;
  }

  get(at: number): number {
    return this.chunks[at >> chunkBits]![at & chunkMask]!;
  }

  /** To be called for each number at least once, in turn. */
  set(at: number, value: number): void {
    const chunk = at >> chunkBits;
    if (chunk === this.chunks.length)
      this.chunks.push(new Int32Array(Math.min(chunkNumbers, this.count - at)));
    this.chunks[chunk]![at & chunkMask] = value;
  }
}

/**
 * Sorts the numbers 0 to `count` - 1 by `compare`, stably. Yields about every
 * `comparisonsPerStep` comparisons, or numbers that are written down before the first.
 */
export function* sortSteps(
  count: number,
  compare: (a: number, b: number) => number,
  comparisonsPerStep: number,
): Generator<void, Order> {
  let from = new Order(count);
  let to = new Order(count);
  let comparisons = 0;
  for (let i = 0; i < count; i++) {
    from.set(i, i);
    if (++comparisons >= comparisonsPerStep) {
      comparisons = 0;
      yield;
    }
  }
  for (let width = 1; width < count; width *= 2) {
    for (let start = 0; start < count; start += 2 * width) {
      const middle = Math.min(start + width, count);
      const end = Math.min(start + 2 * width, count);
      let left = start;
      let right = middle;
      for (let at = start; at < end; at++) {
        if (right === end) to.set(at, from.get(left++));
        else if (left === middle) to.set(at, from.get(right++));
        else {
          const a = from.get(left);
          const b = from.get(right);
          if (compare(a, b) <= 0) {
            to.set(at, a);
            left++;
          } else {
            to.set(at, b);
            right++;
          }
        }
        if (++comparisons >= comparisonsPerStep) {
          comparisons = 0;
          yield;
        }
      }
    }
    [from, to] = [to, from];
  }
  return from;
}
