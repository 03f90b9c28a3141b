/**
 * What a store does for the table: holds of an earlier run at the start, promises that are
 * answered once they are on disk, and fences above all that were ever given.
 *
 * Invariant: nobody is served before `begin` has said that it is ready.
 */
import type { HashSeed } from "../core/records/hash.ts";
import type { LockTable } from "../core/table.ts";
import { fencesPerMillisecond } from "../core/fences.ts";
import { fencesReserved } from "../limits.ts";
import type { Store } from "../store/store.ts";
import { Commitments } from "./commitments.ts";
import type { Keeper } from "./engine.ts";
import { FenceBlocks } from "./fence-blocks.ts";
import { type Restored, restoreHolds } from "./restoring.ts";

/** Told of what an operator should know. */
export interface KeepingReports {
  restored(restored: Restored): void;
  /** The store fails, and why; `null`: it does not any more. */
  failure(failure: string | null): void;
  /** Fences go on above what is reserved on disk. */
  unreserved(): void;
}

export interface KeepingOptions {
  readonly table: LockTable<unknown>;
  readonly store: Store;
  readonly seed: HashSeed;
  readonly entry: { enter(): void; leave(): void };
}

/** One table's. */
export class Keeping extends Commitments implements Keeper {
  private readonly options: KeepingOptions;

  constructor(options: KeepingOptions) {
    super(options);
    this.options = options;
  }

  get failure(): string | null {
    return this.options.store.failure;
  }

  settled(done: (failure: string | null) => void): void {
    this.options.store.settled(done);
  }

  /**
   * Restores what is there and reserves the first fences; `ready` is told why that cannot
   * be written, or `null`. @throws StoreError
   */
  begin(reports: KeepingReports, ready: (failure: string | null) => void): void {
    const { table, store, seed, entry } = this.options;
    const { fences } = table.state;
    entry.enter();
    const restored = restoreHolds(table, { store, seed });
    const behind = Math.max(restored.clockBehindMilliseconds, this.clockBehindMilliseconds());
    reports.restored({ ...restored, clockBehindMilliseconds: behind });
    table.state.keeper = this;
    const blocks = new FenceBlocks(fences, store, () => reports.unreserved());
    store.onChange = (failure) => {
      reports.failure(failure);
      if (failure !== null) return;
      blocks.retry();
      this.retry();
    };
    blocks.begin(ready);
    entry.leave();
  }

  /**
   * By how much the clock is behind the last write. Where nobody knows when that was, the fences
   * tell, though they may be ahead of the clock: by a block after a crash, by more after a repair.
   */
  private clockBehindMilliseconds(): number {
    const { store, table } = this.options;
    const { fences, wallMilliseconds } = table.state;
    const { writtenWallMilliseconds: written } = store;
    if (written !== null) return written - wallMilliseconds;
    return fences.clockBehindMilliseconds - fencesReserved / fencesPerMillisecond;
  }
}
