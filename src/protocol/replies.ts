/** The fixed parts of replies, each made once. */
import { prefix } from "./output.ts";

export const getSuccess = prefix("1 Lock Get Success: ");
export const getFailure = prefix("0 Lock Get Failure: ");
export const releaseSuccess = prefix("1 Lock Release Success: ");
export const releaseFailure = prefix("0 Lock Release Failure: ");
export const isLocked = prefix("1 Lock Is Locked: ");
export const notLocked = prefix("0 Lock Not Locked: ");

/** Behind a count. */
export const sharedGetSuccess = prefix(" Shared Lock Get Success: ");
export const sharedGetFailure = prefix("0 Shared Lock Get Failure: ");
export const sharedReleaseSuccess = prefix("1 Shared Lock Release Success: ");
export const sharedReleaseFailure = prefix("0 Shared Lock Release Failure: ");
/** Behind a count. */
export const sharedIsLocked = prefix(" Shared Lock Is Locked: ");
export const sharedNotLocked = prefix("0 Shared Lock Not Locked: ");

/** Behind a fence. */
export const fenceGetSuccess = prefix(" Lock Get Success: ");
/** Behind a fence. */
export const fence = prefix(" Lock Fence: ");
/** Behind a `0`. */
export const notHeld = prefix(" Lock Not Held: ");
export const deadlock = prefix("0 Deadlock: ");

export const renewSuccess = prefix("1 Lock Renew Success: ");
export const renewFailure = prefix("0 Lock Renew Failure: ");

/** Behind a count. */
export const freed = prefix(" Lock Freed: ");
export const sharedFreed = prefix(" Shared Lock Freed: ");

/** To a connection that asked for notifications. */
export const lost = prefix("@! 0 Lock Lost: ");
export const sharedLost = prefix("@! 0 Shared Lock Lost: ");

/** Why what has to be kept cannot be; one line of it. */
export function unavailable(why: string): string {
  return `0 Unavailable: ${why}`;
}

/** The server stops, or waits with that for its holders. */
export const shuttingDown = unavailable("shutting down");

export const denied = "0 denied";
export const authRequired = "0 auth required";
export const disabled = "0 disabled";
export const ok = "1 ok";
