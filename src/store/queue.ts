/**
 * Group commit: what is to be written is gathered while a batch is on its way, and goes
 * with the next. A batch that cannot be written comes back, and is tried again with what
 * came meanwhile, until the disk takes it.
 *
 * Invariants: at most one batch is on its way; of each fence at most one change waits;
 * `done` of `settled` is called once, in the order in which it was asked, from the event
 * loop and never from inside of a call.
 */
import {
  batchChangesMax,
  retryMillisecondsMax,
  retryMillisecondsMin,
  stallMilliseconds,
} from "./bounds.ts";
import { type Change, encodeBatch, reservation } from "./batch.ts";
import type { Store, StoredHold, StoredRecords } from "./store.ts";

/** What a store writes with; a thread, as a rule. */
export interface Writer {
  /** Writes a batch, an empty one too; calls `done` once, later: `null` when it is on disk, or why not. */
  write(batch: Uint8Array<ArrayBuffer>, done: (failure: string | null) => void): void;
  close(): Promise<void>;
}

/** What a store begins with. */
export interface Content {
  readonly fenceMark: number;
  readonly writtenWallMilliseconds: number | null;
  readonly count: number;
  records(): StoredRecords;
}

interface Waiting {
  /** Changes, counted since the queue was last empty or failed, that have to be on disk. */
  readonly after: number;
  readonly done: (failure: string | null) => void;
}

type Changes = Map<number, Change>;

export class QueuedStore implements Store {
  readonly fenceMark: number;
  readonly writtenWallMilliseconds: number | null;
  readonly count: number;
  failure: string | null = null;
  onChange: (failure: string | null) => void = () => {};
  readonly #content: Content;
  readonly #writer: Writer;
  /** In the order in which they came, so that the first are written first. */
  #dirty: Changes = new Map();
  #flight: Changes | null = null;
  /** Changes that were ever queued, and of them those that are on disk. */
  #queued = 0;
  #written = 0;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #reserved = 0;
  #retryMilliseconds = retryMillisecondsMin;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #stall: ReturnType<typeof setTimeout> | undefined;

  constructor(content: Content, writer: Writer) {
    this.#content = content;
    this.#writer = writer;
    this.fenceMark = content.fenceMark;
    this.writtenWallMilliseconds = content.writtenWallMilliseconds;
    this.count = content.count;
    this.#reserved = content.fenceMark;
  }

  records(): StoredRecords {
    return this.#content.records();
  }

  put(hold: StoredHold): void {
    this.#queue(hold.fence, hold);
  }

  remove(fence: number): void {
    this.#queue(fence, null);
  }

  reserve(fenceMark: number): void {
    if (fenceMark <= this.#reserved) return;
    this.#reserved = fenceMark;
    this.#queue(reservation, fenceMark);
  }

  settled(done: (failure: string | null) => void): void {
    this.#waiting.push({ after: this.#queued, done });
    this.#schedule();
  }

  async close(): Promise<void> {
    clearTimeout(this.#retry);
    await this.#drained();
    // What it could not write is tried once more: there may be room now.
    if (this.failure !== null && this.#flight === null) {
      clearTimeout(this.#retry);
      this.#send();
      await this.#drained();
    }
    clearTimeout(this.#retry);
    await this.#writer.close();
  }

  #drained(): Promise<void> {
    return new Promise((resolve) => this.settled(() => resolve()));
  }

  #queue(fence: number, change: Change): void {
    const before = this.#dirty.size;
    this.#dirty.set(fence, change);
    this.#queued += this.#dirty.size - before;
    this.#schedule();
  }

  /** Once a turn of the event loop: what all connections asked in it goes together. */
  #schedule(): void {
    if (this.#scheduled || this.#flight !== null) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#flight !== null) return;
      if (this.failure !== null) return this.#tell(this.failure);
      if (this.#dirty.size > 0) this.#send();
      this.#tell(null);
    });
  }

  #send(): void {
    const batch = this.#take();
    this.#flight = batch;
    this.#stall = setTimeout(() => this.#stalled(), stallMilliseconds);
    this.#writer.write(encodeBatch(batch), (failure) => {
      clearTimeout(this.#stall);
      this.#flight = null;
      if (failure === null) this.#succeeded(batch);
      else this.#failed(batch, failure);
    });
  }

  #take(): Changes {
    const all = this.#dirty;
    if (all.size <= batchChangesMax) {
      this.#dirty = new Map();
      return all;
    }
    const batch: Changes = new Map();
    for (const [fence, change] of all) {
      if (batch.size === batchChangesMax) break;
      batch.set(fence, change);
      all.delete(fence);
    }
    return batch;
  }

  #succeeded(batch: Changes): void {
    this.#written += batch.size;
    this.#retryMilliseconds = retryMillisecondsMin;
    // Before anybody is told, so that the disk is busy meanwhile.
    if (this.#dirty.size > 0) this.#send();
    this.#report(null);
    this.#tell(null);
  }

  #failed(batch: Changes, failure: string): void {
    for (const [fence, change] of batch)
      if (!this.#dirty.has(fence)) this.#dirty.set(fence, change);
    this.#queued = this.#dirty.size;
    this.#written = 0;
    this.#retry = setTimeout(() => this.#send(), this.#retryMilliseconds);
    this.#retryMilliseconds = Math.min(2 * this.#retryMilliseconds, retryMillisecondsMax);
    this.#report(failure);
    this.#tell(failure);
  }

  /** The batch stays on its way: should the disk answer after all, it counts. */
  #stalled(): void {
    const failure = `the disk has not answered for ${stallMilliseconds / 1000} s`;
    this.#report(failure);
    this.#tell(failure);
  }

  #report(failure: string | null): void {
    if (failure === this.failure) return;
    this.failure = failure;
    this.onChange(failure);
  }

  /** Tells those whose changes are on disk; of a failure, everybody. */
  #tell(failure: string | null): void {
    const waiting = this.#waiting;
    const written = failure === null ? this.#written : Infinity;
    let count = 0;
    while (count < waiting.length && waiting[count]!.after <= written) count++;
    if (count === 0) return;
    this.#waiting = waiting.slice(count);
    for (let at = 0; at < count; at++) waiting[at]!.done(failure);
  }
}
