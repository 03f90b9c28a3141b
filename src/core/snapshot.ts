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

/** Names lie in chunks; a small table gets by with a small one. */
const nameChunkBytesSmall = 1 << 16;
const nameChunkBytesLarge = 1 << 20;
const smallTableLocks = 1 << 10;

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
  /** Set by whoever sorts: the position of the n-th name. */
  order: Int32Array | null = null;
  /** How many locks are copied. */
  locks = 0;
  /** How many holders are copied. */
  holders = 0;
  private readonly space: LockSpace;
  private readonly visited: Uint8Array;
  /** The ids that existed when it began are below this one. */
  private readonly high: number;
  private next = 1;
  private readonly nameChunks: Uint8Array[] = [];
  private readonly chunkBytes: number;
  private nameEnd = 0;
  private readonly nameStarts: Float64Array;
  private readonly nameLengths: Int32Array;
  private readonly firstHolders: Int32Array;
  private readonly waiterCounts: Int32Array;
  /** Each owner once: a million references would be a million for the garbage collector. */
  private readonly owners: (Owner | null)[] = [];
  private readonly ownerNumbers = new Map<Owner | null, number>();
  private readonly ownerOfHolder: Int32Array;
  private readonly keyed = new Map<number, KeyedHold>();
  private readonly fences: Float64Array;
  private readonly sinces: Float64Array;
  /** Wall-clock time less monotonic time when it began. */
  private readonly wallAheadMilliseconds: number;

  /**
   * Begins now; `step` until it is whole. `only` is the one lock to copy, 0 for none;
   * without it all are copied, and nobody may be departing.
   */
  constructor(space: LockSpace, only?: number) {
    const whole = only === undefined;
    const { locks, holders } = whole ? sizeOf(space) : sizeOfLock(space, only);
    this.mode = space.mode;
    this.wallAheadMilliseconds = space.wallAheadMilliseconds;
    this.space = space;
    this.high = whole ? space.locks.high : 1;
    this.visited = new Uint8Array((this.high >> 3) + 1);
    this.chunkBytes = whole ? chunkBytesFor(locks) : nameBytesOf(space, only);
    this.nameStarts = new Float64Array(locks);
    this.nameLengths = new Int32Array(locks);
    this.firstHolders = new Int32Array(locks + 1);
    this.waiterCounts = new Int32Array(locks);
    this.ownerOfHolder = new Int32Array(holders);
    this.fences = new Float64Array(holders);
    this.sinces = new Float64Array(holders);
    if (whole) space.watcher = this;
    else if (only !== 0) this.copy(only);
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
    const at = this.at(lock);
    const start = this.nameStarts[at]!;
    const offset = start % this.chunkBytes;
    const chunk = this.nameChunks[Math.floor(start / this.chunkBytes)]!;
    return chunk.subarray(offset, offset + this.nameLengths[at]!);
  }

  waiters(lock: number): number {
    return this.waiterCounts[this.at(lock)]!;
  }

  holderCount(lock: number): number {
    const at = this.at(lock);
    return this.firstHolders[at + 1]! - this.firstHolders[at]!;
  }

  /** The n-th holder of a lock, in the order in which they came to hold it. */
  holder(lock: number, n: number): Holder<Owner> {
    const holder = this.firstHolders[this.at(lock)]! + n;
    return {
      owner: this.owners[this.ownerOfHolder[holder]!]!,
      fence: this.fences[holder]!,
      sinceWallMilliseconds: this.sinces[holder]!,
      keyed: this.keyed.get(holder) ?? null,
    };
  }

  /** Compares the names at two unsorted positions by their bytes. */
  compareAt(a: number, b: number): number {
    const startA = this.nameStarts[a]!;
    const startB = this.nameStarts[b]!;
    const chunkA = this.nameChunks[Math.floor(startA / this.chunkBytes)]!;
    const chunkB = this.nameChunks[Math.floor(startB / this.chunkBytes)]!;
    const fromA = startA % this.chunkBytes;
    const fromB = startB % this.chunkBytes;
    const lengthA = this.nameLengths[a]!;
    const lengthB = this.nameLengths[b]!;
    const length = Math.min(lengthA, lengthB);
    for (let i = 0; i < length; i++) {
      const difference = chunkA[fromA + i]! - chunkB[fromB + i]!;
      if (difference !== 0) return difference;
    }
    return lengthA - lengthB;
  }

  private at(lock: number): number {
    return this.order === null ? lock : this.order[lock]!;
  }

  private copy(lock: number): void {
    const { space } = this;
    const { requests } = space;
    const at = this.locks++;
    this.copyName(at, space.named.nameOf(lock));
    this.waiterCounts[at] = space.locks.get(lock, Lock.waiters);
    let request = space.locks.get(lock, Lock.first);
    for (let left = space.locks.get(lock, Lock.holders); left > 0; left--) {
      const holder = this.holders++;
      this.ownerOfHolder[holder] = this.numberOf(space.ownerOf(request) as Owner | null);
      this.fences[holder] = requests.getDouble(request, Request.fence);
      this.sinces[holder] = requests.getDouble(request, Request.since);
      if (requests.get(request, Request.state) === Request.keyed) {
        this.keyed.set(holder, space.holders.copyOf(request)!);
      }
      request = requests.get(request, Request.next);
    }
    this.firstHolders[at + 1] = this.holders;
  }

  private numberOf(owner: Owner | null): number {
    const known = this.ownerNumbers.get(owner);
    if (known !== undefined) return known;
    this.ownerNumbers.set(owner, this.owners.length);
    return this.owners.push(owner) - 1;
  }

  private copyName(at: number, name: Uint8Array): void {
    if (this.nameChunks.length === 0 || this.nameEnd + name.length > this.chunkBytes) {
      this.nameChunks.push(new Uint8Array(this.chunkBytes));
      this.nameEnd = 0;
    }
    const chunk = this.nameChunks.length - 1;
    this.nameChunks[chunk]!.set(name, this.nameEnd);
    this.nameStarts[at] = chunk * this.chunkBytes + this.nameEnd;
    this.nameLengths[at] = name.length;
    this.nameEnd += name.length;
  }
}

function chunkBytesFor(locks: number): number {
  return locks < smallTableLocks ? nameChunkBytesSmall : nameChunkBytesLarge;
}

/** One lock's name fits exactly; 1 rather than 0, for positions are divided by it. */
function nameBytesOf(space: LockSpace, lock: number): number {
  return lock === 0 ? 1 : Math.max(1, space.named.nameOf(lock).length);
}

interface Size {
  readonly locks: number;
  readonly holders: number;
}

function sizeOf(space: LockSpace): Size {
  return { locks: space.locks.count, holders: space.requests.count - space.waits.size };
}

function sizeOfLock(space: LockSpace, lock: number): Size {
  if (lock === 0) return { locks: 0, holders: 0 };
  return { locks: 1, holders: space.locks.get(lock, Lock.holders) };
}
