/**
 * The lock table and the law side by side: each step is done to both, and what either
 * answers and tells is compared at once.
 * Invariant: `due` holds what the law has decided and the table, whose gone sessions are
 * not swept yet, may still have to tell.
 */
import { expect } from "bun:test";
import * as fc from "fast-check";
import { releaseKeyed, renewKeyed } from "../../../src/core/keys.ts";
import { type Keyed, type Mode, Refusal, type Wait } from "../../../src/core/request.ts";
import { LockTable } from "../../../src/core/table.ts";
import { defaultLimits } from "../../../src/limits.ts";
import { Law, type LawDecision, type LawRequest } from "../law.ts";
import { keys, lockOf, nameOf, people, type Step } from "./steps.ts";

/** Both tables. */
export class Pair {
  readonly table = new LockTable({ limits: defaultLimits, wallMilliseconds: 1_000 });
  readonly law = new Law();
  readonly sessions: number[] = [];
  readonly unswept: number[] = [];
  readonly waits = new Map<object, { wait: Wait | null; ends: number }>();
  private readonly told: LawDecision[] = [];
  private lastFence = 0;

  constructor() {
    for (let i = 0; i < people; i++) this.sessions.push(this.table.sessions.open(`person ${i}`));
  }

  do(step: Step): void {
    switch (step.do) {
      case "ask":
        return this.ask(step);
      case "release":
        return this.release(step);
      case "release key":
        return this.releaseKey(step);
      case "renew":
        return this.renew(step);
      case "cancel":
        return this.cancel(step.which);
      case "end":
        return this.end(step.who, step.sweep);
      case "sweep":
        return this.sweepAll();
      case "free":
        return this.free(step);
      case "pass":
        return this.pass(step.milliseconds);
    }
  }

  private ask(step: Extract<Step, { do: "ask" }>): void {
    const session = this.sessions[step.who]!;
    const keyed = step.mode === "shared" ? null : this.keyed(step.key, step.ttl, step.who);
    const told = this.told;
    const patience = {
      milliseconds: step.patience,
      blocking: false,
      wait: null as Wait | null,
      decided(outcome: number) {
        told.push({ wait: patience, granted: outcome > 0 });
      },
    };
    const limit = step.mode === "shared" ? step.limit : 0;
    const space = this.table.space(step.mode);
    const outcome = this.table.acquire(space, session, nameOf(step.lock), {
      keyed,
      limit,
      patience,
    });
    const asked: LawRequest = {
      wait: step.patience > 0 ? patience : null,
      session,
      mode: step.mode,
      key: keyed?.key ?? null,
      requestor: keyed?.requestor ?? "",
      ttl: keyed?.ttlMilliseconds ?? null,
      limit,
      count: 1,
      expires: Infinity,
    };
    const had = this.law.existing(lockOf(step), asked) !== undefined;
    const due = this.law.ask(lockOf(step), asked);
    if (due === null) {
      expect(outcome).toBe(Refusal.waiting);
      this.waits.set(patience, { wait: patience.wait, ends: this.law.now + step.patience });
    } else if (due === false) {
      expect(outcome).toBe(Refusal.held);
    } else if (step.mode === "shared") {
      expect(outcome).toBe(this.law.holders(lockOf(step)).length);
    } else if (had) {
      // The settling of a gone session may have granted it just before, with a new fence.
      expect(outcome).toBeGreaterThan(0);
      this.lastFence = Math.max(this.lastFence, outcome);
    } else {
      expect(outcome).toBeGreaterThan(this.lastFence);
      this.lastFence = outcome;
    }
  }

  private release(step: Extract<Step, { lock: number; who: number; ttl: number }>): void {
    const session = this.sessions[step.who]!;
    const held = this.law
      .holders(lockOf(step))
      .find((request) => request.session === session && request.key === null);
    const released = this.table.release(this.table.space(step.mode), session, nameOf(step.lock));
    expect(released).toBe(held !== undefined);
    if (held !== undefined) this.expectTold(this.law.remove((request) => request === held));
  }

  private releaseKey(step: Extract<Step, { lock: number; who: number; ttl: number }>): void {
    const keyed = this.keyed(Math.max(0, step.key), step.ttl, step.who)!;
    const session = this.sessions[step.who]!;
    const { key, requestor } = keyed;
    const held = this.law
      .holders(`exclusive ${step.lock}`)
      .filter((hold) => hold.key === key)
      .filter(
        (hold) =>
          key === "-" ||
          hold.session === session ||
          (hold.session === 0 && hold.requestor === requestor),
      );
    const space = this.table.exclusive;
    expect(releaseKeyed(space, session, nameOf(step.lock), keyed)).toBe(held.length > 0);
    this.expectTold(this.law.remove((request) => held.includes(request)));
  }

