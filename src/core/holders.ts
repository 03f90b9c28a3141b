/**
 * Who holds a lock that may have several holders: found by session, or by requestor for
 * holds that outlive their connections, however many there are.
 *
 * Invariant: every shared hold and every keyed hold of a connection is in the index;
 * every detached hold is the first of its lock, or in `detached` under its lock, key and
 * requestor. A plain exclusive hold is in neither: its lock has no other.
 */
import { bearerOf, type BearerText } from "./detached/bearer-texts.ts";
import { DormantHolds, type Sleeper } from "./detached/dormant.ts";
import type { Former, Undone } from "./detached/keeper.ts";
import { HashIndex } from "./records/hash-index.ts";
import * as Lock from "./records/lock-words.ts";
import { type Alarm, type Keyed, type KeyedHold, type Mode, nobodysKey } from "./request.ts";
import * as Request from "./records/request-words.ts";
import { detachedSession, type SessionId } from "./sessions.ts";
import type { Slab } from "./records/slab.ts";
import type { RequestLists } from "./records/request-lists.ts";
import type { TableState } from "./table-state.ts";

/** Nobody who is here has taken what is of an earlier run. */
const nobody = Object.freeze({ session: detachedSession, generation: 0 });

/** Finds the holding requests of one name space. */
export class Holders {
  private readonly mode: Mode;
  private readonly locks: Slab;
  private readonly lists: RequestLists;
  private readonly requests: Slab;
  private readonly state: TableState;
  private readonly keyed = new Map<number, KeyedHold>();
  private readonly detached = new Map<string, number>();
  private readonly index: HashIndex;
  private readonly dormant = new DormantHolds();
  private readonly dormantAlarm: Alarm;

  /** `lapsed` is told of a request whose hold is to end by now. */
  constructor(
    mode: Mode,
    lists: RequestLists,
    of: { locks: Slab; state: TableState; lapsed: (request: number) => void },
  ) {
    this.mode = mode;
    this.locks = of.locks;
    this.lists = lists;
    this.requests = lists.records;
    this.state = of.state;
    this.index = new HashIndex(this.requests, {
      linkWord: Request.link,
      hashOf: (request) => this.hashOf(request),
    });
    const ring = (): void => {
      const request = this.dormant.takeDue();
      this.awaitDormant();
      if (request !== 0) of.lapsed(request);
    };
    this.dormantAlarm = { kind: "alarm", at: Infinity, position: -1, ring };
  }

  /** Makes room for `count` holds of an earlier run, before there are any others. */
  expect(count: number): void {
    this.dormant.expect(count);
  }

  addShared(request: number): void {
    this.index.insert(request, this.hashOf(request));
  }

  addKeyed(request: number, { key, requestor, ttlMilliseconds }: Keyed): void {
    const taker = this.state.sessions.bearer(this.requests.get(request, Request.session));
    const { mode } = this;
    const timed = { kind: "lease", at: Infinity, position: -1 } as const;
    const hold: KeyedHold = { ...timed, mode, request, key, requestor, count: 1, taker };
    if (ttlMilliseconds !== null) this.lists.give(request, detachedSession);
    this.add(request, hold);
    this.lease(hold, ttlMilliseconds);
    if (ttlMilliseconds !== null) this.state.keeper?.changed(hold, null);
  }

  /**
   * A hold that outlived its connection before this server began; it lapses at `at`. Whoever
   * stands first is found without being told apart, and sleeps until it is asked about.
   */
  adopt(request: number, former: BearerText & { readonly count: number }, at: number): void {
    const { count } = former;
    if (this.locks.get(this.requests.get(request, Request.lock), Lock.first) === request) {
      this.dormant.add(request, former, { count, at });
      if (at < this.dormantAlarm.at) this.awaitDormant();
    } else {
      this.rouse(request, { ...bearerOf(former), count, at });
    }
  }

  /** Raises the count of a keyed hold; with a TTL it outlives its connection, counted from now. */
  again(request: number, ttlMilliseconds: number | null, more: number): void {
    const hold = this.keyedBy(request)!;
    const former: Former = { count: hold.count, at: hold.at, bound: !this.isDetached(request) };
    hold.count += more;
    if (ttlMilliseconds !== null) {
      if (former.bound) this.give(hold, detachedSession);
      this.lease(hold, ttlMilliseconds);
    }
    if (this.isDetached(request)) this.state.keeper?.changed(hold, former);
  }

  /** Undoes what `again` did; `gone`: nothing is undone, for the hold should have ended meanwhile. */
  restore(hold: KeyedHold, { count, at, bound }: Former): Undone {
    const { sessions, deadlines } = this.state;
    if (bound && sessions.ownerOfBearer(hold.taker) === null) return "gone";
    hold.count = count;
    deadlines.schedule(hold, at);
    if (!bound) return "detached";
    this.give(hold, hold.taker.session);
    const lock = this.requests.get(hold.request, Request.lock);
    if (this.locks.get(lock, Lock.waiters) !== 0) this.lists.sessions.prefer(hold.request);
    return "bound";
  }

  remove(request: number): void {
    const none = this.keyed.size === 0 && this.dormant.count === 0;
    const keyed = none ? undefined : this.keyedBy(request);
    if (keyed !== undefined) {
      this.keyed.delete(request);
      this.state.deadlines.cancel(keyed);
    }
    if (keyed !== undefined && this.isDetached(request)) {
      this.detached.delete(detachedKey(this.requests.get(request, Request.lock), keyed));
      this.state.keeper?.gone(this.requests.getDouble(request, Request.fence));
    } else {
      this.index.remove(request, this.hashOf(request));
    }
  }

  /** Whether the request belongs to no connection any more. */
  isDetached(request: number): boolean {
    return this.requests.get(request, Request.session) === detachedSession;
  }

