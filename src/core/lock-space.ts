/**
 * One name space of locks, and the law.
 *
 * A lock is a list of requests in the order in which they came. Who holds it is the
 * longest run from the front in which each is compatible with all before it: under the
 * same key, or shared and below its own limit. The run is kept, never recomputed: it
 * ends where the first waiting request stands, and whoever leaves may let it grow.
 *
 * Invariants: a lock exists as long as it has a request; its holders are the first of
 * its list; its first waiter is not compatible with them; a session's requests are in
 * a list of their own too, so that its end costs what it asked for and no more.
 */
import type { Deadlines } from "./deadlines.ts";
import type { Fences } from "./fences.ts";
import { Holders } from "./holders.ts";
import * as Lock from "./lock-words.ts";
import type { Name } from "./name.ts";
import { NamedLocks } from "./named-locks.ts";
import {
  type Keyed,
  type KeyedHold,
  type Mode,
  nobodysKey,
  type Outcome,
  type Wait,
} from "./request.ts";
import * as Request from "./request-words.ts";
import { SessionLists } from "./session-lists.ts";
import { detachedSession, type SessionId, type Sessions } from "./sessions.ts";
import { Slab } from "./slab.ts";

/** Told of a lock before anything about its holders changes, and of every new one. */
export interface ChangeWatcher {
  beforeChange(lock: number): void;
  created(lock: number): void;
}

/** What happens to holds without their holders' asking. */
export interface TableEvents {
  /** The connection of this hold has ended. */
  orphaned(space: LockSpace, request: number): void;
  /** The time of this hold is over. */
  lapsed(space: LockSpace, request: number): void;
}

/** How a wait ended. */
export interface Decision {
  readonly wait: Wait;
  readonly outcome: Outcome;
}

/** What the spaces of one table share. */
export interface Common {
  readonly sessions: Sessions;
  readonly fences: Fences;
  readonly deadlines: Deadlines<Wait | KeyedHold>;
  /** Waits that ended and whose sessions are yet to be told, in order. */
  readonly decided: Decision[];
  /** Somebody who wants to know of what nobody asked for; called before it happens. */
  events: TableEvents | null;
  /** Set by whoever enters the table. */
  wallMilliseconds: number;
  monotonicMilliseconds: number;
}

/** The locks and requests of one mode, by id. What may be asked is for `LockTable` to say. */
export class LockSpace {
  readonly mode: Mode;
  readonly named = new NamedLocks();
  readonly requests = new Slab({ wordBits: Request.wordBits, doubles: true });
  readonly lists = new SessionLists(this.requests);
  readonly locks = this.named.records;
  readonly holders = new Holders(this.locks, this.requests);
  /** By request, of those that wait. */
  readonly waits = new Map<number, Wait>();
  /** Holds that ended with their connections, since the start. */
  orphans = 0;
  /** A listing that is being gathered, if any. */
  watcher: ChangeWatcher | null = null;
  private readonly common: Common;
  constructor(mode: Mode, common: Common) {
    this.mode = mode;
    this.common = common;
  }

  /** The lock of that name; 0 when nobody who is present holds it. */
  find(name: Name): number {
    const lock = this.named.find(name);
    return lock !== 0 && this.common.sessions.departing !== 0 ? this.settle(lock) : lock;
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
    const request = this.append(lock, session);
    this.beginHold(lock, request, keyed);
    return request;
  }

  /** Appends a request that stands in line. */
  wait(lock: number, details: Omit<Wait, "request">): Wait {
    const { locks } = this;
    if (this.watcher !== null) this.watcher.beforeChange(lock);
    const request = this.append(lock, details.session);
    this.requests.set(request, Request.state, Request.waiting);
    const wait: Wait = { ...details, request };
    this.waits.set(request, wait);
    if (locks.get(lock, Lock.waiting) === 0) locks.set(lock, Lock.waiting, request);
    locks.set(lock, Lock.waiters, locks.get(lock, Lock.waiters) + 1);
    // A contested hold goes first when its session ends, so that waiters are served first.
    if (locks.get(lock, Lock.holders) === 1) this.lists.toFront(locks.get(lock, Lock.first));
    return wait;
  }

