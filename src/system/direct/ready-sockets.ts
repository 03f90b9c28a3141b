/**
 * What sockets have received, asked of the system itself by epoll(7) and recv(2). Bun makes
 * an array for each packet and goes through its own books for each socket; at one command a
 * packet that is a tenth of all that a command costs.
 *
 * Bun watches the same sockets, and whatever is not read here is still there for it to find:
 * the rest of a packet that is too long, the end of a connection, an error.
 *
 * Invariant: nothing is read for a reader that was forgotten, whoever has its descriptor by now.
 */
import { readyBytesMax, readySocketsMax } from "../../limits.ts";
import type { EpollCalls, Libc } from "../libc.ts";

/** Whoever gets what a socket has received. */
export interface Reader {
  /** `bytes[start, end)` came in; they are reused when this returns. */
  receive(bytes: Uint8Array, start: number, end: number): void;
}

/** `EPOLL_CLOEXEC`; `EPOLL_CTL_ADD`; `EPOLLIN | EPOLLET`; `MSG_DONTWAIT` */
const closeOnExec = 0x80000;
const add = 1;
/** Once for each arrival: what is left to Bun should not be told of again and again. */
const readable = 0x80000001 | 0;
const withoutWaiting = 0x40;

/** `struct epoll_event`: the events, then eight bytes of ours; packed on x86-64 only. */
const eventWords = process.arch === "x64" ? 3 : 4;
const ownWord = process.arch === "x64" ? 1 : 2;

/** Sockets of one process that are read when somebody asks. */
export class ReadySockets {
  private readonly c: Libc;
  private readonly calls: EpollCalls;
  private readonly epoll: number;
  /** By descriptor. */
  private readonly readers: (Reader | undefined)[] = [];
  private readonly event = new Int32Array(eventWords);
  private readonly events = new Int32Array(eventWords * readySocketsMax);
  private readonly eventsAt: number;
  private readonly bytes = new Uint8Array(readyBytesMax);
  private readonly bytesAt: number;

  constructor(c: Libc, calls: EpollCalls) {
    this.c = c;
    this.calls = calls;
    this.epoll = calls.epoll_create1(closeOnExec);
    this.eventsAt = c.addressOf(this.events);
    this.bytesAt = c.addressOf(this.bytes);
  }

  /** Reads for `reader` from now on, where the system lets us. */
  watch(descriptor: number, reader: Reader): void {
    this.event[0] = readable;
    this.event[ownWord] = descriptor;
    if (this.calls.epoll_ctl(this.epoll, add, descriptor, this.event) !== 0) return;
    this.readers[descriptor] = reader;
  }

  /** The system forgets a socket when it is closed. */
  forget(descriptor: number): void {
    this.readers[descriptor] = undefined;
  }

  /** Hands out what has come, a packet a socket at most; returns how many packets there were. */
  read(): number {
    const { c, events, bytes, bytesAt, readers } = this;
    const ready = this.calls.epoll_wait(this.epoll, this.eventsAt, readySocketsMax, 0);
    let packets = 0;
    for (let at = ownWord; at < ready * eventWords; at += eventWords) {
      const descriptor = events[at]!;
      const reader = readers[descriptor];
      if (reader === undefined) continue;
      const length = c.recv(descriptor, bytesAt, readyBytesMax, withoutWaiting);
      if (length <= 0) continue;
      packets++;
      reader.receive(bytes, 0, length);
    }
    return packets;
  }

  close(): void {
    this.calls.close(this.epoll);
  }
}
