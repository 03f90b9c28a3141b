/**
 * Acquires that carry an `Idempotency-Key`, so that one whose answer was lost can be sent
 * again: it joins the wait of the first, or is answered like it while that hold is there.
 *
 * Invariant: a key takes at most one hold, however often it comes; nothing is remembered
 * of an acquire that failed.
 */
import { idempotencyKeysMax, idempotencySeconds } from "../../../limits.ts";
import type { Bearing } from "../../../engine/engine.ts";
import type { Exchange } from "../exchange.ts";
import type { LockReference, Taken } from "../operations.ts";

/** An acquire that is under way, or has got its hold. */
export interface Remembered {
  /** What was asked, to tell a repetition from something else under the same key. */
  readonly fingerprint: string;
  readonly bearing: Bearing & LockReference;
  readonly untilMonotonicMilliseconds: number;
  /** Joins the wait; `null` when it is over. */
  join: ((exchange: Exchange) => Promise<Taken>) | null;
  /** Its fence, once it is granted. */
  fence: number;
}

export class IdempotencyKeys {
  /** By credential and key, oldest first. */
  private readonly remembered = new Map<string, Remembered>();
  private readonly now: () => number;

  constructor(monotonicMilliseconds: () => number) {
    this.now = monotonicMilliseconds;
  }

  find(key: string): Remembered | undefined {
    this.forgetOld();
    return this.remembered.get(key);
  }

  begin(key: string, what: Pick<Remembered, "fingerprint" | "bearing" | "join">): Remembered {
    const untilMonotonicMilliseconds = this.now() + idempotencySeconds * 1000;
    const entry = { ...what, untilMonotonicMilliseconds, fence: 0 };
    this.remembered.set(key, entry);
    if (this.remembered.size > idempotencyKeysMax) this.forgetOldest();
    return entry;
  }

  /** It was granted, or has failed (0): then the next one with this key is the first again. */
  ended(key: string, entry: Remembered, fence: number): void {
    entry.join = null;
    entry.fence = fence;
    if (fence === 0 && this.remembered.get(key) === entry) this.remembered.delete(key);
  }

  private forgetOld(): void {
    const now = this.now();
    for (const [key, entry] of this.remembered) {
      if (entry.untilMonotonicMilliseconds > now) return;
      this.remembered.delete(key);
    }
  }

  private forgetOldest(): void {
    for (const key of this.remembered.keys()) {
      this.remembered.delete(key);
      return;
    }
  }
}
