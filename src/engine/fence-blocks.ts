/**
 * Fences on disk: a block of them is reserved before it is used, so that after a crash the
 * next one is above all that were given.
 *
 * The first block is small, so that a server that is started again and again does not run
 * far ahead of its clock; the next one is reserved when half of it is used, and is as large
 * as all that was given by then: what is in reserve lasts for about half as long as the
 * server has run.
 *
 * Invariant: while the store can be written, however slowly, no fence is given above the
 * mark on disk. When it cannot for longer than the reserve lasts, plain locks, which must
 * not wait for it, go on: then only the clock sees to it that fences after a crash are
 * larger. Whatever is kept lifts the mark above its own fence, and is told after that.
 */
import { type Fences, fencesPerMillisecond } from "../core/fences.ts";
import { assert } from "../assert.ts";
import { fencesReserved, fencesReservedMax } from "../limits.ts";
import { stallMilliseconds } from "../store/bounds.ts";
import type { Store } from "../store/store.ts";

assert(
  fencesReserved / 2 > fencesPerMillisecond * stallMilliseconds,
  "half a block of fences outlasts every commit",
);

/** Reserves what one table gives. */
export class FenceBlocks {
  private readonly fences: Fences;
  private readonly store: Store;
  private readonly exceeded: () => void;
  /** The last that was given before this began. */
  private readonly first: number;
  /** The mark that is on disk. */
  private kept = 0;
  /** A larger one was asked for. */
  private asking = false;

  /** `exceeded` is called whenever fences begin to go on above the mark. */
  constructor(fences: Fences, store: Store, exceeded: () => void) {
    this.fences = fences;
    this.first = fences.last;
    this.store = store;
    this.exceeded = exceeded;
  }

  /** The first block; `ready` is told why it cannot be had, or `null`. */
  begin(ready: (failure: string | null) => void): void {
    const mark = this.fences.last + fencesReserved;
    this.store.reserve(mark);
    this.store.settled((failure) => {
      if (failure === null) this.keep(mark, fencesReserved);
      ready(failure);
    });
  }

  /** The store can be written again. */
  retry(): void {
    if (this.asking) this.extend();
  }

  private keep(mark: number, size: number): void {
    this.kept = mark;
    this.asking = false;
    this.fences.noticeFrom(mark - size / 2, () => this.extend());
  }

  private extend(): void {
    this.asking = true;
    const given = this.fences.last - this.first;
    const size = Math.min(Math.max(fencesReserved, given), fencesReservedMax);
    const mark = Math.max(this.kept, this.fences.last) + size;
    // Once it is exceeded that is known.
    if (this.fences.last <= this.kept) this.fences.noticeFrom(this.kept + 1, this.exceeded);
    this.store.reserve(mark);
    this.store.settled((failure) => {
      if (failure === null) this.keep(mark, size);
      else if (this.store.failure === null) this.retry();
    });
  }
}
