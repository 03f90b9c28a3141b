/**
 * One name space of locks, and the law.
 *
 * A lock is a list of requests in the order in which they came. Who holds it is the
 * longest run from the front in which each is compatible with all before it: under the
 * same key, or shared and below its own limit. The run is kept, never recomputed: it
 * ends where the first waiting request stands, and whoever leaves may let it grow.
 *
 * Invariants: a lock exists as long as it has a request; its holders are the first of
 * its list; its first waiter is not compatible with them.
 */
import { Holders } from "./holders.ts";
import * as Lock from "./records/lock-words.ts";
import type { Name } from "./records/name.ts";
import { NamedLocks } from "./records/named-locks.ts";
import { type Keyed, type Mode, nobodysKey, type Outcome, type Wait } from "./request.ts";
import { RequestLists } from "./records/request-lists.ts";
import * as Request from "./records/request-words.ts";
import type { SessionId } from "./sessions.ts";
import { describe, describeEnd } from "./subjects.ts";
import { type Happening, noteLoss, type TableState } from "./table-state.ts";
import { Tally } from "./tally.ts";

/** Of more holders the others are seen to in their turn: joining a line costs the same always. */
const preferredHoldersMax = 64;

/** Told of a lock before anything about its holders changes, and of every new one. */
export interface ChangeWatcher {
  beforeChange(lock: number): void;
  created(lock: number): void;
}

/** The locks and requests of one mode, by id. What may be asked is for `LockTable` to say. */
export class LockSpace {
  readonly mode: Mode;
  readonly named = new NamedLocks();
  readonly locks = this.named.records;
  readonly lists = new RequestLists(this.locks);
  readonly requests = this.lists.records;
  readonly holders: Holders;
  /** By request, of those that wait. */
  readonly waits = new Map<number, Wait>();
  readonly tally = new Tally();
  /** A listing that is being gathered, if any. */
  watcher: ChangeWatcher | null = null;
  private readonly state: TableState;

  constructor(mode: Mode, state: TableState) {
    this.mode = mode;
    this.state = state;
    const lapsed = (request: number): void => this.lapse(request);
    this.holders = new Holders(mode, this.lists, { locks: this.locks, state, lapsed });
  }

  /** Makes room for `count` locks that an earlier run has left, while there are none. */
  expect(count: number): void {
    this.named.expect(count);
    this.holders.expect(count);
  }

  /** Wall-clock time less monotonic time, as of the last entry. */
  get wallAheadMilliseconds(): number {
    return this.state.wallMilliseconds - this.state.monotonicMilliseconds;
  }

  /** The lock of that name; 0 when nobody who is present holds it. */
  find(name: Name): number {
    const lock = this.named.find(name);
    return lock !== 0 && this.state.sessions.departing !== 0 ? this.settle(lock) : lock;
  }

  /** A new lock without requests: the caller gives it one at once. */
  create(name: Name): number {
    const lock = this.named.create(name);
    if (this.watcher !== null) this.watcher.created(lock);
    return lock;
  }

  /** Appends a request that holds at once: the lock admits it and nobody waits. */
  hold(lock: number, session: SessionId, keyed: Keyed | null): number {
    if (this.watcher !== null) this.watcher.beforeChange(lock);
    const request = this.lists.append(lock, session);
    this.beginHold(lock, request, keyed, 0);
    return request;
  }

  /** Appends a request that stands in line. */
  wait(lock: number, details: Omit<Wait, "request">): Wait {
    const { locks, requests, lists } = this;
    if (this.watcher !== null) this.watcher.beforeChange(lock);
    const request = lists.append(lock, details.session);
    requests.set(request, Request.state, Request.waiting);
    const wait: Wait = { ...details, request };
    this.waits.set(request, wait);
    if (locks.get(lock, Lock.waiting) === 0) locks.set(lock, Lock.waiting, request);
    locks.set(lock, Lock.waiters, locks.get(lock, Lock.waiters) + 1);
    if (locks.get(lock, Lock.waiters) === 1) this.preferHolders(lock);
    this.state.watch?.("waiting", describe(this, request));
    return wait;
  }

