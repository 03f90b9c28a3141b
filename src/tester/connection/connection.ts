/**
 * A raw connection to the tested server: bytes out, lines in, and every way to end it.
 * It knows nothing of the protocol, for the tester must send what no client would.
 * Invariant: whatever is awaited here comes or fails within a time limit.
 */
import type { Inbox } from "./inbox.ts";

export interface Connection {
  /** What the server sent and nobody has read. */
  readonly inbox: Inbox;
  /** Over a WebSocket: every message as it came, oldest first. Empty over streams. */
  readonly messages: string[];
  /** Sends bytes, one a character: one write, or one message of a WebSocket. */
  send(bytes: string): void;
  /** Sends FIN and goes on reading; not over a WebSocket. */
  halfClose(): void;
  /** Ends it properly: FIN, or a WebSocket's close frame. */
  close(): void;
  /** Ends it rudely: RST on a stream, no close frame on a WebSocket. */
  reset(): void;
}
