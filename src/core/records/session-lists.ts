/**
 * The requests of each session in a list of its own, newest first, so that the end of a
 * connection finds what it leaves without looking at anybody else's.
 */
import * as Request from "./request-words.ts";
import type { SessionId } from "../sessions.ts";
import type { Slab } from "./slab.ts";

/** Doubly linked through the requests' records. */
export class SessionLists {
  private readonly requests: Slab;
  /** Two words a session: its newest request, and how many it has. */
  private heads = new Int32Array(128);

  constructor(requests: Slab) {
    this.requests = requests;
  }

  /** The newest request of the session; 0 when it has none. */
  first(session: SessionId): number {
    return 2 * session < this.heads.length ? this.heads[2 * session]! : 0;
  }

  /** How many requests the session has. */
  count(session: SessionId): number {
    return 2 * session < this.heads.length ? this.heads[2 * session + 1]! : 0;
  }

  push(session: SessionId, request: number): void {
    if (2 * session >= this.heads.length) this.grow(session);
    const { requests, heads } = this;
    const head = heads[2 * session]!;
    const words = requests.chunkOf(request);
    const at = requests.offsetOf(request);
    words[at + Request.sessionPrevious] = 0;
    words[at + Request.sessionNext] = head;
    if (head !== 0) requests.set(head, Request.sessionPrevious, request);
    heads[2 * session] = request;
    heads[2 * session + 1]!++;
  }

  remove(request: number): void {
    const { requests, heads } = this;
    const words = requests.chunkOf(request);
    const at = requests.offsetOf(request);
    const head = 2 * words[at + Request.session]!;
    const previous = words[at + Request.sessionPrevious]!;
    const next = words[at + Request.sessionNext]!;
    heads[head + 1]!--;
    if (previous === 0) heads[head] = next;
    else requests.set(previous, Request.sessionNext, next);
    if (next !== 0) requests.set(next, Request.sessionPrevious, previous);
  }

  /** Makes it the first that its session's end comes upon. */
  toFront(request: number): void {
    this.remove(request);
    this.push(this.requests.get(request, Request.session), request);
  }

  private grow(session: SessionId): void {
    const heads = new Int32Array(Math.max(2 * this.heads.length, 2 * session + 2));
    heads.set(this.heads);
    this.heads = heads;
  }
}
