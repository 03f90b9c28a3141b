/**
 * The lock table: what can be asked of the two name spaces, and what happens by itself.
 *
 * It does no input or output and knows no clock: whoever enters sets the time, and
 * takes the decisions on waits before leaving. Every step costs the same
 * however many locks, holders and waiters there are.
 */
import type { Limits } from "../limits.ts";
import { Deadlines } from "./deadlines.ts";
import { Deadlocks } from "./deadlocks.ts";
import { Fences } from "./fences.ts";
import { LockSpace } from "./lock-space.ts";
import * as Lock from "./records/lock-words.ts";
import type { Name } from "./records/name.ts";
import {
  type Alarm,
  type Keyed,
  type KeyedHold,
  type Mode,
  type Outcome,
  type Patience,
  Refusal,
  type Wait,
} from "./request.ts";
import * as Request from "./records/request-words.ts";
import { type SessionId, Sessions } from "./sessions.ts";
import type { Decision, TableState } from "./table-state.ts";

/** On which terms a lock is asked for. */
export interface Terms {
  readonly keyed: Keyed | null;
  /** Shared: hold only while fewer than this many do; `0`: always. */
  readonly limit: number;
  /** `null`: now or not at all. */
  readonly patience: Patience | null;
}

/** What `g` and `sg` ask: plainly, now or not at all. */
export const plainTerms: Terms = Object.freeze({ keyed: null, limit: 0, patience: null });

export interface TableOptions<Owner> {
  readonly limits: Limits;
  /** Where fences start from, unless that is not … */
  readonly wallMilliseconds: number;
  /** … above this one; 0 unless given. */
  readonly fencesAbove?: number;
  /** Whether a session's owner wants to be told of holds that are taken from it. */
  readonly wantsLosses?: (owner: Owner) => boolean;
}

/** All locks of one server. `Owner` is whatever the outer rooms know a session as. */
export class LockTable<Owner = unknown> {
  readonly sessions = new Sessions<Owner>();
  readonly state: TableState;
  readonly exclusive: LockSpace;
  readonly shared: LockSpace;
  private readonly limits: Limits;
  private readonly deadlocks: Deadlocks;
  /** How many of the decisions have been looked at for cycles that they close. */
  private cyclesBroken = 0;

  constructor(options: TableOptions<Owner>) {
    this.limits = options.limits;
    this.state = {
      sessions: this.sessions,
      fences: new Fences(options.wallMilliseconds, options.fencesAbove),
      deadlines: new Deadlines<Wait | KeyedHold | Alarm>(),
      decided: [],
      losses: [],
      wantsLosses: (owner) => options.wantsLosses?.(owner as Owner) ?? false,
      watch: null,
      keeper: null,
      linesClosed: false,
      wallMilliseconds: options.wallMilliseconds,
      monotonicMilliseconds: 0,
    };
    this.exclusive = new LockSpace("exclusive", this.state);
    this.shared = new LockSpace("shared", this.state);
    this.deadlocks = new Deadlocks(this);
  }

  space(mode: Mode): LockSpace {
    return mode === "shared" ? this.shared : this.exclusive;
  }

  /**
   * Asks for a lock. Who holds it already gets what it has; `waiting` means that
   * `terms.patience.decided` is called later, unless the session ends or cancels.
   */
  acquire(space: LockSpace, session: SessionId, name: Name, terms: Terms): Outcome {
    // A wait that is about to end must not make another one wait.
    if (terms.patience !== null) this.breakCycles();
    const lock = space.find(name);
    if (lock === 0) {
      const locks = this.exclusive.locks.count + this.shared.locks.count;
      if (locks >= this.limits.locksMax) return space.tally.refuse(Refusal.locksLimit);
      const created = space.create(name);
      return space.outcomeOf(space.hold(created, session, terms.keyed));
    }
    const existing = space.holders.existing(lock, session, terms.keyed);
    if (existing !== 0) {
      space.again(existing, terms.keyed, 1);
      return space.outcomeOf(existing);
    }
    const key = terms.keyed === null ? null : terms.keyed.key;
    if (space.locks.get(lock, Lock.waiting) === 0 && space.admits(lock, key, terms.limit)) {
      // Connections bound the other holds; these may outlive theirs.
      if (key !== null && this.holds >= this.limits.locksMax) {
        return space.tally.refuse(Refusal.locksLimit);
      }
      return space.outcomeOf(space.hold(lock, session, terms.keyed));
    }
    const { patience } = terms;
    if (patience === null || patience.milliseconds <= 0) {
      return space.tally.refuse(Refusal.held);
    }
    return this.queue(space, lock, { session, terms, patience });
  }

  /** Ends what `acquire` gave without a key. */
  release(space: LockSpace, session: SessionId, name: Name): boolean {
    const lock = space.find(name);
    if (lock === 0) return false;
    const request = space.holders.bySession(lock, session);
    if (request === 0 || space.requests.get(request, Request.state) !== Request.held) return false;
    space.remove(request);
    return true;
  }

  /** Ends a wait; `false` when it has been decided already. */
  cancel(wait: Wait): boolean {
    const space = this.space(wait.mode);
    if (space.waits.get(wait.request) !== wait) return false;
    this.deadlocks.unblock(wait);
    wait.patience.wait = null;
    space.remove(wait.request);
    return true;
  }

