/**
 * Taking a promise back that could not be kept: a hold that was only taken is no more, one
 * that was added to or renewed is as it was before. Whatever ended meanwhile stays ended.
 */
import type { LockSpace } from "../lock-space.ts";
import type { KeyedHold } from "../request.ts";
import type { Former, Undone } from "./keeper.ts";

/** Changes are to be undone newest first. */
export function undo(space: LockSpace, hold: KeyedHold, former: Former | null): Undone {
  const { holders } = space;
  if (holders.keyedBy(hold.request) !== hold) return "gone";
  const restored = former === null ? "gone" : holders.restore(hold, former);
  // Its connection, with which it was to end, has ended.
  if (restored === "gone") space.remove(hold.request);
  return restored;
}
