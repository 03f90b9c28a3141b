/**
 * Locks of which a hold was released or freed, and that is not on disk yet: should the
 * machine fail first, the hold is back.
 *
 * Invariant: a lock is here until the store has said that all such ends of it are kept,
 * however often it has failed meanwhile.
 */
import type { Mode } from "../core/request.ts";
import type { Store } from "../store/store.ts";

/** Whoever is told that such a lock is not held is told too early. */
export class Endings {
  private readonly store: Store;
  /** How many ends of each are not kept. */
  private readonly counts = new Map<string, number>();
  /** Those that a failure of the store has left in its queue. */
  private stranded: string[] = [];

  constructor(store: Store) {
    this.store = store;
  }

  get isEmpty(): boolean {
    return this.counts.size === 0;
  }

  has(lock: string): boolean {
    return this.counts.has(lock);
  }

  add(lock: string): void {
    this.counts.set(lock, (this.counts.get(lock) ?? 0) + 1);
  }

  /** They are on disk. */
  kept(locks: readonly string[]): void {
    for (const lock of locks) {
      const count = this.counts.get(lock)!;
      if (count === 1) this.counts.delete(lock);
      else this.counts.set(lock, count - 1);
    }
  }

  /** They could not be written, and are tried again with whatever the store writes next. */
  strand(locks: readonly string[]): void {
    this.stranded.push(...locks);
  }

  /** The store can be written again. */
  retry(): void {
    if (this.stranded.length === 0) return;
    const locks = this.stranded;
    this.stranded = [];
    this.store.settled((failure) => {
      if (failure === null) this.kept(locks);
      else this.strand(locks);
    });
  }
}

/** What tells two locks apart. */
export function lockKey(mode: Mode, bytes: Uint8Array): string {
  return `${mode} ${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1")}`;
}
