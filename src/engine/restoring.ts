/**
 * What the store has kept, back in the table, before anybody is served.
 *
 * Times are stored by the clock on the wall, the only one that goes on while a server is
 * down; from here on the rest of each counts by the monotonic one.
 */
import { restore } from "../core/detached/restoring.ts";
import type { HashSeed } from "../core/records/hash.ts";
import { Name } from "../core/records/name.ts";
import type { LockTable } from "../core/table.ts";
import { StoreError } from "../store/store-error.ts";
import type { Store, StoredHold } from "../store/store.ts";

/** What was found. */
export interface Restored {
  readonly holds: number;
  /** Whose time was over by now. */
  readonly lapsed: number;
  /** By so much the clock is behind the newest hold; 0 when it is not. */
  readonly clockBehindMilliseconds: number;
}

/** @throws StoreError when two of them exclude each other, as no server has granted them. */
export function restoreHolds(
  table: LockTable<unknown>,
  { store, seed }: { readonly store: Store; readonly seed: HashSeed },
): Restored {
  const { fences, wallMilliseconds, monotonicMilliseconds } = table.state;
  const name = new Name();
  const lapsed: number[] = [];
  let holds = 0;
  let newest = 0;
  // Nearly all are; whoever has many shared ones waits a little longer.
  table.exclusive.expect(store.count);
  const records = store.records();
  for (let record = records.next(); record !== null; record = records.next()) {
    newest = Math.max(newest, record.sinceWallMilliseconds);
    // An earlier glockd did not lift the mark with every hold.
    fences.last = Math.max(fences.last, record.fence);
    const { expires } = record;
    if (expires <= wallMilliseconds) {
      lapsed.push(record.fence);
      continue;
    }
    name.point(seed, record.bytes, record.textEnd, record.nameEnd);
    const at = monotonicMilliseconds + (expires - wallMilliseconds);
    if (!restore(table.space(record.mode), { name, at }, record)) {
      throw contradiction(record.hold());
    }
    holds++;
  }
  // Not before: what is there at start is read whole before anything is written.
  for (const fence of lapsed) store.remove(fence);
  const clockBehindMilliseconds = Math.max(0, newest - wallMilliseconds);
  return { holds, lapsed: lapsed.length, clockBehindMilliseconds };
}

function contradiction({ mode, name, fence }: StoredHold): StoreError {
  const lock = JSON.stringify(Buffer.from(name).toString());
  return new StoreError(
    "damaged",
    `the store contradicts itself: the hold of the ${mode} lock ${lock} with fence ${fence} excludes ` +
      "an earlier one of that lock; `glockd store check` tells of all of them, and `glockd store repair` keeps the newest",
  );
}
