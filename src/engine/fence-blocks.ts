/**
 * Fences on disk: a block of them is reserved before it is used, so that after a crash the
 * next one is above all that were given.
 *
 * A block is half a second's worth of fences by the clock, so that a server that is
 * started again and again does not run ahead of its clock; the next one is reserved when
 * half of it is used.
 *
 * Invariant: while the store can be written, no fence is given above the mark on disk.
 * When it cannot for longer than a block lasts, fences go on: then only the clock sees to
 * it that those after a crash are larger.
 */
import type { Fences } from "../core/fences.ts";
import { fencesReserved } from "../limits.ts";
import type { Store } from "../store/store.ts";

/** Reserves what one table gives. */
export class FenceBlocks {
  private readonly fences: Fences;
  private readonly store: Store;
  private readonly exceeded: () => void;
  /** The mark that is on disk. */
  private kept = 0;
  /** A larger one was asked for. */
  private asking = false;

  /** `exceeded` is called whenever fences begin to go on above the mark. */
  constructor(fences: Fences, store: Store, exceeded: () => void) {
    this.fences = fences;
    this.store = store;
    this.exceeded = exceeded;
  }

  /** The first block; `ready` is told why it cannot be had, or `null`. */
  begin(ready: (failure: string | null) => void): void {
    const mark = this.fences.last + fencesReserved;
    this.store.reserve(mark);
    this.store.settled((failure) => {
      if (failure === null) this.keep(mark);
      ready(failure);
    });
  }

  /** The store can be written again. */
  retry(): void {
    if (this.asking) this.extend();
  }

  private keep(mark: number): void {
    this.kept = mark;
    this.asking = false;
    this.fences.noticeFrom(mark - fencesReserved / 2, () => this.extend());
  }

  private extend(): void {
    this.asking = true;
    const mark = Math.max(this.kept, this.fences.last) + fencesReserved;
    // Once it is exceeded that is known.
    if (this.fences.last <= this.kept) this.fences.noticeFrom(this.kept + 1, this.exceeded);
    this.store.reserve(mark);
    this.store.settled((failure) => {
      if (failure === null) this.keep(mark);
      else if (this.store.failure === null) this.retry();
    });
  }
}
