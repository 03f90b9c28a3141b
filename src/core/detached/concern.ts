/**
 * Whether a request is about a hold that outlives connections, told before anything is
 * done: such a request is answered once what it did is kept.
 */
import { heldUnderKey } from "../keys.ts";
import type { LockSpace } from "../lock-space.ts";
import * as Lock from "../records/lock-words.ts";
import type { Name } from "../records/name.ts";
import * as Request from "../records/request-words.ts";
import type { Keyed } from "../request.ts";
import type { SessionId } from "../sessions.ts";

/** Who asks for which lock. */
interface Asked {
  readonly space: LockSpace;
  readonly session: SessionId;
  readonly name: Name;
}

/** Whether a grant would make such a hold, or add to one. */
export function takesDetached({ space, session, name }: Asked, keyed: Keyed): boolean {
  if (keyed.ttlMilliseconds !== null) return true;
  const lock = space.find(name);
  const existing = lock === 0 ? 0 : space.holders.existing(lock, session, keyed);
  return existing !== 0 && space.holders.isDetached(existing);
}

/** Whether a release under that key would end such a hold. */
export function releasesDetached(
  { space, session, name }: Asked,
  keyed: Pick<Keyed, "key" | "requestor">,
): boolean {
  const lock = space.find(name);
  if (lock === 0) return false;
  const held = heldUnderKey(space, lock, session, keyed);
  return held.some((request) => space.holders.isDetached(request));
}

/** Whether taking the lock from all its holders would end such a hold. */
export function freesDetached(space: LockSpace, name: Name): boolean {
  const lock = space.find(name);
  if (lock === 0) return false;
  let request = space.locks.get(lock, Lock.first);
  for (let left = space.locks.get(lock, Lock.holders); left > 0; left--) {
    if (space.holders.isDetached(request)) return true;
    request = space.requests.get(request, Request.next);
  }
  return false;
}
