/**
 * Finds connections that block each other for ever.
 *
 * A connection with an untagged wait does nothing else until it is answered, so it
 * cannot release what it holds. It is stuck when too many of the holders that it waits
 * for are stuck as well: all of them for an exclusive lock; for a semaphore, so many
 * that too few can leave. Tagged waits take no part: their connections go on.
 *
 * Invariant: among the blocked sessions none is stuck, for a wait that would make one
 * so is refused as it arrives, or ended when a grant makes it so.
 */
import type { LockSpace } from "./lock-space.ts";
import * as Lock from "./records/lock-words.ts";
import type { Wait } from "./request.ts";
import * as Request from "./records/request-words.ts";
import { detachedSession, type SessionId, type Sessions } from "./sessions.ts";

/** A session and the lock that it does nothing but wait for. */
export interface Blocked {
  readonly session: SessionId;
  readonly space: LockSpace;
  readonly lock: number;
  /** As in `Wait`. */
  readonly limit: number;
}

/** The sessions that do nothing but wait. */
export class Deadlocks {
  private readonly sessions: Sessions;
  private readonly exclusive: LockSpace;
  private readonly shared: LockSpace;
  private readonly blocked = new Map<SessionId, Wait>();

  constructor(table: { sessions: Sessions; exclusive: LockSpace; shared: LockSpace }) {
    this.sessions = table.sessions;
    this.exclusive = table.exclusive;
    this.shared = table.shared;
  }

  block(wait: Wait): void {
    this.blocked.set(wait.session, wait);
  }

  unblock(wait: Wait): void {
    if (this.blocked.get(wait.session) === wait) this.blocked.delete(wait.session);
  }

  /** The session has ended. */
  forget(session: SessionId): void {
    this.blocked.delete(session);
  }

  /**
   * The untagged wait of a session, while it stands in line: a grant that the session was
   * not told of yet blocks nobody.
   */
  blockedWait(session: SessionId): Wait | undefined {
    const wait = this.blocked.get(session);
    return wait !== undefined && wait.patience.wait === wait ? wait : undefined;
  }

  /** Whether `start`, blocked like this, could never go on. */
  isStuck(start: Blocked): boolean {
    if (!this.holdsAnything(start.session)) return false;
    if (this.blocked.size === 0 && !waitsForItself(start)) return false;
    const reached = new Map<SessionId, { needs: number; for: SessionId[] }>();
    const free: SessionId[] = [];
    const open: Blocked[] = [start];
    reached.set(start.session, { needs: leaversNeeded(start), for: [] });
    for (let blocked = open.pop(); blocked !== undefined; blocked = open.pop()) {
      for (const holder of holdersOf(blocked)) {
        const known = reached.get(holder);
        if (known !== undefined) {
          known.for.push(blocked.session);
          continue;
        }
        const wait = this.canLeave(holder) ? undefined : this.blockedWait(holder);
        const next = wait === undefined ? undefined : this.asBlocked(wait);
        reached.set(holder, {
          needs: next === undefined ? 0 : leaversNeeded(next),
          for: [blocked.session],
        });
        if (next === undefined) free.push(holder);
        else open.push(next);
      }
    }
    // Whoever is free will leave; whoever has enough leavers before it becomes free too.
    for (let session = free.pop(); session !== undefined; session = free.pop()) {
      for (const waiter of reached.get(session)!.for) {
        const state = reached.get(waiter)!;
        if (--state.needs === 0) free.push(waiter);
      }
    }
    return reached.get(start.session)!.needs > 0;
  }

  asBlocked(wait: Wait): Blocked {
    const space = wait.mode === "shared" ? this.shared : this.exclusive;
    const lock = space.requests.get(wait.request, Request.lock);
    return { session: wait.session, space, lock, limit: wait.limit };
  }

  private canLeave(holder: SessionId): boolean {
    return holder === detachedSession || this.sessions.isGone(holder);
  }

  private holdsAnything(session: SessionId): boolean {
    const { exclusive, shared } = this;
    return (
      exclusive.lists.sessions.first(session) !== 0 || shared.lists.sessions.first(session) !== 0
    );
  }
}

function waitsForItself(start: Blocked): boolean {
  return start.space.holders.bySession(start.lock, start.session) !== 0;
}

/** How many of the lock's holders have to leave before it could be this one's turn. */
function leaversNeeded(blocked: Blocked): number {
  const { space, lock } = blocked;
  const holders = space.locks.get(lock, Lock.holders);
  if (space.mode === "exclusive") return holders;
  return Math.max(1, holders - strictestLimit(blocked) + 1);
}

/** First come, first served: whoever stands ahead must be let in first. */
function strictestLimit(blocked: Blocked): number {
  const { space, lock } = blocked;
  let strictest = blocked.limit === 0 ? Infinity : blocked.limit;
  let request = space.locks.get(lock, Lock.waiting);
  while (request !== 0) {
    const wait = space.waits.get(request)!;
    if (wait.session === blocked.session && wait.patience.blocking) break;
    if (wait.limit !== 0 && wait.limit < strictest) strictest = wait.limit;
    request = space.requests.get(request, Request.next);
  }
  return strictest;
}

function* holdersOf(blocked: Blocked): Generator<SessionId> {
  const { requests, locks } = blocked.space;
  let request = locks.get(blocked.lock, Lock.first);
  for (let left = locks.get(blocked.lock, Lock.holders); left > 0; left--) {
    yield requests.get(request, Request.session);
    request = requests.get(request, Request.next);
  }
}
