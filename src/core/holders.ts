/**
 * Who holds a lock that may have several holders: found by session, or by requestor for
 * holds that outlive their connections, however many there are.
 *
 * Invariant: every shared hold and every keyed hold of a connection is in the index;
 * every detached hold is in `detached` under its lock and requestor. A plain exclusive
 * hold is in neither: its lock has no other.
 */
import { HashIndex } from "./hash-index.ts";
import * as Lock from "./lock-words.ts";
import type { KeyedHold } from "./request.ts";
import * as Request from "./request-words.ts";
import { detachedSession, type SessionId } from "./sessions.ts";
import type { Slab } from "./slab.ts";

/** An index over the holding requests of one name space. */
export class Holders {
  /** Of those that hold under a key, by request. */
  readonly keyed = new Map<number, KeyedHold>();
  private readonly detached = new Map<string, number>();
  private readonly locks: Slab;
  private readonly requests: Slab;
  private readonly index: HashIndex;

  constructor(locks: Slab, requests: Slab) {
    this.locks = locks;
    this.requests = requests;
    this.index = new HashIndex(requests, {
      linkWord: Request.link,
      hashOf: (request) => this.hashOf(request),
    });
  }

  /** A shared hold, or one under `keyed`. */
  add(request: number, keyed: KeyedHold | null): void {
    if (keyed !== null) this.keyed.set(request, keyed);
    if (keyed !== null && this.requests.get(request, Request.session) === detachedSession) {
      this.detached.set(this.detachedKey(request, keyed), request);
    } else {
      this.index.insert(request, this.hashOf(request));
    }
  }

  remove(request: number): void {
    const keyed = this.keyed.get(request);
    this.keyed.delete(request);
    if (keyed !== undefined && this.requests.get(request, Request.session) === detachedSession) {
      this.detached.delete(this.detachedKey(request, keyed));
    } else {
      this.index.remove(request, this.hashOf(request));
    }
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

  /** The detached request that holds the lock for `requestor`; 0 when there is none. */
  byRequestor(lock: number, requestor: string): number {
    return this.detached.get(`${lock} ${requestor}`) ?? 0;
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
