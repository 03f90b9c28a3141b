/**
 * The requests of each session in lists of their own, so that the end of a connection
 * finds what it leaves without looking at anybody else's: first the holds that somebody
 * waits for, then the others.
 *
 * Invariant: a request is in one of the two lists of its session; the first of a list has
 * no request before it but the list's mark.
 */
import type { SessionId } from "../sessions.ts";
import * as Request from "./request-words.ts";
import type { Slab } from "./slab.ts";

/** What stands before the first request of each list. */
const ordinary = 0;
const contested = -1;

/** Doubly linked through the requests' records, newest first. */
export class SessionLists {
  private readonly requests: Slab;
  private ordinaryHeads = new Int32Array(64);
  private contestedHeads = new Int32Array(64);

  constructor(requests: Slab) {
    this.requests = requests;
  }

  /** The request that the session's end comes upon first; 0 when it has none. */
  first(session: SessionId): number {
    if (session >= this.ordinaryHeads.length) return 0;
    const wanted = this.contestedHeads[session]!;
    return wanted === 0 ? this.ordinaryHeads[session]! : wanted;
  }

  push(session: SessionId, request: number): void {
    if (session >= this.ordinaryHeads.length) this.grow(session);
    this.link(this.ordinaryHeads, ordinary, session, request);
  }

  /** Somebody waits for this hold: it goes first when its session ends. */
  prefer(request: number): void {
    this.remove(request);
    const session = this.requests.get(request, Request.session);
    this.link(this.contestedHeads, contested, session, request);
  }

  remove(request: number): void {
    const { requests } = this;
    const words = requests.chunkOf(request);
    const at = requests.offsetOf(request);
    const previous = words[at + Request.sessionPrevious]!;
    const next = words[at + Request.sessionNext]!;
    if (previous === ordinary) this.ordinaryHeads[words[at + Request.session]!] = next;
    else if (previous === contested) this.contestedHeads[words[at + Request.session]!] = next;
    else requests.set(previous, Request.sessionNext, next);
    if (next !== 0) requests.set(next, Request.sessionPrevious, previous);
  }

  private link(heads: Int32Array, mark: number, session: SessionId, request: number): void {
    const { requests } = this;
    const head = heads[session]!;
    const words = requests.chunkOf(request);
    const at = requests.offsetOf(request);
    words[at + Request.sessionPrevious] = mark;
    words[at + Request.sessionNext] = head;
    if (head !== 0) requests.set(head, Request.sessionPrevious, request);
    heads[session] = request;
  }

  private grow(session: SessionId): void {
    const length = Math.max(2 * this.ordinaryHeads.length, session + 1);
    this.ordinaryHeads = grown(this.ordinaryHeads, length);
    this.contestedHeads = grown(this.contestedHeads, length);
  }
}

function grown(heads: Int32Array, length: number): Int32Array<ArrayBuffer> {
  const longer = new Int32Array(length);
  longer.set(heads);
  return longer;
}
