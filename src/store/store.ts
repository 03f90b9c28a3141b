/**
 * What survives a restart, as the engine sees it: holds that outlive connections, and the
 * mark below which every fence counts as given. Writing is queued and never waits; whoever
 * promises something to a client asks to be told when it is on disk.
 *
 * Invariant: of each fence the last word counts, `put` or `remove`, in the order in which
 * they were said; what `settled` answered `null` to is still there after any crash.
 */
import type { Mode } from "../core/request.ts";

/** A hold that outlives its connection. Its fence is its identity: no other hold ever has it. */
export interface StoredHold {
  readonly fence: number;
  readonly mode: Mode;
  /** The lock's name; bytes that belong to this hold alone. */
  readonly name: Uint8Array;
  /** Key and requestor are bytes in latin1, as `Keyed` has them. */
  readonly key: string;
  readonly requestor: string;
  readonly count: number;
  readonly sinceWallMilliseconds: number;
  /** When it lapses by the clock on the wall; `null`: never. */
  readonly expiresWallMilliseconds: number | null;
}

/** A hold as it was stored, in bytes that belong to whoever tells of it. */
export interface StoredRecord extends Pick<
  StoredHold,
  "fence" | "mode" | "count" | "sinceWallMilliseconds"
> {
  /** The key lies in `[keyAt, requestorAt)` of them, the requestor up to `textEnd`, … */
  readonly bytes: Uint8Array;
  readonly keyAt: number;
  readonly requestorAt: number;
  readonly textEnd: number;
  /** … the lock's name behind that. */
  readonly nameEnd: number;
  /** As `expiresWallMilliseconds`; `Infinity`: never. */
  readonly expires: number;
  /** The same for good, in bytes of its own. */
  hold(): StoredHold;
}

/** Stored holds, one after the other. */
export interface StoredRecords {
  /** The next one, which is there until this is called again; `null` behind the last. */
  next(): StoredRecord | null;
}

/** What is left of them, for whoever keeps them. */
export function* holdsOf(records: StoredRecords): Generator<StoredHold, void> {
  for (let record = records.next(); record !== null; record = records.next()) yield record.hold();
}

export interface Store {
  /** How many `records` tells of: room is made for them before they come. */
  readonly count: number;
  /** What was there at start, in the order of grants (by fence). To be read once, before any write. */
  records(): StoredRecords;
  /** Fences up to this one may have been given before the start: the next one is above it. */
  readonly fenceMark: number;
  /** When it was written last before the start, to the second; `null`: nobody knows. */
  readonly writtenWallMilliseconds: number | null;
  /** Keeps a new hold, or what changed of one, and its fence as given; nothing of `hold` may change afterwards. */
  put(hold: StoredHold): void;
  /** Forgets a hold; no harm if there is none. */
  remove(fence: number): void;
  /** Once this is settled fences up to `fenceMark` may be given. A lower mark than before is ignored. */
  reserve(fenceMark: number): void;
  /**
   * Calls `done` once, never synchronously, when all that was queued before is on disk
   * (`null`), or when a try to write it has failed (why). After a failure the queue stays
   * as it is and is tried again: whoever takes a promise back says so with `remove`.
   */
  settled(done: (failure: string | null) => void): void;
  /** Why nothing can be written at present, in words for people; `null` when it can. */
  readonly failure: string | null;
  /** Called whenever `failure` has changed. A store that fails tries again by itself. */
  onChange: (failure: string | null) => void;
  /** Writes what is queued, if it can, and lets go of the directory. */
  close(): Promise<void>;
}
