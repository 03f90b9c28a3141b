/**
 * What carries text to a server and back, whatever the door.
 * Invariant: after `closed` nothing is told any more, and `closed` is told once.
 */

/** One connection's bytes, as text. */
export interface Transport {
  /** Sends whole lines; what cannot leave yet is kept. */
  send(text: string): void;
  /** Says goodbye once all is sent; `closed` follows. */
  end(): void;
  /** Ends it at once. */
  destroy(): void;
  /** The socket's file descriptor, where the platform tells. */
  descriptor(): number | undefined;
}

/** What whoever dials is told. */
export interface TransportEvents {
  opened(): void;
  /** One or more whole lines, each with its LF. */
  received(text: string): void;
  /** The other side has ended it, or it broke, or it could not be made. */
  closed(error?: Error): void;
}

export type Dial = (events: TransportEvents) => Transport;
