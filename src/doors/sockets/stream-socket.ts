/** A socket as a wire needs it, whoever reads it and writes to it: Bun, or the system past Bun. */
import type { Intake } from "../outbox.ts";

/** Whoever gets what a socket has received. */
export interface Reader {
  /** `bytes[start, end)` came in; they are reused when this returns. */
  receive(bytes: Uint8Array, start: number, end: number): void;
}

/** The part of a Bun socket that a wire needs, and what it can make use of. */
export interface StreamSocket {
  /** How many bytes were taken; -1 when it is closed. */
  write(bytes: Uint8Array, offset?: number, length?: number): number;
  end(): unknown;
  terminate(): void;
  /** Ends our side only; absent where nothing that was written can be lost. */
  shutdown?(): unknown;
  /** Ends both; what was written still leaves. There is one where there is `shutdown`. */
  close?(): unknown;
  /** Hands what comes in to `reader` outside of Bun's turns as well; absent where that cannot be. */
  watch?(reader: Reader): void;
  /** It is the reader's no more. */
  unwatch?(): void;
}

/** Writes to sockets and reads from them past Bun. */
export interface Direct extends Intake {
  /** `null` when it cannot. */
  direct(socket: StreamSocket): StreamSocket | null;
  /** How many sockets are watched. */
  readonly watched: number;
  /** Nobody is read while somebody stands at this listener. */
  heed(listener: number): void;
}
