/**
 * The locks of one name space as they were at one moment, gathered a little at a time
 * while the space goes on changing.
 *
 * Locks are visited by id. Whoever is about to change one that was not visited yet has
 * it copied first; one that is created later is marked as visited. So every lock is
 * copied once, as it was when the snapshot began, and nothing is ever locked for it.
 *
 * Invariant: `visited` is true of exactly the locks that are copied or too young.
 */
import type { ChangeWatcher, LockSpace } from "./lock-space.ts";
import * as Lock from "./records/lock-words.ts";
import type { KeyedHold, Mode } from "./request.ts";
import * as Request from "./records/request-words.ts";
import { Rows } from "./records/rows.ts";
import { GatheredNames, type Sink } from "./order/gathered-names.ts";
import type { Order } from "./order/sort.ts";

/** What is known of a lock, by its column. */
const LockRow = { firstHolder: 0, waiters: 1, width: 2 } as const;
/** … and of a holder. */
const HolderRow = { owner: 0, fence: 1, since: 2, width: 3 } as const;

/** One holder of one lock. */
export interface Holder<Owner> {
  /** `null`: the hold outlives its connection. */
  readonly owner: Owner | null;
  readonly fence: number;
  readonly sinceWallMilliseconds: number;
  /** A copy; `null` for a hold without a key. */
  readonly keyed: KeyedHold | null;
}

/** Gathered locks; `lock` is an index below `locks`, in the order of the names' bytes once sorted. */
export class Snapshot<Owner = unknown> implements ChangeWatcher {
  readonly mode: Mode;
  /** By position, as `order` has them. */
  readonly names: GatheredNames;
  /** Set by whoever sorts: the position of the n-th name. */
  order: Order | null = null;
  private readonly space: LockSpace;
  private readonly visited: Uint8Array;
  /** The ids that existed when it began are below this one. */
  private readonly high: number;
  private next = 1;
  private readonly lockRows: Rows;
  private readonly holderRows: Rows;
  /** Each owner once: a million references would be a million for the garbage collector. */
  private readonly owners: (Owner | null)[] = [];
  private readonly ownerNumbers = new Map<Owner | null, number>();
  private readonly keyed = new Map<number, KeyedHold>();
  /** Wall-clock time less monotonic time when it began. */
  private readonly wallAheadMilliseconds: number;

  /**
   * Begins now; `step` until it is whole. `only` is the one lock to copy, 0 for none;
   * without it all are copied, and nobody may be departing.
   */
  constructor(space: LockSpace, only?: number) {
    const whole = only === undefined;
    const { locks, holders, nameBytes } = whole ? sizeOf(space) : sizeOfLock(space, only);
    this.mode = space.mode;
    this.wallAheadMilliseconds = space.wallAheadMilliseconds;
    this.space = space;
    this.high = whole ? space.locks.high : 1;
    this.visited = new Uint8Array((this.high >> 3) + 1);
    this.names = new GatheredNames(locks, nameBytes);
    this.lockRows = new Rows(LockRow.width, locks);
    this.holderRows = new Rows(HolderRow.width, holders);
    if (whole) space.watcher = this;
    else if (only !== 0) this.copy(only);
  }

  /** How many locks are copied. */
  get locks(): number {
    return this.lockRows.count;
  }

  /** How many holders are copied. */
  get holders(): number {
    return this.holderRows.count;
  }

  /** Visits some more locks; `false` when all are gathered. */
  step(locksMax: number): boolean {
    const { locks } = this.space;
    const end = Math.min(this.high, this.next + locksMax);
    for (; this.next < end; this.next++) {
      if (locks.get(this.next, Lock.first) !== 0) this.beforeChange(this.next);
    }
    if (this.next < this.high) return true;
    if (this.space.watcher === this) this.space.watcher = null;
    return false;
  }

  created(lock: number): void {
    if (lock < this.high) this.visited[lock >> 3]! |= 1 << (lock & 7);
  }

  beforeChange(lock: number): void {
    const bit = 1 << (lock & 7);
    if (lock < this.next || lock >= this.high || (this.visited[lock >> 3]! & bit) !== 0) return;
    this.visited[lock >> 3]! |= bit;
    this.copy(lock);
  }

  /** When a hold lapses, by the clock on the wall as of the snapshot; `null`: never. */
  expires(hold: KeyedHold): string | null {
    if (hold.at === Infinity) return null;
    return new Date(Math.round(hold.at + this.wallAheadMilliseconds)).toISOString();
  }

