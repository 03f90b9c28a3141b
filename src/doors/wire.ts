/**
 * A byte stream's way out, TCP or unix: one write a packet, and what the peer does not
 * take yet is kept for it, up to a limit.
 *
 * Invariant: bytes leave in the order in which they came, and while some are kept
 * nothing overtakes them.
 */
import type { Output } from "../protocol/output.ts";
import type { Port } from "./port.ts";
import type { Session } from "./session.ts";

/** The part of a Bun socket that a wire needs. */
export interface StreamSocket {
  /** How many bytes were taken; -1 when it is closed. */
  write(bytes: Uint8Array, offset?: number, length?: number): number;
  end(): unknown;
  terminate(): void;
}

/** The session's port over a stream. */
export class Wire implements Port {
  /** Set right after it is made: a session needs its port first. */
  session: Session | null = null;
  pendingBytes = 0;
  private readonly socket: StreamSocket;
  private readonly pendingBytesMax: number;
  private readonly pending: Uint8Array[] = [];
  private finishing = false;

  constructor(socket: StreamSocket, pendingBytesMax: number) {
    this.socket = socket;
    this.pendingBytesMax = pendingBytesMax;
  }

  get blocked(): boolean {
    return this.pendingBytes !== 0;
  }

  reply(): void {
    // Replies of one packet leave together.
  }

  part(out: Output): void {
    this.flush(out);
  }

  flush(out: Output): void {
    const { length } = out;
    if (length === 0) return;
    out.length = 0;
    if (this.pendingBytes === 0) {
      const taken = this.socket.write(out.bytes, 0, length);
      if (taken === length || taken < 0) return;
      this.keep(out.bytes.slice(taken, length));
    } else {
      this.keep(out.bytes.slice(0, length));
    }
  }

  /** The socket takes bytes again. */
  drain(): void {
    const { pending } = this;
    while (pending.length !== 0) {
      const first = pending[0]!;
      const taken = this.socket.write(first, 0, first.length);
      if (taken < 0) return;
      this.pendingBytes -= taken;
      if (taken < first.length) {
        pending[0] = first.subarray(taken);
        return;
      }
      pending.shift();
    }
    if (this.finishing) this.socket.end();
    else this.session?.drained();
  }

  finish(): void {
    if (this.finishing) return;
    this.finishing = true;
    if (this.pendingBytes === 0) this.socket.end();
  }

  destroy(): void {
    this.socket.terminate();
  }

  private keep(bytes: Uint8Array): void {
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > this.pendingBytesMax) this.session?.drop("replies are not read");
  }
}
