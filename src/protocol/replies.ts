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

export const disabled = "0 disabled";
export const ok = "1 ok";
