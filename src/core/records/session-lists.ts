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
  private heads = new Int32Array(64);

  constructor(requests: Slab) {
    this.requests = requests;
  }

  /** The newest request of the session; 0 when it has none. */
  first(session: SessionId): number {
    return session < this.heads.length ? this.heads[session]! : 0;
  }

  push(session: SessionId, request: number): void {
    if (session >= this.heads.length) this.grow(session);
    const { requests, heads } = this;
    const head = heads[session]!;
    const words = requests.chunkOf(request);
    const at = requests.offsetOf(request);
    words[at + Request.sessionPrevious] = 0;
    words[at + Request.sessionNext] = head;
    if (head !== 0) requests.set(head, Request.sessionPrevious, request);
    heads[session] = request;
  }

  remove(request: number): void {
    const { requests } = this;
    const words = requests.chunkOf(request);
    const at = requests.offsetOf(request);
    const previous = words[at + Request.sessionPrevious]!;
    const next = words[at + Request.sessionNext]!;
    if (previous === 0) this.heads[words[at + Request.session]!] = next;
    else requests.set(previous, Request.sessionNext, next);
    if (next !== 0) requests.set(next, Request.sessionPrevious, previous);
  }

  /** Makes it the first that its session's end comes upon. */
  toFront(request: number): void {
    this.remove(request);
    this.push(this.requests.get(request, Request.session), request);
  }

  private grow(session: SessionId): void {
    const heads = new Int32Array(Math.max(2 * this.heads.length, session + 1));
    heads.set(this.heads);
    this.heads = heads;
  }
}
