/**
 * What can go wrong for whoever uses the client: one class for each kind, each with a
 * `code` that programs can compare.
 */

/** The codes of all errors that this library rejects with. */
export type ErrorCode =
  | "refused"
  | "timed-out"
  | "cancelled"
  | "lost"
  | "closed"
  | "denied"
  | "bad-name"
  | "unavailable"
  | "protocol";

/** What all errors of this library have in common. */
export abstract class GlockdError extends Error {
  abstract readonly code: ErrorCode;
}

/** The lock is taken, and the request was not to wait. */
export class RefusedError extends GlockdError {
  override readonly name = "RefusedError";
  readonly code = "refused";
}

/** The lock was not to be had within the time that the request would wait. */
export class TimedOutError extends GlockdError {
  override readonly name = "TimedOutError";
  readonly code = "timed-out";
}

/** The request's AbortSignal was aborted; `cause` is the signal's reason. */
export class CancelledError extends GlockdError {
  override readonly name = "CancelledError";
  readonly code = "cancelled";
}

/** How a hold was lost. */
export type LossReason = "freed" | "lapsed" | "disconnected" | "closed";

/**
 * A hold is gone, or a request went down with its connection. It is the reason of
 * `lock.lost`, too.
 */
export class LostError extends GlockdError {
  override readonly name = "LostError";
  readonly code = "lost";
  /**
   * `freed` by an administrator; `lapsed`: its time to live was over; `disconnected`: the
   * connection ended; `closed`: this client was closed.
   */
  readonly reason: LossReason;

  constructor(message: string, reason: LossReason, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** The client was closed before the request was answered, or before it was made. */
export class ClosedError extends GlockdError {
  override readonly name = "ClosedError";
  readonly code = "closed";
}

/** Why a server denies something. */
export type DenialReason = "no-token" | "bad-token" | "not-allowed" | "disabled";

/** The server does not let this client do that. */
export class DeniedError extends GlockdError {
  override readonly name = "DeniedError";
  readonly code = "denied";
  /**
   * `no-token`: it wants one; `bad-token`: it does not accept this one; `not-allowed`: the
   * token is good for less; `disabled`: nobody may do that there.
   */
  readonly reason: DenialReason;

  constructor(message: string, reason: DenialReason) {
    super(message);
    this.reason = reason;
  }
}

/** A name or key that the protocol cannot carry unchanged. */
export class BadNameError extends GlockdError {
  override readonly name = "BadNameError";
  readonly code = "bad-name";
}

/** No connection, or the server stops, is at a limit or without its store; `cause` may tell more. */
export class UnavailableError extends GlockdError {
  override readonly name = "UnavailableError";
  readonly code = "unavailable";
}

/** The other side is no glockd, or one that does not know what was asked of it. */
export class ProtocolError extends GlockdError {
  override readonly name = "ProtocolError";
  readonly code = "protocol";
}