  /** Takes a request out, wherever it stands, and grants what that lets through. */
  remove(request: number): void {
    const lock = this.requests.get(request, Request.lock);
    if (this.watcher !== null) this.watcher.beforeChange(lock);
    this.take(lock, request);
    this.restore(lock);
  }

  /** Takes out a request of a session that is gone. */
  orphan(request: number): void {
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
    return this.holders.keyed.get(this.locks.get(lock, Lock.first))?.key === key;
  }

  /**
   * The hold that a request of the same session or requestor adds to instead of making
   * one of its own; 0 when there is none.
   */
  existing(lock: number, session: SessionId, keyed: Keyed | null): number {
    if (keyed?.key === nobodysKey) return 0;
    const own = this.holders.bySession(lock, session);
    if (keyed === null) {
      return own !== 0 && this.requests.get(own, Request.state) === Request.held ? own : 0;
    }
    if (own !== 0 && this.holders.keyed.get(own)?.key === keyed.key) return own;
    const detached = this.holders.byRequestor(lock, keyed.requestor);
    return this.holders.keyed.get(detached)?.key === keyed.key ? detached : 0;
  }

  /** A view of the name of the request's lock, valid until the lock is dropped. */
  nameOf(request: number): Uint8Array {
    return this.named.nameOf(this.requests.get(request, Request.lock));
  }

  /** Whoever the outer rooms know the request's session as; `null` when it outlives its connection. */
  ownerOf(request: number): unknown {
    return this.common.sessions.ownerOf(this.requests.get(request, Request.session));
  }

  /** What a grant is answered with: the fence, or how many hold a shared lock now. */
  outcomeOf(request: number): Outcome {
    const { requests } = this;
    if (this.mode === "exclusive") return requests.getDouble(request, Request.fence);
    return this.locks.get(requests.get(request, Request.lock), Lock.holders);
  }

  /** A hold of a connection becomes one that outlives it. */
  detach(request: number): void {
    const hold = this.holders.keyed.get(request)!;
    this.holders.remove(request);
    this.moveToDetached(request);
    this.holders.add(request, hold);
  }

  private append(lock: number, session: SessionId): number {
    const { requests } = this;
    const request = requests.allocate();
    const lockWords = this.locks.chunkOf(lock);
    const lockAt = this.locks.offsetOf(lock);
    const last = lockWords[lockAt + Lock.last]!;
    const words = requests.chunkOf(request);
    const at = requests.offsetOf(request);
    words[at + Request.lock] = lock;
    words[at + Request.session] = session;
    words[at + Request.previous] = last;
    words[at + Request.next] = 0;
    if (last === 0) lockWords[lockAt + Lock.first] = request;
    else requests.set(last, Request.next, request);
    lockWords[lockAt + Lock.last] = request;
    this.lists.push(session, request);
    return request;
  }

  private beginHold(lock: number, request: number, keyed: Keyed | null): void {
    const { locks, requests, common } = this;
    requests.setDouble(request, Request.fence, common.fences.next());
    requests.setDouble(request, Request.since, common.wallMilliseconds);
    locks.set(lock, Lock.holders, locks.get(lock, Lock.holders) + 1);
    requests.set(request, Request.state, keyed === null ? Request.held : Request.keyed);
    if (keyed === null) {
      if (this.mode === "shared") this.holders.add(request, null);
      return;
    }
    if (keyed.ttlMilliseconds !== null) this.moveToDetached(request);
    const { key, requestor } = keyed;
    const hold: KeyedHold = {
      kind: "lease",
      request,
      key,
      requestor,
      count: 1,
      at: Infinity,
      position: -1,
    };
    this.holders.add(request, hold);
    this.lease(hold, keyed.ttlMilliseconds);
  }

  /** Sets when a hold lapses, counted from now. */
  lease(hold: KeyedHold, ttlMilliseconds: number | null): void {
    const { deadlines, monotonicMilliseconds } = this.common;
    const ends = ttlMilliseconds === null || ttlMilliseconds === 0;
    deadlines.schedule(hold, ends ? Infinity : monotonicMilliseconds + ttlMilliseconds);
  }

