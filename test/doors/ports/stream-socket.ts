/** A stream socket that takes as many bytes as a test says, and remembers what happened to it. */
import type { StreamSocket } from "../../../src/doors/sockets/stream-socket.ts";

export class FakeStream implements StreamSocket {
  /** What it took, a character a byte. */
  taken = "";
  /** Bytes of each call. */
  readonly writes: number[] = [];
  /** How many more bytes it takes. */
  room = Infinity;
  gone = false;
  watched = false;
  /** "end", "shutdown", "close" and "terminate", in order. */
  readonly endings: string[] = [];

  write(bytes: Uint8Array, offset = 0, length = bytes.length - offset): number {
    if (this.gone) return -1;
    const count = Math.min(length, this.room);
    this.room -= count;
    this.writes.push(count);
    this.taken += Buffer.from(bytes.subarray(offset, offset + count)).toString("latin1");
    return count;
  }

  watch(): void {
    this.watched = true;
  }

  unwatch(): void {
    this.watched = false;
  }

  end(): void {
    this.endings.push("end");
  }

  shutdown(): void {
    this.endings.push("shutdown");
  }

  close(): void {
    this.endings.push("close");
  }

  terminate(): void {
    this.endings.push("terminate");
  }
}
