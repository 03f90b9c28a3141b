/**
 * Snapshots for listings: gathered and sorted in slices, shared by all that asked before
 * they began, and few at a time, for each is as large as the table.
 *
 * Invariant: a snapshot of a whole space begins only when nothing of a gone session is
 * left, and only one is gathered at a time.
 */
import type { LockSpace } from "../core/lock-space.ts";
import { orderSteps } from "../core/order/name-order.ts";
import type { Mode } from "../core/request.ts";
import { Snapshot } from "../core/snapshot.ts";
import type { LockTable } from "../core/table.ts";
import {
  comparisonsPerStep,
  gatherLocksPerStep,
  listingAtOnceMax,
  snapshotsMax,
} from "../limits.ts";
import type { Gathering } from "./engine.ts";
import type { Turns } from "./turns.ts";

/** Serves the gatherings of one table. */
export class Gatherer<Owner> {
  private readonly table: LockTable<Owner>;
  private readonly turns: Turns;
  private readonly find: (mode: Mode, name: Uint8Array) => number;
  private waiting: Gathering<Owner>[] = [];
  private working = false;
  private snapshotsHeld = 0;

  constructor(
    table: LockTable<Owner>,
    options: { turns: Turns; find: (mode: Mode, name: Uint8Array) => number },
  ) {
    this.table = table;
    this.turns = options.turns;
    this.find = options.find;
  }

  gather(gathering: Gathering<Owner>): void {
    const { only, modes } = gathering;
    if (only !== null) {
      const snapshots = modes.map(
        (mode) => new Snapshot<Owner>(this.table.space(mode), this.find(mode, only)),
      );
      gathering.ready(snapshots, nothingToReturn);
      return;
    }
    this.waiting.push(gathering);
    this.next();
  }

  /** Serves who can be served now. To be called when a gone session is forgotten. */
  next(): void {
    if (this.waiting.length === 0 || this.table.sessions.departing !== 0) return;
    for (const gathering of this.take((wish) => wish.modes.length === 0)) {
      gathering.ready([], nothingToReturn);
    }
    const first = this.waiting[0];
    if (first === undefined || this.working || this.snapshotsHeld >= snapshotsMax) return;
    this.begin(this.take((wish) => wish.modes.join() === first.modes.join()));
  }

  private take(wanted: (wish: Gathering<Owner>) => boolean): Gathering<Owner>[] {
    const taken = this.waiting.filter(wanted);
    this.waiting = this.waiting.filter((wish) => !taken.includes(wish));
    return taken;
  }

  private begin(readers: readonly Gathering<Owner>[]): void {
    this.working = true;
    this.snapshotsHeld++;
    const spaces = readers[0]!.modes.map((mode) => this.table.space(mode));
    const snapshots = spaces.map((space) => new Snapshot<Owner>(space));
    const work = gatherSteps(snapshots);
    const step = (): boolean => {
      if (work.next().done !== true) return true;
      this.working = false;
      this.handOut(readers, snapshots);
      return false;
    };
    const visits = spaces.reduce((sum, space) => sum + visitsOf(space), 0);
    if (visits > listingAtOnceMax) this.turns.add(step);
    else while (step());
  }

  private handOut(readers: readonly Gathering<Owner>[], snapshots: Snapshot<Owner>[]): void {
    const reading = new Set(readers);
    for (const reader of readers) {
      reader.ready(snapshots, () => {
        if (!reading.delete(reader) || reading.size !== 0) return;
        this.snapshotsHeld--;
        this.next();
      });
    }
    this.next();
  }
}

/** Every record that ever was is visited, not only those that are in use. */
function visitsOf(space: LockSpace): number {
  return Math.max(space.requests.count, space.locks.high);
}

function nothingToReturn(): void {}

function* gatherSteps(snapshots: readonly Snapshot[]): Generator<void, void> {
  for (const snapshot of snapshots) {
    while (snapshot.step(gatherLocksPerStep)) yield;
  }
  for (const snapshot of snapshots) {
    snapshot.order = yield* orderSteps(snapshot.names, comparisonsPerStep);
  }
}
