/**
 * Who holds a lock that may have several holders: found by session, or by requestor for
 * holds that outlive their connections, however many there are.
 *
 * Invariant: every shared hold and every keyed hold of a connection is in the index;
 * every detached hold is in `detached` under its lock and requestor. A plain exclusive
 * hold is in neither: its lock has no other.
 */
import type { Deadlines } from "./deadlines.ts";
import { HashIndex } from "./hash-index.ts";
import * as Lock from "./lock-words.ts";
import {
  type Alarm,
  type Keyed,
  type KeyedHold,
  type Mode,
  nobodysKey,
  type Wait,
} from "./request.ts";
import * as Request from "./request-words.ts";
import { detachedSession, type SessionId } from "./sessions.ts";
import type { Slab } from "./slab.ts";

export interface HoldersOptions {
  readonly mode: Mode;
  readonly locks: Slab;
  readonly requests: Slab;
  readonly deadlines: Deadlines<Wait | KeyedHold | Alarm>;
}

/** Finds the holding requests of one name space. */
export class Holders {
  private readonly mode: Mode;
  private readonly locks: Slab;
  private readonly requests: Slab;
  private readonly deadlines: Deadlines<Wait | KeyedHold | Alarm>;
  private readonly keyed = new Map<number, KeyedHold>();
  private readonly detached = new Map<string, number>();
  private readonly index: HashIndex;

  constructor(options: HoldersOptions) {
    const { mode, locks, requests, deadlines } = options;
    this.mode = mode;
    this.locks = locks;
    this.requests = requests;
    this.deadlines = deadlines;
    this.index = new HashIndex(requests, {
      linkWord: Request.link,
      hashOf: (request) => this.hashOf(request),
    });
  }

  /** A shared hold, or one under a key. */
  add(request: number, keyed: KeyedHold | null): void {
    if (keyed !== null) this.keyed.set(request, keyed);
    if (keyed !== null && this.requests.get(request, Request.session) === detachedSession) {
      this.detached.set(this.detachedKey(request, keyed), request);
    } else {
      this.index.insert(request, this.hashOf(request));
    }
  }

  remove(request: number): void {
    const keyed = this.mode === "shared" ? undefined : this.keyed.get(request);
    if (keyed !== undefined) {
      this.keyed.delete(request);
      this.deadlines.cancel(keyed);
    }
    if (keyed !== undefined && this.requests.get(request, Request.session) === detachedSession) {
      this.detached.delete(this.detachedKey(request, keyed));
    } else {
      this.index.remove(request, this.hashOf(request));
    }
  }

  /** What a request holds under, if it holds under a key. */
  keyedBy(request: number): KeyedHold | undefined {
    return this.keyed.get(request);
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
    const detached = this.underKey(this.byRequestor(lock, keyed.requestor), keyed.key);
    return detached === 0 ? own : detached;
  }

  /** The hold that outlives connections and is `requestor`'s; 0 when there is none. */
  byRequestor(lock: number, requestor: string): number {
    return this.detached.get(`${lock} ${requestor}`) ?? 0;
  }

  /** The same request if it holds under that key, else 0. */
  underKey(request: number, key: string): number {
    return request !== 0 && this.keyed.get(request)?.key === key ? request : 0;
  }

  private detachedKey(request: number, keyed: KeyedHold): string {
    return `${this.requests.get(request, Request.lock)} ${keyed.requestor}`;
  }

  private hashOf(request: number): number {
    const { requests } = this;
    return mix(requests.get(request, Request.lock), requests.get(request, Request.session));
  }
}

/** Ids that we give ourselves: spreading them is enough, nobody can choose them. */
function mix(lock: number, session: SessionId): number {
  const hash = Math.imul(lock, 0x9e3779b1) ^ Math.imul(session, 0x85ebca6b);
  return hash ^ (hash >>> 15);
}