  /** The sorted locks `[from, to)` whose names begin with `prefix`. */
  range(prefix: Uint8Array): readonly [from: number, to: number] {
    let from = 0;
    for (let to = this.locks; from < to;) {
      const middle = (from + to) >> 1;
      if (Buffer.compare(this.name(middle), prefix) < 0) from = middle + 1;
      else to = middle;
    }
    const begins = (lock: number): boolean =>
      Buffer.compare(this.name(lock).subarray(0, prefix.length), prefix) === 0;
    let end = from;
    for (let to = this.locks; end < to;) {
      const middle = (end + to) >> 1;
      if (begins(middle)) end = middle + 1;
      else to = middle;
    }
    return [from, end];
  }

  name(lock: number): Uint8Array {
    return this.names.view(this.at(lock));
  }

  /** The same bytes, put out. */
  putName(lock: number, out: Sink): void {
    this.names.put(this.at(lock), out);
  }

  waiters(lock: number): number {
    return this.lockRows.get(this.at(lock), LockRow.waiters);
  }

  holderCount(lock: number): number {
    const at = this.at(lock);
    const end = at + 1 < this.locks ? this.lockRows.get(at + 1, LockRow.firstHolder) : this.holders;
    return end - this.lockRows.get(at, LockRow.firstHolder);
  }

  /** The n-th holder of a lock, in the order in which they came to hold it. */
  holder(lock: number, n: number): Holder<Owner> {
    const row = this.rowOf(lock, n);
    return {
      owner: this.ownerOf(lock, n),
      fence: this.holderRows.get(row, HolderRow.fence),
      sinceWallMilliseconds: this.holderRows.get(row, HolderRow.since),
      keyed: this.keyedOf(lock, n),
    };
  }

  /** That holder's `owner`, without an object made for it: listings ask a million times. */
  ownerOf(lock: number, n: number): Owner | null {
    return this.owners[this.holderRows.get(this.rowOf(lock, n), HolderRow.owner)]!;
  }

  /** … and its `keyed`. */
  keyedOf(lock: number, n: number): KeyedHold | null {
    return this.keyed.size === 0 ? null : (this.keyed.get(this.rowOf(lock, n)) ?? null);
  }

  private rowOf(lock: number, n: number): number {
    return this.lockRows.get(this.at(lock), LockRow.firstHolder) + n;
  }

  private at(lock: number): number {
    return this.order === null ? lock : this.order.get(lock);
  }

  private copy(lock: number): void {
    const { space, lockRows, holderRows } = this;
    const { requests } = space;
    const at = lockRows.add();
    this.names.add(space.named, lock);
    lockRows.set(at, LockRow.firstHolder, holderRows.count);
    lockRows.set(at, LockRow.waiters, space.locks.get(lock, Lock.waiters));
    let request = space.locks.get(lock, Lock.first);
    for (let left = space.locks.get(lock, Lock.holders); left > 0; left--) {
      const holder = holderRows.add();
      const owner = this.numberOf(space.ownerOf(request) as Owner | null);
      holderRows.set(holder, HolderRow.owner, owner);
      holderRows.set(holder, HolderRow.fence, requests.getDouble(request, Request.fence));
      holderRows.set(holder, HolderRow.since, requests.getDouble(request, Request.since));
      if (requests.get(request, Request.state) === Request.keyed) {
        this.keyed.set(holder, space.holders.copyOf(request)!);
      }
      request = requests.get(request, Request.next);
    }
  }

  private numberOf(owner: Owner | null): number {
    const known = this.ownerNumbers.get(owner);
    if (known !== undefined) return known;
    this.ownerNumbers.set(owner, this.owners.length);
    return this.owners.push(owner) - 1;
  }
}

interface Size {
  readonly locks: number;
  readonly holders: number;
  /** Of all names; `undefined`: many. */
  readonly nameBytes: number | undefined;
}

function sizeOf(space: LockSpace): Size {
  const holders = space.requests.count - space.waits.size;
  return { locks: space.locks.count, holders, nameBytes: undefined };
}

function sizeOfLock(space: LockSpace, lock: number): Size {
  if (lock === 0) return { locks: 0, holders: 0, nameBytes: 0 };
  const holders = space.locks.get(lock, Lock.holders);
  return { locks: 1, holders, nameBytes: space.named.lengthOf(lock) };
}
