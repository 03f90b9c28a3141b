/**
 * Fencing numbers: each grant of a lock gets a number larger than all before it, which
 * the guarded resource can compare (M. Kleppmann, "How to do distributed locking").
 *
 * Without a store the first number after a start comes from the clock, so that numbers
 * rise over restarts as long as the clock does not step back and the server has
 * granted fewer than `fencesPerMillisecond` locks a millisecond while it ran. With one,
 * they begin above all that may have been given before, whatever the clock says.
 *
 * Invariant: strictly increasing; at most 2^53 - 1, which JSON and doubles carry whole.
 */
import { assert } from "../assert.ts";

/** Two million grants a second; at this pace 2^53 is reached in the year 2109. */
export const fencesPerMillisecond = 2048;

const pastLast = Number.MAX_SAFE_INTEGER + 1;

/** Counts grants. */
export class Fences {
  /** The clock said so many milliseconds less than `above` means; 0 when it was ahead. */
  readonly clockBehindMilliseconds: number;
  /** The last that was given. */
  last: number;
  /** One comparison for both: that it was reached, and that there are no more. */
  private noticedFrom = pastLast;
  private notice: () => void = () => {};

  constructor(wallMilliseconds: number, above = 0) {
    const byClock = Math.floor(wallMilliseconds * fencesPerMillisecond);
    assert(Number.isSafeInteger(byClock) && byClock > 0, "the clock gives no usable fence");
    this.last = Math.max(byClock, above);
    this.clockBehindMilliseconds = (this.last - byClock) / fencesPerMillisecond;
  }

  next(): number {
    const fence = this.last + 1;
    if (fence >= this.noticedFrom) this.reached(fence);
    this.last = fence;
    return fence;
  }

  /** Calls `notice` once, right before `fence` or a later one is given. */
  noticeFrom(fence: number, notice: () => void): void {
    this.noticedFrom = Math.min(fence, pastLast);
    this.notice = notice;
  }

  private reached(fence: number): void {
    assert(fence <= Number.MAX_SAFE_INTEGER, "out of fences");
    this.noticedFrom = pastLast;
    this.notice();
  }
}