  private moveToDetached(request: number): void {
    this.lists.remove(request);
    this.requests.set(request, Request.session, detachedSession);
    this.lists.push(detachedSession, request);
  }

  /** Unlinks a request; the lock may break the law until it is restored. */
  private take(lock: number, request: number): void {
    const { requests } = this;
    const lockWords = this.locks.chunkOf(lock);
    const lockAt = this.locks.offsetOf(lock);
    const words = requests.chunkOf(request);
    const at = requests.offsetOf(request);
    const previous = words[at + Request.previous]!;
    const next = words[at + Request.next]!;
    if (previous === 0) lockWords[lockAt + Lock.first] = next;
    else requests.set(previous, Request.next, next);
    if (next === 0) lockWords[lockAt + Lock.last] = previous;
    else requests.set(next, Request.previous, previous);
    const state = words[at + Request.state]!;
    if (state === Request.waiting) {
      if (lockWords[lockAt + Lock.waiting] === request) lockWords[lockAt + Lock.waiting] = next;
      this.endWait(lock, request);
    } else {
      lockWords[lockAt + Lock.holders]!--;
      if (state === Request.keyed) this.common.deadlines.cancel(this.holders.keyed.get(request)!);
      if (state === Request.keyed || this.mode === "shared") this.holders.remove(request);
    }
    this.lists.remove(request);
    requests.release(request);
  }

  private endWait(lock: number, request: number): void {
    this.common.deadlines.cancel(this.waits.get(request)!);
    this.waits.delete(request);
    this.locks.set(lock, Lock.waiters, this.locks.get(lock, Lock.waiters) - 1);
  }

  /** The law again after something left: the run grows, or the lock is no more. */
  private restore(lock: number): void {
    const { locks } = this;
    if (locks.get(lock, Lock.waiting) !== 0) this.promote(lock);
    if (locks.get(lock, Lock.first) === 0) this.named.drop(lock);
  }

  private promote(lock: number): void {
    for (;;) {
      const request = this.locks.get(lock, Lock.waiting);
      if (request === 0) return;
      const wait = this.waits.get(request)!;
      if (this.common.sessions.isGone(wait.session)) {
        this.take(lock, request);
        continue;
      }
      if (!this.admits(lock, wait.keyed?.key ?? null, wait.limit)) return;
      this.grant(lock, wait);
    }
  }

  /** The first waiter becomes a holder, or adds to the hold that its session already has. */
  private grant(lock: number, wait: Wait): void {
    const { request } = wait;
    const existing = this.existing(lock, wait.session, wait.keyed);
    if (existing !== 0) {
      this.take(lock, request);
      const hold = this.holders.keyed.get(existing);
      if (hold !== undefined) hold.count++;
    } else {
      this.locks.set(lock, Lock.waiting, this.requests.get(request, Request.next));
      this.endWait(lock, request);
      this.beginHold(lock, request, wait.keyed);
    }
    this.common.decided.push({
      wait,
      outcome: this.outcomeOf(existing === 0 ? request : existing),
    });
  }

  /** Removes what gone sessions hold of this lock; 0 when nothing of it is left. */
  private settle(lock: number): number {
    const { locks, requests } = this;
    let request = locks.get(lock, Lock.first);
    let left = locks.get(lock, Lock.holders);
    while (left-- > 0) {
      const next = requests.get(request, Request.next);
      if (this.common.sessions.isGone(requests.get(request, Request.session))) {
        this.takeOrphan(lock, request);
      }
      request = next;
    }
    this.restore(lock);
    return locks.get(lock, Lock.first) === 0 ? 0 : lock;
  }

  private takeOrphan(lock: number, request: number): void {
    if (this.watcher !== null) this.watcher.beforeChange(lock);
    if (this.requests.get(request, Request.state) !== Request.waiting) {
      this.orphans++;
      this.common.events?.orphaned(this, request);
    }
    this.take(lock, request);
  }
}