  /** Those who hold what somebody waits for are seen to first when they end. */
  private preferHolders(lock: number): void {
    const { locks, requests, lists } = this;
    let request = locks.get(lock, Lock.first);
    for (
      let left = Math.min(locks.get(lock, Lock.holders), preferredHoldersMax);
      left > 0;
      left--
    ) {
      lists.sessions.prefer(request);
      request = requests.get(request, Request.next);
    }
  }

  /** Takes a request out, wherever it stands, and grants what that lets through. */
  remove(request: number): void {
    const lock = this.requests.get(request, Request.lock);
    this.take(lock, request, "released");
    this.restore(lock);
  }

  /** Takes a lock from some of its holders, who are to be told if still present. */
  takeAway(lock: number, requests: readonly number[], why: "lapsed" | "freed"): void {
    for (const request of requests) {
      this.tally[why]++;
      noteLoss(this.state, describe(this, request), this.holders.keyedBy(request));
      this.take(lock, request, why);
    }
    this.restore(lock);
  }

  /** The time of a hold is over. */
  lapse(request: number): void {
    this.takeAway(this.requests.get(request, Request.lock), [request], "lapsed");
  }

  /** Takes out a request of a session that is gone. */
  removeOrphan(request: number): void {
    const lock = this.requests.get(request, Request.lock);
    this.takeOrphan(lock, request);
    this.restore(lock);
  }

  /** Whether such a request may hold the lock beside those that do. */
  admits(lock: number, key: string | null, limit: number): boolean {
    const holders = this.locks.get(lock, Lock.holders);
    if (holders === 0) return true;
    if (this.mode === "shared") return limit === 0 || holders < limit;
    if (key === null || key === nobodysKey) return false;
    return this.holders.keyedBy(this.locks.get(lock, Lock.first))?.key === key;
  }

  /** What a grant is answered with: the fence, or how many hold a shared lock now. */
  outcomeOf(request: number): Outcome {
    const { requests } = this;
    if (this.mode === "exclusive") return requests.getDouble(request, Request.fence);
    return this.locks.get(requests.get(request, Request.lock), Lock.holders);
  }

  /** Whoever the outer rooms know the request's session as; `null` when it outlived it. */
  ownerOf(request: number): unknown {
    return this.state.sessions.ownerOf(this.requests.get(request, Request.session));
  }

  /**
   * A session or requestor asks for what it holds: the count of a keyed hold rises by
   * `more`, and a TTL that comes with it counts from now. A hold that was to end with its
   * connection outlives it from then on; never the other way round.
   */
  again(request: number, keyed: Keyed | null, more: 0 | 1): void {
    if (keyed === null) return;
    if (this.watcher !== null) this.watcher.beforeChange(this.requests.get(request, Request.lock));
    this.holders.again(request, keyed.ttlMilliseconds, more);
  }

  private beginHold(lock: number, request: number, keyed: Keyed | null, waited: number): void {
    const { locks, requests, state } = this;
    requests.setDouble(request, Request.fence, state.fences.next());
    requests.setDouble(request, Request.since, state.wallMilliseconds);
    locks.set(lock, Lock.holders, locks.get(lock, Lock.holders) + 1);
    requests.set(request, Request.state, keyed === null ? Request.held : Request.keyed);
    this.tally.grants++;
    // Before a hold that outlives its connection is taken off it.
    if (state.watch !== null) {
      state.watch("granted", describe(this, request, { keyed, waitedMilliseconds: waited }));
    }
    if (keyed !== null) this.holders.addKeyed(request, keyed);
    else if (this.mode === "shared") this.holders.addShared(request);
  }