  /** How many hold the lock, whoever asks. */
  holders(space: LockSpace, name: Name): number {
    const lock = space.find(name);
    return lock === 0 ? 0 : space.locks.get(lock, Lock.holders);
  }

  /** The fence under which `session` holds the lock, by key or without; 0 when it does not. */
  fenceOf(space: LockSpace, session: SessionId, name: Name): number {
    const lock = space.find(name);
    const request = lock === 0 ? 0 : space.holders.bySession(lock, session);
    return request === 0 ? 0 : space.requests.getDouble(request, Request.fence);
  }

  /**
   * The session is gone: nothing is granted to it any more, and its locks are free for
   * whoever asks, even before `sweep` has come upon all of them.
   */
  end(session: SessionId): void {
    this.deadlocks.forget(session);
    this.sessions.depart(session);
  }

  /**
   * Removes what a gone session left, what others wait for first, in at most `stepsMax`
   * steps. `false` when nothing is left: its number may then be given to another.
   */
  sweep(session: SessionId, stepsMax: number): boolean {
    let steps = 0;
    for (const space of [this.exclusive, this.shared]) {
      for (;;) {
        const request = space.lists.sessions.first(session);
        if (request === 0) break;
        if (steps++ >= stepsMax) return true;
        space.removeOrphan(request);
      }
    }
    this.sessions.forget(session);
    return false;
  }

  /**
   * What is due by now happens: waits run out, leases lapse, alarms ring; at most
   * `stepsMax` of them, so that a million leases that lapse together hold up nobody.
   */
  expire(stepsMax: number): void {
    const { deadlines, decided, monotonicMilliseconds } = this.state;
    for (let steps = 0; steps < stepsMax; steps++) {
      const due = deadlines.takeDue(monotonicMilliseconds);
      if (due === undefined) return;
      if (due.kind === "alarm") due.ring();
      else if (due.kind === "lease") this.space(due.mode).lapse(due.request);
      else if (this.cancel(due)) {
        this.space(due.mode).tally.timedOut++;
        decided.push({ wait: due, outcome: Refusal.held, detached: false });
      }
    }
  }

  /** Takes a lock from all that hold it now; returns how many they were. */
  free(space: LockSpace, name: Name): number {
    const lock = space.find(name);
    if (lock === 0) return 0;
    const holders: number[] = [];
    let request = space.locks.get(lock, Lock.first);
    for (let left = space.locks.get(lock, Lock.holders); left > 0; left--) {
      holders.push(request);
      request = space.requests.get(request, Request.next);
    }
    space.takeAway(lock, holders, "freed");
    return holders.length;
  }

  /** How many requests stand in line, in both spaces. */
  get waiters(): number {
    return this.exclusive.waits.size + this.shared.waits.size;
  }

  /** How many requests hold, in both spaces. */
  private get holds(): number {
    return this.exclusive.requests.count + this.shared.requests.count - this.waiters;
  }

  /** The oldest decision that its session was not told of. */
  takeDecision(): Decision | undefined {
    this.breakCycles();
    const decision = this.state.decided.shift();
    if (decision === undefined) return undefined;
    this.cyclesBroken--;
    this.deadlocks.unblock(decision.wait);
    return decision;
  }

  /** A tagged wait's grant to a connection that is blocked elsewhere may close a cycle. */
  private breakCycles(): void {
    const { decided } = this.state;
    for (; this.cyclesBroken < decided.length; this.cyclesBroken++) {
      const blocked = this.deadlocks.blockedWait(decided[this.cyclesBroken]!.wait.session);
      if (blocked === undefined) continue;
      if (!this.deadlocks.isStuck(this.deadlocks.asBlocked(blocked))) continue;
      if (!this.cancel(blocked)) continue;
      const outcome = this.space(blocked.mode).tally.refuse(Refusal.deadlock);
      decided.push({ wait: blocked, outcome, detached: false });
    }
  }

  private queue(
    space: LockSpace,
    lock: number,
    ask: { session: SessionId; terms: Terms; patience: Patience },
  ): Outcome {
    const { session, terms, patience } = ask;
    const { limits } = this;
    const { tally } = space;
    if (space.locks.get(lock, Lock.waiters) >= limits.lockWaitersMax) {
      return tally.refuse(Refusal.lockWaitersLimit);
    }
    if (this.waiters >= limits.waitersMax) {
      return tally.refuse(Refusal.waitersLimit);
    }
    if (patience.blocking && this.deadlocks.isStuck({ session, space, lock, limit: terms.limit })) {
      return tally.refuse(Refusal.deadlock);
    }
    const wait = space.wait(lock, {
      kind: "wait",
      mode: space.mode,
      session,
      keyed: terms.keyed,
      limit: terms.limit,
      sinceWallMilliseconds: this.state.wallMilliseconds,
      patience,
      at: Infinity,
      position: -1,
    });
    patience.wait = wait;
    if (patience.blocking) this.deadlocks.block(wait);
    const { deadlines, monotonicMilliseconds } = this.state;
    deadlines.schedule(wait, monotonicMilliseconds + patience.milliseconds);
    return Refusal.waiting;
  }
}
