/**
 * Fencing numbers: each grant of a lock gets a number larger than all before it, which
 * the guarded resource can compare (M. Kleppmann, "How to do distributed locking").
 *
 * Without a store the first number after a start comes from the clock, so that numbers
 * rise over restarts as long as the clock does not step back and the server has
 * granted fewer than `fencesPerMillisecond` locks a millisecond while it ran.
 *
 * Invariant: strictly increasing; at most 2^53 - 1, which JSON and doubles carry whole.
 */
import { assert } from "../assert.ts";

/** Two million grants a second; at this pace 2^53 is reached in the year 2109. */
const fencesPerMillisecond = 2048;

/** Counts grants. */
export class Fences {
  private last: number;

  constructor(wallMilliseconds: number) {
    this.last = Math.floor(wallMilliseconds * fencesPerMillisecond);
    assert(Number.isSafeInteger(this.last) && this.last > 0, "the clock gives no usable fence");
  }

  next(): number {
    const fence = this.last + 1;
    assert(fence <= Number.MAX_SAFE_INTEGER, "out of fences");
    this.last = fence;
    return fence;
  }
}
