/**
 * A byte stream's way out, TCP or unix. What the peer does not take yet is kept for it, up to a limit.
 *
 * Invariant: bytes leave in the order in which they came, and while some are kept
 * nothing overtakes them.
 */
import type { Outbox, Recipient } from "./outbox.ts";
import type { Port } from "./port.ts";
import type { Session } from "./session.ts";
import type { Lingering, Parting } from "./sockets/lingering.ts";
import type { StreamSocket } from "./sockets/stream-socket.ts";

export interface WireOptions {
  readonly outbox: Outbox;
  /** Who was told everything and may still talk. */
  readonly lingering: Lingering;
  readonly pendingBytesMax: number;
}

/** The session's port over a stream. */
export class Wire implements Port, Recipient {
  private session: Session | null = null;
  pendingBytes = 0;
  private readonly socket: StreamSocket;
  private readonly pendingBytesMax: number;
  private readonly pending: Uint8Array[] = [];
  private readonly outbox: Outbox;
  private readonly lingering: Lingering;
  private leaving: Parting | null = null;
  private finishing = false;
  private gently = false;
  private closed = false;

  constructor(socket: StreamSocket, options: WireOptions) {
    this.socket = socket;
    this.lingering = options.lingering;
    this.outbox = options.outbox;
    this.pendingBytesMax = options.pendingBytesMax;
  }

  /** Whose port it is; right after it is made, as a session needs its port first. */
  serve(session: Session): void {
    this.session = session;
    this.socket.watch?.(session);
  }

  get blocked(): boolean {
    return this.pendingBytes !== 0;
  }

  reply(): void {
    // Replies of one packet leave together.
  }

  part(): void {
    this.outbox.commit(this);
    // At once, to see whether the peer keeps up.
    this.outbox.flush();
  }

  flush(): void {
    this.outbox.commit(this);
  }

  send(bytes: Uint8Array, start: number, end: number): void {
    if (this.closed) return;
    if (this.pendingBytes !== 0) return this.keep(bytes.slice(start, end));
    const taken = this.socket.write(bytes, start, end - start);
    if (taken >= 0 && taken < end - start) this.keep(bytes.slice(start + taken, end));
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
    if (this.finishing) this.goodbye();
    else this.session?.drained();
  }

  close(): void {
    this.closed = true;
    if (this.leaving !== null) this.lingering.settle(this.leaving);
    this.socket.unwatch?.();
  }

  finish(): void {
    this.gently = false;
    this.finishOnceTaken();
  }

  finishGently(): void {
    this.gently = true;
    this.finishOnceTaken();
  }

  ignored(): void {
    if (this.leaving !== null) this.lingering.heard(this.leaving);
  }

  destroy(): void {
    this.closed = true;
    this.socket.terminate();
  }

  private finishOnceTaken(): void {
    if (!this.finishing) {
      this.finishing = true;
      this.outbox.flush();
    }
    if (this.pendingBytes === 0 && !this.closed) this.goodbye();
  }

  /** A socket that is closed while there is input would be reset, and with it what is on its way. */
  private goodbye(): void {
    const { socket } = this;
    if (!this.gently || socket.shutdown === undefined) {
      this.closed = true;
      socket.end();
    } else if (this.leaving === null) {
      this.leaving = { shutdown: () => socket.shutdown!(), close: () => socket.close!() };
      this.lingering.begin(this.leaving);
    }
  }

  private keep(bytes: Uint8Array): void {
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    if (this.pendingBytes > this.pendingBytesMax) this.session?.drop("replies are not read");
  }
}
