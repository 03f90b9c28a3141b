/**
 * Stores whose disk is the test's to command: nothing is written until it says so, and what
 * it breaks stays broken until it is mended.
 *
 * Invariant: `disk` is what would be there after a crash: whole batches, in order.
 */
import type { Store, StoredHold, StoredRecords } from "../../src/store/store.ts";
import { recordsOf } from "../store/records.ts";

type Done = (failure: string | null) => void;

export class TestStore implements Store {
  /** What is on disk, by fence. */
  readonly disk: Map<number, StoredHold>;
  fenceMark: number;
  readonly writtenWallMilliseconds: number | null;
  failure: string | null = null;
  onChange: Done = () => {};
  closed = false;
  /** Writes by itself, later. */
  byItself: boolean;
  private queue: (() => void)[] = [];
  private waiting: Done[] = [];
  private scheduled = false;

  constructor(
    options: {
      holds?: readonly StoredHold[];
      fenceMark?: number;
      writtenWallMilliseconds?: number;
      byItself?: boolean;
    } = {},
  ) {
    this.disk = new Map((options.holds ?? []).map((hold) => [hold.fence, hold]));
    this.fenceMark = options.fenceMark ?? 0;
    this.writtenWallMilliseconds = options.writtenWallMilliseconds ?? null;
    this.byItself = options.byItself ?? false;
  }

  /** How many wait to be told. */
  get waits(): number {
    return this.waiting.length;
  }

  get count(): number {
    return this.disk.size;
  }

  holds(): readonly StoredHold[] {
    return [...this.disk.values()].sort((a, b) => a.fence - b.fence);
  }

  records(): StoredRecords {
    return recordsOf(this.holds());
  }

  put(hold: StoredHold): void {
    this.change(() => this.disk.set(hold.fence, hold));
    this.reserve(hold.fence);
  }

  remove(fence: number): void {
    this.change(() => this.disk.delete(fence));
  }

  reserve(fenceMark: number): void {
    this.change(() => (this.fenceMark = Math.max(this.fenceMark, fenceMark)));
  }

  settled(done: Done): void {
    this.waiting.push(done);
    this.schedule();
  }

  async close(): Promise<void> {
    this.closed = true;
    if (this.failure === null) this.commit();
  }

  /** All that is queued is on disk, and who waits for that is told. */
  commit(): void {
    for (const write of this.queue.splice(0)) write();
    if (this.failure !== null) {
      this.failure = null;
      this.onChange(null);
    }
    this.tell(null);
  }

  /** A try to write it fails. */
  fail(why = "no room is left"): void {
    if (this.failure !== why) {
      this.failure = why;
      this.onChange(why);
    }
    this.tell(why);
  }

  private change(write: () => void): void {
    this.queue.push(write);
    this.schedule();
  }

  private schedule(): void {
    // While it fails, whoever asks is told so, as every store does.
    if ((!this.byItself && this.failure === null) || this.scheduled) return;
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      if (this.failure !== null) this.tell(this.failure);
      else if (this.byItself) this.commit();
    });
  }

  private tell(failure: string | null): void {
    for (const done of this.waiting.splice(0)) done(failure);
  }
}
