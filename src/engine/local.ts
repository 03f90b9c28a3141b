/**
 * The table in this process. Whatever need neither wait nor be kept is decided before the
 * call returns; nothing is allocated for it.
 */
import type { Clock } from "../clock.ts";
import type { HashSeed } from "../core/records/hash.ts";
import { Name } from "../core/records/name.ts";
import { freesDetached, releasesDetached, takesDetached } from "../core/detached/concern.ts";
import { type HoldState, keyedHold, releaseKeyed, renewKeyed } from "../core/keys.ts";
import {
  type Alarm,
  type Continuation,
  type Keyed,
  type Mode,
  type Outcome,
  Refusal,
  type Wait,
} from "../core/request.ts";
import type { SessionId } from "../core/sessions.ts";
import type { Watch } from "../core/table-state.ts";
import { LockTable, plainTerms, type Terms } from "../core/table.ts";
import type { Tally } from "../core/tally.ts";
import { type Waiter, waitersOf } from "../core/waiters.ts";
import { expiriesPerEntry, type Limits, sweepHoldsPerStep } from "../limits.ts";
import type { Store } from "../store/store.ts";
import { Keeping } from "./keeping.ts";
import type { Asking, Bearing, Engine, EngineOwner, Gathering, TableCounts } from "./engine.ts";
import { Gatherer } from "./gatherer.ts";
import { Turns } from "./turns.ts";

export interface LocalEngineOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  /** Drawn at random at start, so that nobody can choose names that collide. */
  readonly seed: HashSeed;
  /** Where holds that outlive connections are kept; nowhere unless given. */
  readonly store?: Store | null;
}

/** The engine of a single server. */
export class LocalEngine<Owner extends EngineOwner> implements Engine<Owner> {
  readonly seed: HashSeed;
  readonly turns: Turns;
  /** `null`: nothing is kept. */
  readonly keeping: Keeping | null;
  private readonly table: LockTable<Owner>;
  private readonly clock: Clock;
  private readonly gatherer: Gatherer<Owner>;
  private readonly name = new Name();
  private readonly watches = new Set<Watch>();
  /** Entries within entries: only the outermost tells sessions of decisions. */
  private depth = 0;
  private wakesAt = Infinity;
  private cancelWake: (() => void) | null = null;

  constructor(options: LocalEngineOptions) {
    const { limits, clock, seed, store = null } = options;
    this.seed = seed;
    this.clock = clock;
    const wallMilliseconds = clock.wallMs();
    this.table = new LockTable<Owner>({
      limits,
      wallMilliseconds,
      fencesAbove: store?.fenceMark ?? 0,
      wantsLosses: (owner) => owner.notified,
    });
    const enter = (): void => this.enter();
    const leave = (): void => this.leave();
    this.turns = new Turns(enter, leave);
    const entry = { enter, leave };
    this.keeping = store === null ? null : new Keeping({ table: this.table, store, seed, entry });
    this.gatherer = new Gatherer(this.table, {
      turns: this.turns,
      find: (mode, bytes) => {
        const name = this.name.point(seed, bytes, 0, bytes.length);
        return this.table.space(mode).find(name);
      },
    });
  }

  enter(): void {
    if (this.depth++ !== 0) return;
    const { state } = this.table;
    state.wallMilliseconds = this.clock.wallMs();
    // Who waits for ever has no deadline yet, and a TTL that counts from the grant.
    if (state.deadlines.size !== 0 || this.table.waiters !== 0 || this.keeping !== null) {
      this.readMonotonic();
      if (state.deadlines.next <= state.monotonicMilliseconds) this.table.expire(expiriesPerEntry);
    }
  }

  leave(): void {
    if (this.depth === 1) {
      const { state } = this.table;
      do {
        while (state.decided.length !== 0 || state.losses.length !== 0) this.tell();
      } while (this.keeping !== null && this.keeping.submit());
      if (state.deadlines.next !== this.wakesAt) this.armTimer();
    }
    this.depth--;
  }

  open(owner: Owner): SessionId {
    return this.table.sessions.open(owner);
  }

  end(session: SessionId): void {
    const sweep = (): boolean => {
      const more = this.table.sweep(session, sweepHoldsPerStep);
      if (!more) this.gatherer.next();
      return more;
    };
    this.table.end(session);
    if (sweep()) this.turns.add(sweep);
  }

  acquire(mode: Mode, session: SessionId, name: Name, terms: Terms): Outcome {
    const { table } = this;
    const space = mode === "exclusive" ? table.exclusive : table.shared;
    if (terms === plainTerms) return table.acquire(space, session, name, terms);
    // Only what waits or lapses needs this clock: reading it costs as much as the rest.
    this.readMonotonic();
    const { keyed, patience } = terms;
    const kept = keyed !== null && this.keeping !== null;
    if (!kept || !takesDetached({ space, session, name }, keyed)) {
      return table.acquire(space, session, name, terms);
    }
    if (this.keeping.isFailing) return space.tally.refuse(Refusal.unavailable);
    const outcome = table.acquire(space, session, name, terms);
    return outcome > 0 ? this.keeping.promise(outcome, patience) : outcome;
  }

