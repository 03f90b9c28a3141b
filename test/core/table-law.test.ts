/** The table against the law: any sequence of requests ends the same way in both. */
import { expect, test } from "bun:test";
import fc from "fast-check";
import { releaseKeyed, renewKeyed } from "../../src/core/keys.ts";
import * as Lock from "../../src/core/records/lock-words.ts";
import { Name } from "../../src/core/records/name.ts";
import { type Keyed, type Mode, Refusal, type Wait } from "../../src/core/request.ts";
import * as Request from "../../src/core/records/request-words.ts";
import { LockTable } from "../../src/core/table.ts";
import { defaultLimits } from "../../src/limits.ts";
import { Law, type LawDecision, type LawRequest } from "./law.ts";

const seed = { low: 0x01234567, high: 0x89abcdef | 0 };
const names = ["", "a", "b", "a name that is too long to lie in the record of its lock"];
const keys = ["-", "k1", "k2"];
const people = 4;

type Step =
  | {
      do: "ask";
      who: number;
      lock: number;
      mode: Mode;
      key: number;
      ttl: number;
      limit: number;
      patience: number;
    }
  | {
      do: "release" | "release key" | "renew";
      who: number;
      lock: number;
      mode: Mode;
      key: number;
      ttl: number;
    }
  | { do: "cancel"; which: number }
  | { do: "end"; who: number; sweep: boolean }
  | { do: "sweep" }
  | { do: "free"; lock: number; mode: Mode }
  | { do: "pass"; milliseconds: number };

const mode = fc.constantFrom<Mode>("exclusive", "shared");
const who = fc.nat(people - 1);
const lock = fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.nat(names.length - 1));
const key = fc.constantFrom(-1, 0, 1, 1, 1, 2);
const ttl = fc.constantFrom(-1, 0, 30, 70);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      who,
      lock,
      mode,
      key,
      ttl,
      limit: fc.nat(3),
      patience: fc.constantFrom(0, 50, Infinity),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("release" as const, "release key" as const, "renew" as const),
      who,
      lock,
      mode,
      key,
      ttl,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("end" as const), who, sweep: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("sweep" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("free" as const), lock, mode }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      milliseconds: fc.integer({ min: 1, max: 100 }),
    }),
  },
);

/** Both tables side by side; every step is done to both and compared. */
class Pair {
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
    const outcome = this.table.acquire(space, session, this.name(step.lock), {
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
    const had = this.law.existing(this.lockOf(step), asked) !== undefined;
    const due = this.law.ask(this.lockOf(step), asked);
    if (due === null) {
      expect(outcome).toBe(Refusal.waiting);
      this.waits.set(patience, { wait: patience.wait, ends: this.law.now + step.patience });
    } else if (due === false) {
      expect(outcome).toBe(Refusal.held);
    } else if (step.mode === "shared") {
      expect(outcome).toBe(this.law.holders(this.lockOf(step)).length);
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
      .holders(this.lockOf(step))
      .find((request) => request.session === session && request.key === null);
    const released = this.table.release(this.table.space(step.mode), session, this.name(step.lock));
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
    expect(releaseKeyed(space, session, this.name(step.lock), keyed)).toBe(held.length > 0);
    this.expectTold(this.law.remove((request) => held.includes(request)));
  }

  private renew(step: Extract<Step, { lock: number; who: number; ttl: number }>): void {
    const keyed = this.keyed(Math.max(1, step.key), Math.max(0, step.ttl), step.who)!;
    const held = this.keyedHold(step.lock, step.who, keyed);
    const session = this.sessions[step.who]!;
    const space = this.table.exclusive;
    expect(renewKeyed(space, session, this.name(step.lock), keyed)).toBe(held !== undefined);
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

  private end(who: number, sweep: boolean): void {
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
    const held = this.law.holders(this.lockOf(step));
    expect(this.table.free(this.table.space(step.mode), this.name(step.lock))).toBe(held.length);
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

  /** Every lock has the holders and waiters that the law says, in order. */
  compare(): void {
    for (const mode of ["exclusive", "shared"] as const) {
      const space = this.table.space(mode);
      for (let lock = 0; lock < names.length; lock++) {
        const due = this.law.holders(`${mode} ${lock}`);
        const id = space.find(this.name(lock));
        const sessions: number[] = [];
        const counts: number[] = [];
        let request = id === 0 ? 0 : space.locks.get(id, Lock.first);
        for (let left = id === 0 ? 0 : space.locks.get(id, Lock.holders); left > 0; left--) {
          sessions.push(space.requests.get(request, Request.session));
          counts.push(space.holders.keyedBy(request)?.count ?? 1);
          request = space.requests.get(request, Request.next);
        }
        expect({ mode, lock, sessions }).toEqual({
          mode,
          lock,
          sessions: due.map(({ session }) => session),
        });
        expect(counts).toEqual(due.map(({ count }) => count));
        for (const { session } of due.filter((held) => held.session !== 0)) {
          expect(space.holders.bySession(id, session)).not.toBe(0);
        }
      }
      if (this.unswept.length !== 0) continue;
      const lists = [...this.law.locks].filter(([name]) => name.startsWith(mode));
      expect(space.locks.count).toBe(lists.length);
      expect(space.requests.count).toBe(lists.reduce((sum, [, list]) => sum + list.length, 0));
      expect(space.waits.size).toBe(
        lists.reduce((sum, [name, list]) => sum + list.length - this.law.holders(name).length, 0),
      );
    }
  }

  /** When all are gone and what outlived them is freed, nothing is left. */
  finish(): void {
    for (let i = 0; i < people; i++) this.end(i, true);
    for (const mode of ["exclusive", "shared"] as const) {
      for (let lock = 0; lock < names.length; lock++) {
        this.table.free(this.table.space(mode), this.name(lock));
      }
      expect(this.table.space(mode).locks.count).toBe(0);
      expect(this.table.space(mode).requests.count).toBe(0);
      expect(this.table.space(mode).waits.size).toBe(0);
    }
    expect(this.table.state.deadlines.size).toBe(0);
    expect(this.table.sessions.departing).toBe(0);
  }

  private keyed(key: number, ttl: number, who: number): Keyed | null {
    if (key < 0) return null;
    const requestor = who % 2 === 0 ? "shared requestor" : `requestor ${who}`;
    return { key: keys[key]!, requestor, ttlMilliseconds: ttl < 0 ? null : ttl };
  }

  private name(lock: number): Name {
    const bytes = Buffer.from(names[lock]!);
    return new Name().point(seed, bytes, 0, bytes.length);
  }

  private lockOf({ mode, lock }: { mode: Mode; lock: number }): string {
    return `${mode} ${lock}`;
  }
}

test("LockTable does what the law says, whatever is asked, in whatever order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const pair = new Pair();
      for (const one of steps) {
        pair.do(one);
        pair.compare();
      }
      pair.finish();
    }),
    { numRuns: Number(process.env["LAW_RUNS"] ?? 1_500) },
  );
}, 120_000);
