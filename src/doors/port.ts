/** How a session's replies leave, whatever carries them. */
import type { Output } from "../protocol/output.ts";

/** One connection's way out. What is not committed in `out` is what this connection just put. */
export interface Port {
  /** A reply is complete; it may stay uncommitted for the rest of the packet. */
  reply(out: Output): void;
  /** A reply goes on; what there is of it goes now. */
  part(out: Output): void;
  /** Commits: it may be written at any time from now on. */
  flush(out: Output): void;
  /** The peer has not taken everything yet. */
  readonly blocked: boolean;
  /** Bytes that wait for the peer. */
  readonly pendingBytes: number;
  /** The peer takes bytes again. */
  drain(): void;
  /** The connection is no more: nothing leaves from now on. */
  close(): void;
  /** Ends the connection once everything is taken. */
  finish(): void;
  /**
   * The same for a peer that may still talk: it has a moment to end its own side, for what is
   * on its way to it would be lost. `finish` is to follow when it has.
   */
  finishGently(): void;
  /** Something came in that nobody looks at any more. */
  ignored(): void;
  /** Ends the connection at once. */
  destroy(): void;
}