  private renew(step: Extract<Step, { lock: number; who: number; ttl: number }>): void {
    const keyed = this.keyed(Math.max(1, step.key), Math.max(0, step.ttl), step.who)!;
    const held = this.keyedHold(step.lock, step.who, keyed);
    const session = this.sessions[step.who]!;
    const space = this.table.exclusive;
    expect(renewKeyed(space, session, nameOf(step.lock), keyed)).toBe(held !== undefined);
    if (held !== undefined) this.law.lease(held, keyed.ttlMilliseconds);
  }

  private keyedHold(lock: number, who: number, keyed: Keyed): LawRequest | undefined {
    const name = `exclusive ${lock}`;
    if (keyed.key === "-") return this.law.holders(name).find(({ key }) => key === "-");
    const { key, requestor, ttlMilliseconds } = keyed;
    const asked = { key, requestor, session: this.sessions[who]!, ttl: ttlMilliseconds };
    return this.law.existing(name, {
      wait: null,
      mode: "exclusive",
      limit: 0,
      count: 1,
      expires: 0,
      ...asked,
    });
  }

  private cancel(which: number): void {
    const standing = [...this.waits.entries()].filter(([patience]) => this.stands(patience));
    if (standing.length === 0) return;
    const [patience, { wait }] = standing[which % standing.length]!;
    expect(this.table.cancel(wait!)).toBe(true);
    expect(this.table.cancel(wait!)).toBe(false);
    this.waits.delete(patience);
    this.expectTold(this.law.remove((request) => request.wait === patience));
  }

  private stands(patience: object): boolean {
    return [...this.law.locks].some(([lock, list]) => {
      const holders = this.law.holders(lock);
      return list.some((request) => request.wait === patience && !holders.includes(request));
    });
  }

  end(who: number, sweep: boolean): void {
    const session = this.sessions[who]!;
    this.table.end(session);
    this.unswept.push(session);
    const gone = this.law.remove((request) => request.session === session);
    this.sessions[who] = this.table.sessions.open(`person ${who} again`);
    // Unswept, waiters learn later; what anybody can ask about is right at once.
    this.due.push(...gone);
    if (sweep) this.sweepAll();
  }

  private readonly due: LawDecision[] = [];

  private sweepAll(): void {
    for (const session of this.unswept.splice(0)) while (this.table.sweep(session, 1));
    this.expectTold([]);
  }

  private free(step: { lock: number; mode: Mode }): void {
    const held = this.law.holders(lockOf(step));
    expect(this.table.free(this.table.space(step.mode), nameOf(step.lock))).toBe(held.length);
    this.expectTold(this.law.remove((request) => held.includes(request)));
  }

  private pass(milliseconds: number): void {
    // What ends at one instant may end in any order: let every instant have its own turn.
    this.sweepAll();
    for (let i = 0; i < milliseconds; i++) {
      this.law.now++;
      this.table.state.monotonicMilliseconds++;
      const over = [...this.waits].filter(
        ([patience, { ends }]) => ends <= this.law.now && this.stands(patience),
      );
      const leases = [...this.law.locks.values()]
        .flat()
        .filter(({ expires }) => expires <= this.law.now);
      if (over.length + leases.length > 1) {
        // Tie: both orders are right, and only one of them is ours.
        fc.pre(false);
      }
      const before: LawDecision[] = over.map(([wait]) => ({ wait, granted: false }));
      const decided = this.law.remove(
        (request) =>
          leases.includes(request) || over.some(([patience]) => request.wait === patience),
      );
      this.table.expire(1_000);
      this.expectTold([...before, ...decided]);
    }
  }

  private expectTold(decisions: readonly LawDecision[]): void {
    this.due.push(...decisions);
    for (let decision = this.table.takeDecision(); decision !== undefined;) {
      decision.wait.patience.decided(decision.outcome);
      if (
        decision.outcome > 0 &&
        decision.wait.mode === "exclusive" &&
        decision.outcome > this.lastFence
      ) {
        this.lastFence = decision.outcome;
      }
      decision = this.table.takeDecision();
    }
    if (this.unswept.length !== 0) return;
    const told = this.told.splice(0);
    const due = this.due.splice(0);
    expect(told.length).toBe(due.length);
    for (const { wait, granted } of due) {
      expect(told.some((other) => other.wait === wait && other.granted === granted)).toBe(true);
      this.waits.delete(wait);
    }
  }

  private keyed(key: number, ttl: number, who: number): Keyed | null {
    if (key < 0) return null;
    const requestor = who % 2 === 0 ? "shared requestor" : `requestor ${who}`;
    return { key: keys[key]!, requestor, ttlMilliseconds: ttl < 0 ? null : ttl };
  }
}
