/**
 * Who keeps the lock table, as the doors see it. The local engine keeps it in this
 * process; another may keep it elsewhere and answer `waiting` where this one decides
 * at once.
 */
import type { HoldState } from "../core/keys.ts";
import type { HashSeed } from "../core/records/hash.ts";
import type { Name } from "../core/records/name.ts";
import type { Alarm, Continuation, Keyed, Mode, Outcome, Wait } from "../core/request.ts";
import type { SessionId } from "../core/sessions.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Terms } from "../core/table.ts";
import type { Tally } from "../core/tally.ts";
import type { Watch } from "../core/table-state.ts";
import type { Waiter } from "../core/waiters.ts";
import type { Turns } from "./turns.ts";

/** Counters of the whole table; locks are names, holders are not counted. */
export interface TableCounts {
  readonly locks: number;
  readonly sharedLocks: number;
  readonly orphans: number;
  readonly sharedOrphans: number;
  readonly waiters: number;
  readonly sharedWaiters: number;
}

/** What the engine tells a session of without having been asked. */
export interface EngineOwner {
  /** Whether it wants to be told. */
  readonly notified: boolean;
  /** A hold was taken away; `name` is a copy. */
  lost(mode: Mode, name: Uint8Array): void;
}

/** Under which key, and as whom. */
export type Bearing = Pick<Keyed, "key" | "requestor">;

/** Under which key something is asked, and who is told when it cannot be answered at once. */
export interface Asking<Key extends Bearing> {
  readonly keyed: Key;
  /** `null`: nobody. */
  readonly told: Continuation | null;
}

/** What keeps holds that outlive connections, as the doors see it. */
export interface Keeper {
  /** Why nothing can be kept at present, in words for people; `null` when it can. */
  readonly failure: string | null;
  /** Why the last request that was answered with `unavailable` was. */
  readonly why: string;
  /** Calls `done`, later, when all that was done so far is kept, or with why it is not. */
  settled(done: (failure: string | null) => void): void;
}

/** What a listing needs gathered. */
export interface Gathering<Owner> {
  readonly modes: readonly Mode[];
  /** One lock's name, or `null` for all. */
  readonly only: Uint8Array | null;
  /** Called once, at once for a small table; the snapshots are held until `done` is called. */
  ready(snapshots: readonly Snapshot<Owner>[], done: () => void): void;
}

/**
 * One lock table. Every entry, be it a packet, a timer or the end of a connection, is
 * between `enter` and `leave`.
 */
export interface Engine<Owner extends EngineOwner> {
  /** Names are hashed with this before they are asked about. */
  readonly seed: HashSeed;
  enter(): void;
  /** Tells the sessions whose waits were decided meanwhile. */
  leave(): void;
  open(owner: Owner): SessionId;
  /** Releases all that the session holds and wants. */
  end(session: SessionId): void;
  /** Keeps what outlives connections; `null`: nothing does that. */
  readonly keeping: Keeper | null;
  /** `terms.patience` is told as well when the hold has to be kept, if it need not wait. */
  acquire(mode: Mode, session: SessionId, name: Name, terms: Terms): Outcome;
  release(mode: Mode, session: SessionId, name: Name): boolean;
  holders(mode: Mode, name: Name): number;
  /** The fence of the exclusive lock that the session holds; 0 when it does not. */
  fence(session: SessionId, name: Name): number;
  /** 1: it was held; 0: it was not; `waiting`: told once that is kept; `unavailable`. */
  releaseKeyed(mode: Mode, session: SessionId, name: Name, asking: Asking<Bearing>): Outcome;
  /** Likewise. */
  renewKeyed(mode: Mode, session: SessionId, name: Name, asking: Asking<Keyed>): Outcome;
  /** The hold under that key; `null` when there is none. */
  keyedHold(mode: Mode, session: SessionId, name: Name, keyed: Bearing): HoldState | null;
  /** Takes the lock from its holders; tells how many they were: now, or once that is kept. */
  free(mode: Mode, name: Name, told: Continuation | null): Outcome;
  /** `false`: it was decided already. */
  cancel(wait: Wait): boolean;
  /** Rings after that time instead of whenever it would have; `Infinity`: never. */
  schedule(alarm: Alarm, milliseconds: number): void;
  gather(gathering: Gathering<Owner>): void;
  /** The first `most` that wait for a lock, in order. */
  waiters(mode: Mode, name: Name, most: number): Waiter<Owner>[];
  /** How many requests a session has: what it holds until it ends, and what it waits for. */
  requests(session: SessionId): number;
  counts(): TableCounts;
  tally(mode: Mode): Tally;
  /** Tells all that happens from now on, until the result is called. */
  watch(watch: Watch): () => void;
  /** Long work of the doors is done here, in slices. */
  readonly turns: Turns;
  /** The server stops: nobody who stands in line is granted anything any more. */
  closeLines(): void;
  stop(): void;
}
