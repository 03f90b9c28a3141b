/**
 * What carries a conversation with a server: a socket, a WebSocket, or nothing but
 * memory. A link moves bytes and knows nothing of what they mean.
 */

/** What a link tells, in this order: `connect` at most once, then bytes, then `close` once. */
export interface LinkEvents {
  connect(): void;
  /** Replies as they come, cut anywhere; they are the receiver's to keep. */
  bytes(bytes: Uint8Array): void;
  /** Why there is no connection, or no longer one; `close` follows. */
  error(error: Error): void;
  close(hadError: boolean): void;
}

/** One connection, or one that is to be. */
export interface Link {
  /**
   * Whether two commands in quick succession arrive as two. On a byte stream they may
   * come in one packet, of which the Go server reads the first line only.
   */
  readonly keepsCommandsApart: boolean;
  /** Sends one command, its LF included. */
  send(line: string): void;
  /** Says goodbye; `close` comes once the server has let go of what was held. */
  end(): void;
  /** Ends it whatever the server thinks of that; `close` follows. */
  destroy(): void;
}

/** Begins to connect. Nothing is told before it has returned. */
export type Dial = (events: LinkEvents) => Link;
