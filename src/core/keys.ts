/**
 * Holds under a key: several requestors may hold a lock together, each with a count, a
 * fence and a time to live of its own, for a connection or beyond it.
 *
 * A hold that ends with its connection is that connection's alone, whatever its name;
 * one that outlives it belongs to the requestor, and any connection that knows the key
 * and has the name may add to it, renew it or release it.
 */
import type { LockSpace } from "./lock-space.ts";
import * as Lock from "./records/lock-words.ts";
import * as Request from "./records/request-words.ts";
import type { Name } from "./records/name.ts";
import { type Keyed, nobodysKey } from "./request.ts";
import type { SessionId } from "./sessions.ts";

/** What there is to know of a hold under a key. */
export interface HoldState {
  readonly fence: number;
  readonly count: number;
  /** When it lapses; `null`: never. */
  readonly expiresWallMilliseconds: number | null;
}

/** The hold that `keyed` names; `null` when there is none. Nobody's key names anybody's. */
export function keyedHold(
  space: LockSpace,
  session: SessionId,
  name: Name,
  keyed: Pick<Keyed, "key" | "requestor">,
): HoldState | null {
  const lock = space.find(name);
  const [request = 0] = lock === 0 ? [] : heldUnderKey(space, lock, session, keyed);
  if (request === 0) return null;
  const { at, count } = space.holders.keyedBy(request)!;
  return {
    fence: space.requests.getDouble(request, Request.fence),
    count,
    expiresWallMilliseconds: at === Infinity ? null : at + space.wallAheadMilliseconds,
  };
}

/** Sets the requestor's count to zero, whatever it was. `false`: it held nothing under this key. */
export function releaseKeyed(
  space: LockSpace,
  session: SessionId,
  name: Name,
  keyed: Omit<Keyed, "ttlMilliseconds">,
): boolean {
  const lock = space.find(name);
  if (lock === 0) return false;
  const held = heldUnderKey(space, lock, session, keyed);
  for (const request of held) space.remove(request);
  return held.length > 0;
}

/** Counts the hold's TTL from now, or sets another. `false`: there is no such hold any more. */
export function renewKeyed(
  space: LockSpace,
  session: SessionId,
  name: Name,
  keyed: Keyed,
): boolean {
  const lock = space.find(name);
  if (lock === 0) return false;
  const request =
    keyed.key === nobodysKey
      ? (heldUnderKey(space, lock, session, keyed)[0] ?? 0)
      : space.holders.existing(lock, session, keyed);
  if (request === 0) return false;
  space.again(request, keyed, 0);
  return true;
}

/** What this session, or its requestor, holds under that key; nobody's key is anybody's. */
export function heldUnderKey(
  space: LockSpace,
  lock: number,
  session: SessionId,
  keyed: Pick<Keyed, "key" | "requestor">,
): number[] {
  const { holders } = space;
  const { key } = keyed;
  const candidates =
    key === nobodysKey
      ? [space.locks.get(lock, Lock.first)]
      : [holders.bySession(lock, session), holders.byRequestor(lock, keyed)];
  return candidates.filter((request) => holders.underKey(request, key) !== 0);
}