  release(mode: Mode, session: SessionId, name: Name): boolean {
    return this.table.release(this.table.space(mode), session, name);
  }

  holders(mode: Mode, name: Name): number {
    return this.table.holders(this.table.space(mode), name);
  }

  fence(session: SessionId, name: Name): number {
    return this.table.fenceOf(this.table.exclusive, session, name);
  }

  releaseKeyed(
    mode: Mode,
    session: SessionId,
    name: Name,
    { keyed, told }: Asking<Bearing>,
  ): Outcome {
    const space = this.table.space(mode);
    const kept = this.keeping !== null && releasesDetached({ space, session, name }, keyed);
    if (kept && this.keeping.isFailing) return Refusal.unavailable;
    const released = Number(releaseKeyed(space, session, name, keyed));
    if (kept) return this.keeping.promiseEnd(mode, name, released, told);
    return released > 0 ? released : this.nothing(mode, name, told);
  }

  renewKeyed(mode: Mode, session: SessionId, name: Name, { keyed, told }: Asking<Keyed>): Outcome {
    this.readMonotonic();
    if (this.keeping?.isFailing === true) return Refusal.unavailable;
    const renewed = Number(renewKeyed(this.table.space(mode), session, name, keyed));
    if (renewed === 0) return this.nothing(mode, name, told);
    return this.keeping === null ? renewed : this.keeping.promise(renewed, told);
  }

  keyedHold(mode: Mode, session: SessionId, name: Name, keyed: Bearing): HoldState | null {
    this.readMonotonic();
    return keyedHold(this.table.space(mode), session, name, keyed);
  }

  free(mode: Mode, name: Name, told: Continuation | null): Outcome {
    const space = this.table.space(mode);
    const kept = this.keeping !== null && freesDetached(space, name);
    if (kept && this.keeping.isFailing) return Refusal.unavailable;
    const freed = this.table.free(space, name);
    if (kept) return this.keeping.promiseEnd(mode, name, freed, told);
    return freed > 0 ? freed : this.nothing(mode, name, told);
  }

  /** There was no such hold. */
  private nothing(mode: Mode, name: Name, told: Continuation | null): Outcome {
    return this.keeping === null ? 0 : this.keeping.promiseNothing(mode, name, told);
  }

  schedule(alarm: Alarm, milliseconds: number): void {
    this.readMonotonic();
    const { deadlines, monotonicMilliseconds } = this.table.state;
    deadlines.schedule(alarm, monotonicMilliseconds + milliseconds);
  }

  cancel(wait: Wait): boolean {
    return this.table.cancel(wait);
  }

  gather(gathering: Gathering<Owner>): void {
    this.readMonotonic();
    this.gatherer.gather(gathering);
  }

  waiters(mode: Mode, name: Name, most: number): Waiter<Owner>[] {
    return waitersOf(this.table.space(mode), name, most);
  }

  requests(session: SessionId): number {
    const { exclusive, shared } = this.table;
    return exclusive.lists.sessions.count(session) + shared.lists.sessions.count(session);
  }

  tally(mode: Mode): Tally {
    return this.table.space(mode).tally;
  }

  watch(watch: Watch): () => void {
    const { watches, table } = this;
    const all: Watch = (happening, subject) => {
      for (const one of watches) one(happening, subject);
    };
    watches.add(watch);
    table.state.watch = all;
    return () => {
      watches.delete(watch);
      if (watches.size === 0) table.state.watch = null;
    };
  }

  counts(): TableCounts {
    const { exclusive, shared } = this.table;
    return {
      locks: exclusive.locks.count,
      sharedLocks: shared.locks.count,
      orphans: exclusive.tally.orphaned,
      sharedOrphans: shared.tally.orphaned,
      waiters: exclusive.waits.size,
      sharedWaiters: shared.waits.size,
    };
  }

  closeLines(): void {
    this.table.state.linesClosed = true;
  }

  stop(): void {
    this.turns.stop();
    this.cancelWake?.();
  }

  /** Tells sessions what happened to what they want or had. */
  private tell(): void {
    // A loss before the grant that may follow from it, of the same lock to the same session.
    for (const { owner, mode, name } of this.table.state.losses.splice(0)) {
      (owner as Owner).lost(mode, name);
    }
    const decision = this.table.takeDecision();
    if (decision === undefined) return;
    const { wait, outcome, detached } = decision;
    if (detached && this.keeping !== null) this.keeping.promise(outcome, wait.patience);
    else wait.patience.decided(outcome);
  }

  private readMonotonic(): void {
    this.table.state.monotonicMilliseconds = this.clock.monotonicMs();
  }

  private armTimer(): void {
    this.cancelWake?.();
    this.wakesAt = this.table.state.deadlines.next;
    if (this.wakesAt === Infinity) {
      this.cancelWake = null;
      return;
    }
    this.cancelWake = this.clock.wakeAt(this.wakesAt, () => {
      this.wakesAt = Infinity;
      this.cancelWake = null;
      this.enter();
      this.leave();
    });
  }
}
