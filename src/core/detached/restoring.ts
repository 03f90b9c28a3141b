/**
 * Holds of an earlier run of the server, back in their places.
 *
 * Invariant: they are restored in the order in which they were granted, before anybody
 * else asks for anything; they obey the law or are refused.
 */
import type { LockSpace } from "../lock-space.ts";
import * as Lock from "../records/lock-words.ts";
import type { Name } from "../records/name.ts";
import * as Request from "../records/request-words.ts";
import { type KeyedHold, nobodysKey } from "../request.ts";
import { detachedSession } from "../sessions.ts";

/** What a hold was kept as. */
export interface FormerHold {
  readonly fence: number;
  readonly key: string;
  readonly requestor: string;
  readonly count: number;
  readonly sinceWallMilliseconds: number;
}

/** Which lock it is of, and until when. */
interface Place {
  readonly name: Name;
  /** When it lapses, in monotonic milliseconds; `Infinity`: never. */
  readonly at: number;
}

/** Nobody who is here has taken it. */
const nobody = Object.freeze({ session: detachedSession, generation: 0 });

/** `false`: it cannot be held beside those that hold the lock already, and is not. */
export function restore(space: LockSpace, { name, at }: Place, former: FormerHold): boolean {
  const { fence, key, requestor, count, sinceWallMilliseconds } = former;
  const { locks, requests, lists, holders } = space;
  let lock = space.named.find(name);
  if (lock === 0) lock = space.create(name);
  else if (!space.admits(lock, key, 0)) return false;
  else if (key !== nobodysKey && holders.byRequestor(lock, { key, requestor }) !== 0) return false;
  const request = lists.append(lock, detachedSession);
  requests.setDouble(request, Request.fence, fence);
  requests.setDouble(request, Request.since, sinceWallMilliseconds);
  requests.set(request, Request.state, Request.keyed);
  locks.set(lock, Lock.holders, locks.get(lock, Lock.holders) + 1);
  // Member by member: there may be millions, and spreading each costs as much as its lock.
  const hold: KeyedHold = {
    kind: "lease",
    at: Infinity,
    position: -1,
    mode: space.mode,
    request,
    key,
    requestor,
    count,
    taker: nobody,
  };
  holders.adopt(hold, at);
  return true;
}