  /** What a request holds under, if it holds under a key. */
  keyedBy(request: number): KeyedHold | undefined {
    const hold = this.keyed.get(request);
    if (hold !== undefined || this.dormant.count === 0) return hold;
    const sleeper = this.dormant.wake(request);
    return sleeper && this.rouse(request, sleeper);
  }

  /** The same as it is now, for whoever looks at many and changes none. */
  copyOf(request: number): KeyedHold | undefined {
    const hold = this.keyed.get(request);
    if (hold !== undefined) return { ...hold };
    const sleeper = this.dormant.look(request);
    return sleeper && { ...this.roused(request, sleeper), at: sleeper.at };
  }

  /** The request under which `session` holds the lock; 0 when it does not. */
  bySession(lock: number, session: SessionId): number {
    const { requests } = this;
    const count = this.locks.get(lock, Lock.holders);
    if (count === 0) return 0;
    const first = this.locks.get(lock, Lock.first);
    if (requests.get(first, Request.session) === session) return first;
    if (count === 1) return 0;
    let request = this.index.first(mix(lock, session));
    while (
      request !== 0 &&
      (requests.get(request, Request.lock) !== lock ||
        requests.get(request, Request.session) !== session)
    ) {
      request = requests.get(request, Request.link);
    }
    return request;
  }

  /**
   * The hold that such a request adds to instead of making one of its own: its session's,
   * or its requestor's that outlives connections; 0 when there is none. Of both, the one
   * that lives as long as is asked for.
   */
  existing(lock: number, session: SessionId, keyed: Keyed | null): number {
    if (keyed === null) {
      const own = this.bySession(lock, session);
      return own !== 0 && this.requests.get(own, Request.state) === Request.held ? own : 0;
    }
    if (keyed.key === nobodysKey) return 0;
    const own = this.underKey(this.bySession(lock, session), keyed.key);
    if (own !== 0 && keyed.ttlMilliseconds === null) return own;
    const detached = this.byRequestor(lock, keyed);
    if (detached !== 0 || own === 0) return detached === 0 ? own : detached;
    // Taken under a name of before: beside that requestor's hold there is to be no second.
    const former = this.byRequestor(lock, this.keyedBy(own)!);
    return former === 0 ? own : former;
  }

  /** The hold that outlives connections and is the requestor's under that key; 0 when there is none. */
  byRequestor(lock: number, keyed: Pick<Keyed, "key" | "requestor">): number {
    const first = this.locks.get(lock, Lock.first);
    const hold = this.isDetached(first) ? this.keyedBy(first) : undefined;
    if (hold !== undefined && hold.key === keyed.key && hold.requestor === keyed.requestor) {
      return first;
    }
    return this.detached.size === 0 ? 0 : (this.detached.get(detachedKey(lock, keyed)) ?? 0);
  }

  /** The same request if it holds under that key, else 0. */
  underKey(request: number, key: string): number {
    return request !== 0 && this.keyedBy(request)?.key === key ? request : 0;
  }

  /** Makes it a hold as every other is. */
  private rouse(request: number, sleeper: Sleeper): KeyedHold {
    const hold = this.roused(request, sleeper);
    this.add(request, hold);
    this.state.deadlines.schedule(hold, sleeper.at);
    return hold;
  }

  private roused(request: number, { key, requestor, count }: Sleeper): KeyedHold {
    const timed = { kind: "lease", at: Infinity, position: -1 } as const;
    return { ...timed, mode: this.mode, request, key, requestor, count, taker: nobody };
  }

  private awaitDormant(): void {
    this.state.deadlines.schedule(this.dormantAlarm, this.dormant.due);
  }

  private add(request: number, hold: KeyedHold): void {
    this.keyed.set(request, hold);
    this.enlist(hold);
  }

  /** Where it is found: by its session, or by its requestor when it has none. */
  private enlist(hold: KeyedHold): void {
    const { request } = hold;
    if (this.isDetached(request)) {
      const lock = this.requests.get(request, Request.lock);
      // Who stands first stays first: most locks have no other, and strings are dear.
      if (this.locks.get(lock, Lock.first) === request) return;
      this.detached.set(detachedKey(lock, hold), request);
    } else {
      this.index.insert(request, this.hashOf(request));
    }
  }

  /** Makes it a session's, or nobody's connection's. */
  private give(hold: KeyedHold, session: SessionId): void {
    const { request } = hold;
    if (this.isDetached(request)) {
      this.detached.delete(detachedKey(this.requests.get(request, Request.lock), hold));
    } else {
      this.index.remove(request, this.hashOf(request));
    }
    this.lists.give(request, session);
    this.enlist(hold);
  }

  /** Sets when a hold lapses, counted from now; `null` and 0: never. */
  private lease(hold: KeyedHold, ttlMilliseconds: number | null): void {
    const { deadlines, monotonicMilliseconds } = this.state;
    const never = ttlMilliseconds === null || ttlMilliseconds === 0;
    deadlines.schedule(hold, never ? Infinity : monotonicMilliseconds + ttlMilliseconds);
  }

  private hashOf(request: number): number {
    const { requests } = this;
    return mix(requests.get(request, Request.lock), requests.get(request, Request.session));
  }
}

/** Each with its length or without spaces, so that no two are alike. */
function detachedKey(lock: number, { key, requestor }: Pick<Keyed, "key" | "requestor">): string {
  return `${lock} ${key.length} ${key}${requestor}`;
}

/** Ids that we give ourselves: spreading them is enough, nobody can choose them. */
function mix(lock: number, session: SessionId): number {
  const hash = Math.imul(lock, 0x9e3779b1) ^ Math.imul(session, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
