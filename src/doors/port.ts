/** How a session's replies leave, whatever carries them. */
import type { Output } from "../protocol/output.ts";

/** One connection's way out. Each method empties `out`, unless it says otherwise. */
export interface Port {
  /** The reply in `out` is complete; may leave it there for the rest of the packet. */
  reply(out: Output): void;
  /** What is in `out` belongs to a reply that goes on. */
  part(out: Output): void;
  /** The packet is done: everything in `out` goes. */
  flush(out: Output): void;
  /** The peer has not taken everything yet. */
  readonly blocked: boolean;
  /** Bytes that wait for the peer. */
  readonly pendingBytes: number;
  /** Ends the connection once everything is taken. */
  finish(): void;
  /** Ends the connection at once. */
  destroy(): void;
}
