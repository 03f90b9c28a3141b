/** Who stands in line for one lock, in the order in which they will be served. */
import type { LockSpace } from "./lock-space.ts";
import * as Lock from "./records/lock-words.ts";
import type { Name } from "./records/name.ts";
import type { Keyed } from "./request.ts";
import * as Request from "./records/request-words.ts";

export interface Waiter<Owner> {
  readonly owner: Owner | null;
  readonly keyed: Keyed | null;
  readonly sinceWallMilliseconds: number;
}

/** The first `most` of them; those whose sessions are gone wait for nothing. */
export function waitersOf<Owner>(space: LockSpace, name: Name, most: number): Waiter<Owner>[] {
  const lock = space.find(name);
  const waiters: Waiter<Owner>[] = [];
  let request = lock === 0 ? 0 : space.locks.get(lock, Lock.waiting);
  while (request !== 0 && waiters.length < most) {
    const { keyed, sinceWallMilliseconds } = space.waits.get(request)!;
    const owner = space.ownerOf(request) as Owner | null;
    waiters.push({ owner, keyed, sinceWallMilliseconds });
    request = space.requests.get(request, Request.next);
  }
  return waiters;
}
