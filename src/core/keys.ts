/**
 * Holds under a key: several requestors may hold a lock together, each with a count, a
 * fence and a time to live of its own, for a connection or beyond it.
 *
 * A hold that ends with its connection is that connection's alone, whatever its name;
 * one that outlives it belongs to the requestor, and any connection that knows the key
 * may add to it, renew it or release it.
 */
import type { LockSpace } from "./lock-space.ts";
import * as Lock from "./lock-words.ts";
import type { Name } from "./name.ts";
import { type Keyed, nobodysKey } from "./request.ts";
import type { SessionId } from "./sessions.ts";

/** Sets the requestor's count to zero, whatever it was. `false`: it held nothing under this key. */
export function releaseKeyed(
  space: LockSpace,
  session: SessionId,
  name: Name,
  keyed: Pick<Keyed, "key" | "requestor">,
): boolean {
  const request = keyedHold(space, session, name, keyed);
  if (request === 0) return false;
  space.remove(request);
  return true;
}

/** Counts the hold's TTL from now, or sets another. `false`: there is no such hold any more. */
export function renewKeyed(
  space: LockSpace,
  session: SessionId,
  name: Name,
  keyed: Keyed,
): boolean {
  const request = keyedHold(space, session, name, keyed);
  if (request === 0) return false;
  space.again(request, keyed);
  space.holders.keyedBy(request)!.count--;
  return true;
}

function keyedHold(
  space: LockSpace,
  session: SessionId,
  name: Name,
  keyed: Pick<Keyed, "key" | "requestor">,
): number {
  const lock = space.find(name);
  if (lock === 0) return 0;
  if (keyed.key === nobodysKey) {
    const first = space.locks.get(lock, Lock.first);
    return space.holders.keyedBy(first)?.key === nobodysKey ? first : 0;
  }
  return space.holders.existing(lock, session, { ...keyed, ttlMilliseconds: null });
}
