/**
 * Holds that outlive connections on their way to the store: what changes of them is
 * written, and whoever asked for it is answered once it is.
 *
 * A change is done in the table at once, so that the next request meets it. What is done
 * in one entry is a group, and waits for one answer of the store.
 *
 * Invariant: nothing is promised that is not on disk. When the store fails, every change
 * that nobody was promised yet is undone, newest first: takes and renewals, that is, for
 * what was released or freed stays so, and its removal stays queued. Until that is on disk
 * nobody is promised either that such a lock is not held.
 */
import { type Former, type Keeper } from "../core/detached/keeper.ts";
import { undo } from "../core/detached/undoing.ts";
import * as Request from "../core/records/request-words.ts";
import { nameBytes, type Name } from "../core/records/name.ts";
import {
  type Continuation,
  type KeyedHold,
  type Mode,
  type Outcome,
  Refusal,
} from "../core/request.ts";
import type { LockTable } from "../core/table.ts";
import type { Store, StoredHold } from "../store/store.ts";
import { Endings, lockKey } from "./endings.ts";

interface Change {
  readonly hold: KeyedHold;
  readonly former: Former | null;
}

interface Promised {
  readonly outcome: Outcome;
  readonly told: Continuation | null;
}

/** What was done in one entry, in order. */
class Group {
  readonly changes: Change[] = [];
  readonly promises: Promised[] = [];
  /** Locks of which holds were ended. */
  readonly ended: string[] = [];

  get isEmpty(): boolean {
    return this.changes.length === 0 && this.promises.length === 0;
  }
}

/** The changes of one table. */
export class Commitments implements Keeper {
  /** Why what could not be kept could not, the last time. */
  why = "";
  private readonly table: LockTable<unknown>;
  private readonly store: Store;
  private readonly entry: { enter(): void; leave(): void };
  /** Of this entry. */
  private open = new Group();
  private readonly endings: Endings;
  /** What the store was asked for and has not answered, oldest first. */
  private readonly groups: Group[] = [];

  constructor(options: {
    table: LockTable<unknown>;
    store: Store;
    entry: { enter(): void; leave(): void };
  }) {
    this.table = options.table;
    this.store = options.store;
    this.endings = new Endings(options.store);
    this.entry = options.entry;
  }

  changed(hold: KeyedHold, former: Former | null): void {
    this.open.changes.push({ hold, former });
    this.put(hold);
  }

  gone(fence: number): void {
    this.store.remove(fence);
  }

  /** Whether nothing can be kept at present; then nothing that has to be is to be done. */
  get isFailing(): boolean {
    const { failure } = this.store;
    if (failure === null) return false;
    this.why = failure;
    return true;
  }

  /** Something was done that is to be answered with `outcome` once it is kept. */
  promise(outcome: Outcome, told: Continuation | null): Outcome {
    this.open.promises.push({ outcome, told });
    told?.committing?.();
    return Refusal.waiting;
  }

  /** So many holds of that lock were ended, which is to be answered once it is kept. */
  promiseEnd(mode: Mode, name: Name, ended: number, told: Continuation | null): Outcome {
    const lock = lockKey(mode, nameBytes(name));
    this.open.ended.push(lock);
    this.endings.add(lock);
    return this.promise(ended, told);
  }

  /** Nothing of that lock was there to be changed: true at once, unless its end is not kept yet. */
  promiseNothing(mode: Mode, name: Name, told: Continuation | null): Outcome {
    if (this.endings.isEmpty || !this.endings.has(lockKey(mode, nameBytes(name)))) return 0;
    return this.isFailing ? Refusal.unavailable : this.promise(0, told);
  }

  /** The store can be written again. */
  retry(): void {
    this.endings.retry();
  }

  /** At the end of an entry. `true`: somebody was told, and more may have happened. */
  submit(): boolean {
    const group = this.open;
    if (group.isEmpty) return false;
    this.open = new Group();
    // Somebody was granted what they waited for, and it cannot be kept.
    if (this.isFailing) {
      this.takeBack([group]);
      return true;
    }
    this.groups.push(group);
    this.store.settled((failure) => this.answered(group, failure));
    return false;
  }

  private answered(group: Group, failure: string | null): void {
    const at = this.groups.indexOf(group);
    // It was taken back together with an older one.
    if (at === -1) return;
    this.entry.enter();
    if (failure === null) {
      this.groups.splice(at, 1);
      this.endings.kept(group.ended);
      for (const { outcome, told } of group.promises) told?.decided(outcome);
    } else {
      this.why = failure;
      // All: what came later may rest on what is undone now.
      this.takeBack(this.groups.splice(0));
    }
    this.entry.leave();
  }

  private takeBack(groups: readonly Group[]): void {
    const changes = groups.flatMap((group) => group.changes);
    for (const change of changes.toReversed()) this.undo(change);
    for (const group of groups) {
      this.endings.strand(group.ended);
      for (const { told } of group.promises) told?.decided(Refusal.unavailable);
    }
  }

  private undo({ hold, former }: Change): void {
    const space = this.table.space(hold.mode);
    const undone = undo(space, hold, former);
    if (undone === "detached") this.put(hold);
    if (undone === "bound") {
      this.store.remove(space.requests.getDouble(hold.request, Request.fence));
    }
  }

  private put(hold: KeyedHold): void {
    this.store.put(this.storedHold(hold));
  }

  private storedHold({ mode, request, key, requestor, count, at }: KeyedHold): StoredHold {
    const { requests, named, wallAheadMilliseconds } = this.table.space(mode);
    return {
      fence: requests.getDouble(request, Request.fence),
      mode,
      name: named.nameOf(requests.get(request, Request.lock)).slice(),
      key,
      requestor,
      count,
      sinceWallMilliseconds: requests.getDouble(request, Request.since),
      expiresWallMilliseconds: at === Infinity ? null : at + wallAheadMilliseconds,
    };
  }
}
