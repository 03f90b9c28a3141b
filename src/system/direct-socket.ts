/**
 * Writing to a stream socket by `send(2)` itself. Bun's own `write` costs twice as much
 * before it comes to the same call, which at one command a packet is a fiftieth of all.
 *
 * Only for plain sockets: TLS has its own idea of what goes out. Whatever the system does
 * not take at once, errors included, is Bun's to write, which then tells when there is
 * room again, and when the peer is gone.
 *
 * Invariant: nothing is sent to a descriptor after `end` and `terminate`, nor after the
 * socket has closed: its owner sees to the latter, as the number may be another's by then.
 */
import { type Libc, libc } from "./libc.ts";

/** What there has to be of a socket; Bun's types do not know its descriptor. */
export interface DescribedSocket {
  write(bytes: Uint8Array, offset?: number, length?: number): number;
  end(): unknown;
  terminate(): void;
}

/** Wraps sockets so that they are written to directly; `null` where that cannot be (all but Linux). */
export function directSockets(): ((socket: DescribedSocket) => DescribedSocket) | null {
  const c = process.platform === "linux" ? libc() : undefined;
  if (c === undefined) return null;
  const memory = new Memory(c);
  return (socket) => {
    const { fd = -1 } = socket as { fd?: number };
    return fd < 0 ? socket : new DirectSocket(socket, fd, memory);
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

class DirectSocket implements DescribedSocket {
  private readonly socket: DescribedSocket;
  private readonly memory: Memory;
  private readonly descriptor: number;
  private open = true;

  constructor(socket: DescribedSocket, descriptor: number, memory: Memory) {
    this.socket = socket;
    this.descriptor = descriptor;
    this.memory = memory;
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
}
