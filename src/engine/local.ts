/**
 * The table in this process. Whatever need not wait is decided before the call
 * returns; nothing is allocated for it.
 */
import type { Clock } from "../clock.ts";
import type { HashSeed } from "../core/records/hash.ts";
import { Name } from "../core/records/name.ts";
import { releaseKeyed, renewKeyed } from "../core/keys.ts";
import type { Alarm, Keyed, Mode, Outcome, Wait } from "../core/request.ts";
import type { SessionId } from "../core/sessions.ts";
import type { TableEvents } from "../core/table-state.ts";
import { LockTable, plainTerms, type Terms } from "../core/table.ts";
import { expiriesPerEntry, type Limits, sweepHoldsPerStep } from "../limits.ts";
import type { Engine, EngineOwner, Gathering, TableCounts } from "./engine.ts";
import { Gatherer } from "./gatherer.ts";
import { Turns } from "./turns.ts";

export interface LocalEngineOptions {
  readonly limits: Limits;
  readonly clock: Clock;
  /** Drawn at random at start, so that nobody can choose names that collide. */
  readonly seed: HashSeed;
  readonly events?: TableEvents;
}

/** The engine of a single server. */
export class LocalEngine<Owner extends EngineOwner> implements Engine<Owner> {
  readonly seed: HashSeed;
  readonly turns: Turns;
  private readonly table: LockTable<Owner>;
  private readonly clock: Clock;
  private readonly gatherer: Gatherer<Owner>;
  private readonly name = new Name();
  /** Entries within entries: only the outermost tells sessions of decisions. */
  private depth = 0;
  private wakesAt = Infinity;
  private cancelWake: (() => void) | null = null;

  constructor(options: LocalEngineOptions) {
    const { limits, clock, seed, events } = options;
    this.seed = seed;
    this.clock = clock;
    const wallMilliseconds = clock.wallMs();
    this.table = new LockTable<Owner>({
      limits,
      wallMilliseconds,
      wantsLosses: (owner) => owner.notified,
      ...(events === undefined ? {} : { events }),
    });
    const enter = (): void => this.enter();
    const leave = (): void => this.leave();
    this.turns = new Turns(enter, leave);
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
    if (state.deadlines.size !== 0) {
      this.readMonotonic();
      if (state.deadlines.next <= state.monotonicMilliseconds) this.table.expire(expiriesPerEntry);
    }
  }

  leave(): void {
    if (this.depth === 1) {
      const { state } = this.table;
      while (state.decided.length !== 0 || state.losses.length !== 0) this.tell();
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
    // Only what waits or lapses needs this clock: reading it costs as much as the rest.
    if (terms !== plainTerms) this.readMonotonic();
    return table.acquire(
      mode === "exclusive" ? table.exclusive : table.shared,
      session,
      name,
      terms,
    );
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

  releaseKeyed(session: SessionId, name: Name, keyed: Omit<Keyed, "ttlMilliseconds">): boolean {
    return releaseKeyed(this.table.exclusive, session, name, keyed);
  }

  renewKeyed(session: SessionId, name: Name, keyed: Keyed): boolean {
    this.readMonotonic();
    return renewKeyed(this.table.exclusive, session, name, keyed);
  }

  free(mode: Mode, name: Name): number {
    return this.table.free(this.table.space(mode), name);
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

  counts(): TableCounts {
    const { exclusive, shared } = this.table;
    return {
      locks: exclusive.locks.count,
      sharedLocks: shared.locks.count,
      orphans: exclusive.orphans,
      sharedOrphans: shared.orphans,
    };
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
    if (decision !== undefined) decision.wait.patience.decided(decision.outcome);
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