  /** Unlinks a request; the lock may break the law until it is restored. */
  private take(lock: number, request: number, why: Happening | null): void {
    const { locks, requests } = this;
    if (this.watcher !== null) this.watcher.beforeChange(lock);
    const state = requests.get(request, Request.state);
    if (this.state.watch !== null && why !== null) {
      const subject = describeEnd(this, request, this.state.wallMilliseconds);
      this.state.watch(state === Request.waiting ? "cancelled" : why, subject);
    }
    if (state === Request.waiting) {
      if (why !== null) this.tally.ungranted++;
      this.endWait(lock, request);
    } else {
      locks.set(lock, Lock.holders, locks.get(lock, Lock.holders) - 1);
      const since = requests.getDouble(request, Request.since);
      this.tally.holds.add(this.state.wallMilliseconds - since);
      if (state === Request.keyed || this.mode === "shared") this.holders.remove(request);
    }
    this.lists.remove(request);
  }

  private takeOrphan(lock: number, request: number): void {
    if (this.requests.get(request, Request.state) !== Request.waiting) this.tally.orphaned++;
    this.take(lock, request, "orphaned");
  }

  /** The request waits no longer, whether it leaves or holds from now on. */
  private endWait(lock: number, request: number): void {
    const { locks, requests, waits } = this;
    const wait = waits.get(request)!;
    this.state.deadlines.cancel(wait);
    waits.delete(request);
    this.tally.waits.add(this.state.wallMilliseconds - wait.sinceWallMilliseconds);
    locks.set(lock, Lock.waiters, locks.get(lock, Lock.waiters) - 1);
    if (locks.get(lock, Lock.waiting) !== request) return;
    locks.set(lock, Lock.waiting, requests.get(request, Request.next));
  }

  /** The law again after something left: the run grows, or the lock is no more. */
  private restore(lock: number): void {
    if (this.locks.get(lock, Lock.waiting) !== 0) this.promote(lock);
    if (this.locks.get(lock, Lock.first) === 0) this.named.drop(lock);
  }

  private promote(lock: number): void {
    for (;;) {
      const request = this.locks.get(lock, Lock.waiting);
      if (request === 0) return;
      const wait = this.waits.get(request)!;
      if (this.state.sessions.isGone(wait.session)) this.take(lock, request, "cancelled");
      else if (this.state.linesClosed) return;
      else if (this.admits(lock, wait.keyed?.key ?? null, wait.limit)) this.grant(lock, wait);
      else return;
    }
  }

  /** The first waiter becomes a holder, or adds to the hold that its session already has. */
  private grant(lock: number, wait: Wait): void {
    let { request } = wait;
    const existing = this.holders.existing(lock, wait.session, wait.keyed);
    if (existing === 0) {
      if (this.watcher !== null) this.watcher.beforeChange(lock);
      this.endWait(lock, request);
      this.beginHold(lock, request, wait.keyed, this.waitedMilliseconds(wait));
      if (this.locks.get(lock, Lock.waiters) !== 0) this.lists.sessions.prefer(request);
    } else {
      this.take(lock, request, null);
      request = existing;
      this.again(request, wait.keyed, 1);
      const waitedMilliseconds = this.waitedMilliseconds(wait);
      this.state.watch?.("granted", describe(this, request, { keyed: null, waitedMilliseconds }));
    }
    wait.patience.wait = null;
    const detached = this.holders.isDetached(request);
    this.state.decided.push({ wait, outcome: this.outcomeOf(request), detached });
  }

  private waitedMilliseconds({ sinceWallMilliseconds }: Wait): number {
    return Math.max(0, this.state.wallMilliseconds - sinceWallMilliseconds);
  }

  /** Removes what gone sessions hold of this lock; 0 when nothing of it is left. */
  private settle(lock: number): number {
    const { locks, requests } = this;
    let request = locks.get(lock, Lock.first);
    for (let left = locks.get(lock, Lock.holders); left > 0; left--) {
      const next = requests.get(request, Request.next);
      const session = requests.get(request, Request.session);
      if (this.state.sessions.isGone(session)) this.takeOrphan(lock, request);
      request = next;
    }
    this.restore(lock);
    return locks.get(lock, Lock.first) === 0 ? 0 : lock;
  }
}
