/**
 * The requests of each lock in the order in which they came, and of each session, newest
 * first. Only the links are kept here; what they mean is the LockSpace's to know.
 *
 * Invariant: every request is in exactly one lock's list and in one session's.
 */
import * as Lock from "./lock-words.ts";
import * as Request from "./request-words.ts";
import { SessionLists } from "./session-lists.ts";
import type { SessionId } from "../sessions.ts";
import { Slab } from "./slab.ts";

/** Links requests. The record's chunk and offset are taken once: this is the hot path. */
export class RequestLists {
  readonly records = new Slab({ wordBits: Request.wordBits, doubles: true });
  readonly sessions = new SessionLists(this.records);
  private readonly locks: Slab;

  constructor(locks: Slab) {
    this.locks = locks;
  }

  /** A new request at the end of the lock's list; the caller sets its state. */
  append(lock: number, session: SessionId): number {
    const { records } = this;
    const request = records.allocate();
    const lockWords = this.locks.chunkOf(lock);
    const lockAt = this.locks.offsetOf(lock);
    const last = lockWords[lockAt + Lock.last]!;
    const words = records.chunkOf(request);
    const at = records.offsetOf(request);
    words[at + Request.lock] = lock;
    words[at + Request.session] = session;
    words[at + Request.previous] = last;
    words[at + Request.next] = 0;
    if (last === 0) lockWords[lockAt + Lock.first] = request;
    else records.set(last, Request.next, request);
    lockWords[lockAt + Lock.last] = request;
    this.sessions.push(session, request);
    return request;
  }

  /** Unlinks a request and frees its record. */
  remove(request: number): void {
    const { records } = this;
    const words = records.chunkOf(request);
    const at = records.offsetOf(request);
    const lock = words[at + Request.lock]!;
    const lockWords = this.locks.chunkOf(lock);
    const lockAt = this.locks.offsetOf(lock);
    const previous = words[at + Request.previous]!;
    const next = words[at + Request.next]!;
    if (previous === 0) lockWords[lockAt + Lock.first] = next;
    else records.set(previous, Request.next, next);
    if (next === 0) lockWords[lockAt + Lock.last] = previous;
    else records.set(next, Request.previous, previous);
    this.sessions.remove(request);
    records.release(request);
  }

  /** Makes it another session's request; its place in the lock's list stays. */
  give(request: number, session: SessionId): void {
    this.sessions.remove(request);
    this.records.set(request, Request.session, session);
    this.sessions.push(session, request);
  }
}
