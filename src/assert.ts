/**
 * A check on our own reasoning. What a client may cause is never asserted: that is
 * an outcome or a fault. An assertion that fails is a bug, and a server with a bug in
 * its lock table must not go on granting locks.
 */

/** @throws AssertionError when `condition` is false; `main` logs it and exits. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionError(message);
}

/** A bug in glockd itself, never a client's mistake. */
export class AssertionError extends Error {
  override readonly name = "AssertionError";
}
