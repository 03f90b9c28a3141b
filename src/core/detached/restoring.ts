/**
 * Holds of an earlier run of the server, back in their places.
 *
 * Invariant: they are restored in the order in which they were granted, before anybody
 * else asks for anything; they obey the law or are refused.
 */
import type { LockSpace } from "../lock-space.ts";
import { bearerOf, type BearerText } from "./bearer-texts.ts";
import * as Lock from "../records/lock-words.ts";
import type { Name } from "../records/name.ts";
import * as Request from "../records/request-words.ts";
import { nobodysKey } from "../request.ts";
import { detachedSession } from "../sessions.ts";

/** What a hold was kept as. */
export interface FormerHold extends BearerText {
  readonly fence: number;
  readonly count: number;
  readonly sinceWallMilliseconds: number;
}

/** Which lock it is of, and until when. */
interface Place {
  readonly name: Name;
  /** When it lapses, in monotonic milliseconds; `Infinity`: never. */
  readonly at: number;
}

/** `false`: it cannot be held beside those that hold the lock already, and is not. */
export function restore(space: LockSpace, { name, at }: Place, former: FormerHold): boolean {
  const { locks, requests, lists, holders } = space;
  let lock = space.named.find(name);
  if (lock === 0) lock = space.create(name);
  else if (!isLawful(space, lock, former)) return false;
  const request = lists.append(lock, detachedSession);
  requests.setDouble(request, Request.fence, former.fence);
  requests.setDouble(request, Request.since, former.sinceWallMilliseconds);
  requests.set(request, Request.state, Request.keyed);
  locks.set(lock, Lock.holders, locks.get(lock, Lock.holders) + 1);
  holders.adopt(request, former, at);
  return true;
}

function isLawful(space: LockSpace, lock: number, former: FormerHold): boolean {
  const bearer = bearerOf(former);
  if (!space.admits(lock, bearer.key, 0)) return false;
  return bearer.key === nobodysKey || space.holders.byRequestor(lock, bearer) === 0;
}
