/**
 * What sockets have received, asked of the system itself by epoll(7) and recv(2). Bun makes
 * an array for each packet and goes through its own books for each socket; at one command a
 * packet that is a tenth of all that a command costs.
 *
 * Bun watches the same sockets, and whatever is not read here is still there for it to find:
 * the rest of a packet that is too long, the end of a connection, an error.
 *
 * Invariants: nothing is read for a reader that was forgotten, whoever has its descriptor by
 * now. What came behind the end of a watched connection, or behind somebody who wants to come
 * in, is not read before Bun has seen to that: whoever leaves a lock and tells the next one
 * must not be overtaken by it.
 */
import { readyBytesMax, readySocketsMax, roundBytesMax } from "../../limits.ts";
import type { EpollCalls, Libc } from "../libc.ts";

/** Whoever gets what a socket has received. */
export interface Reader {
  /** `bytes[start, end)` came in; they are reused when this returns. */
  receive(bytes: Uint8Array, start: number, end: number): void;
}

/** `EPOLL_CLOEXEC`; `EPOLL_CTL_ADD`; `MSG_DONTWAIT` */
const closeOnExec = 0x80000;
const add = 1;
const withoutWaiting = 0x40;

/** `EPOLLIN`, and `EPOLLERR | EPOLLHUP | EPOLLRDHUP` */
const readable = 0x1;
const ended = 0x2018;
/** `EPOLLET`: told once of each arrival, as what is left to Bun should not be told again and again. */
const once = 1 << 31;

/** `struct epoll_event`: the events, then eight bytes of ours; packed on x86-64 only. */
const eventWords = process.arch === "x64" ? 3 : 4;
const ownWord = process.arch === "x64" ? 1 : 2;

/** Sockets of one process that are read when somebody asks. */
export class ReadySockets {
  private readonly c: Libc;
  private readonly calls: EpollCalls;
  private readonly epoll: number;
  /** By descriptor; `null` is a listener's. */
  private readonly readers: (Reader | null | undefined)[] = [];
  /** How many sockets are watched. */
  watched = 0;
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
    if (!this.register(descriptor, readable | ended | once)) return;
    this.readers[descriptor] = reader;
    this.watched++;
  }

  /** Stops reading when somebody comes to this listener, until Bun has had its turn. */
  heed(listener: number): void {
    if (this.register(listener, readable | once)) this.readers[listener] = null;
  }

  /** The system forgets a socket when it is closed. */
  forget(descriptor: number): void {
    if (!this.readers[descriptor]) return;
    this.readers[descriptor] = undefined;
    this.watched--;
  }

  /**
   * Hands over what has come, in the order in which it came, a packet a socket at most.
   * `false`: that was all, or Bun has to have its turn first.
   */
  read(): boolean {
    const { events, readers } = this;
    const ready = this.calls.epoll_wait(this.epoll, this.eventsAt, readySocketsMax, 0);
    let left = roundBytesMax;
    let found = false;
    for (let at = 0; at < ready * eventWords; at += eventWords) {
      const descriptor = events[at + ownWord]!;
      const reader = readers[descriptor];
      if (reader === undefined) continue;
      if (reader === null || (events[at]! & ended) !== 0 || left <= 0) return false;
      const length = this.readOne(descriptor, reader);
      left -= length;
      found ||= length > 0;
    }
    return found;
  }

  private readOne(descriptor: number, reader: Reader): number {
    const { bytes } = this;
    const length = this.c.recv(descriptor, this.bytesAt, readyBytesMax, withoutWaiting);
    if (length <= 0) return 0;
    reader.receive(bytes, 0, length);
    return length;
  }

  private register(descriptor: number, events: number): boolean {
    this.event[0] = events;
    this.event[ownWord] = descriptor;
    return this.calls.epoll_ctl(this.epoll, add, descriptor, this.event) === 0;
  }

  close(): void {
    this.calls.close(this.epoll);
  }
}
