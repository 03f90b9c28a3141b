/**
 * Writing to a stream socket by `send(2)` itself, and reading from it by `recv(2)`. Bun's own
 * `write` costs twice as much before it comes to the same call, which at one command a packet
 * is a fiftieth of all.
 *
 * Only for plain sockets: TLS has its own idea of what goes out. Whatever the system does
 * not take at once, errors included, is Bun's to write, which then tells when there is
 * room again, and when the peer is gone.
 *
 * Invariant: nothing is sent to a descriptor after it was ended in any way, nor after the
 * socket has closed: its owner sees to the latter, as the number may be another's by then.
 */
import { epollCalls, type Libc, libc } from "../libc.ts";
import { type Reader, ReadySockets } from "./ready-sockets.ts";

/** What there has to be of a socket; Bun's types do not know its descriptor. */
export interface DescribedSocket {
  write(bytes: Uint8Array, offset?: number, length?: number): number;
  end(): unknown;
  terminate(): void;
  shutdown(): unknown;
  close(): unknown;
}

/** What a socket's owner does with it, by way of the system. */
export interface DirectSocket extends DescribedSocket {
  /** Also reads for `reader`, when `DirectSockets.read` is called. */
  watch(reader: Reader): void;
  /** Nothing is read for it any more. */
  unwatch(): void;
}

/** Sockets of one process that are written to and read directly. */
export interface DirectSockets {
  /** `null`: it has no descriptor. */
  direct(socket: DescribedSocket): DirectSocket | null;
  /** How many sockets are watched. */
  readonly watched: number;
  /** Has `read` stop when somebody comes to this listener. */
  heed(listener: number): void;
  /** Hands over what watched sockets have received meanwhile; whether to look again at once. */
  read(): boolean;
  close(): void;
}

/** `null` where there can be none (all but Linux). */
export function directSockets(): DirectSockets | null {
  const calls = epollCalls();
  const c = libc();
  if (c === undefined || calls === undefined) return null;
  const memory = new Memory(c);
  const ready = new ReadySockets(c, calls);
  return {
    direct(socket) {
      const { fd = -1 } = socket as { fd?: number };
      return fd < 0 ? null : new SystemSocket(socket, fd, { memory, ready });
    },
    get watched() {
      return ready.watched;
    },
    heed: (listener) => ready.heed(listener),
    read: () => ready.read(),
    close: () => ready.close(),
  };
}

/** Where bytes are. Nearly all that is sent comes from one buffer, so one answer is remembered. */
class Memory {
  readonly c: Libc;
  private known: Uint8Array = new Uint8Array(1);
  private address = 0;

  constructor(c: Libc) {
    this.c = c;
  }

  addressOf(bytes: Uint8Array): number {
    if (bytes !== this.known) {
      this.known = bytes;
      this.address = this.c.addressOf(bytes);
    }
    return this.address;
  }
}

/** `MSG_DONTWAIT | MSG_NOSIGNAL` */
const flags = 0x4040;

class SystemSocket implements DirectSocket {
  private readonly socket: DescribedSocket;
  private readonly memory: Memory;
  private readonly ready: ReadySockets;
  private readonly descriptor: number;
  private open = true;

  constructor(
    socket: DescribedSocket,
    descriptor: number,
    { memory, ready }: { memory: Memory; ready: ReadySockets },
  ) {
    this.socket = socket;
    this.descriptor = descriptor;
    this.memory = memory;
    this.ready = ready;
  }

  watch(reader: Reader): void {
    this.ready.watch(this.descriptor, reader);
  }

  unwatch(): void {
    this.ready.forget(this.descriptor);
  }

  write(bytes: Uint8Array, offset = 0, length = bytes.length - offset): number {
    if (!this.open) return -1;
    const { memory } = this;
    const address = memory.addressOf(bytes) + offset;
    const sent = Math.max(0, memory.c.send(this.descriptor, address, length, flags));
    if (sent === length) return sent;
    const taken = this.socket.write(bytes, offset + sent, length - sent);
    return taken < 0 ? taken : sent + taken;
  }

  end(): void {
    this.open = false;
    this.socket.end();
  }

  terminate(): void {
    this.open = false;
    this.socket.terminate();
  }

  shutdown(): void {
    this.open = false;
    this.socket.shutdown();
  }

  close(): void {
    this.open = false;
    this.socket.close();
  }
}
