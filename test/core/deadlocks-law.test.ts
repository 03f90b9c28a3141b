/** Small tables at random: exactly the waits that would last for ever are refused. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import type { LockSpace } from "../../src/core/lock-space.ts";
import * as Lock from "../../src/core/records/lock-words.ts";
import { type Keyed, type Mode, Refusal } from "../../src/core/request.ts";
import type { SessionId } from "../../src/core/sessions.ts";
import { stuckSessions } from "./law/stuck.ts";
import { named } from "./named.ts";
import { type Asked, lockIds, Scene } from "./scene.ts";

const people = 5;

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      who: fc.nat(people - 1),
      lock: fc.constantFrom("a", "b", "c"),
      mode: fc.constantFrom<Mode>("exclusive", "exclusive", "shared"),
      key: fc.constantFrom(null, null, null, "k", "l"),
      limit: fc.nat(3),
      wait: fc.constantFrom(undefined, "untagged" as const, "untagged" as const, "tagged" as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("release" as const),
      who: fc.nat(people - 1),
      lock: fc.constantFrom("a", "b", "c"),
      mode: fc.constantFrom<Mode>("exclusive", "shared"),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constantFrom("cancel" as const, "leave" as const, "depart" as const),
      who: fc.nat(people - 1),
    }),
  },
);
/** Most steps are an entry of their own; some come together with the next, in one packet. */
const told = fc.record({
  step,
  tell: fc.oneof({ weight: 3, arbitrary: fc.constant(true) }, fc.boolean()),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;
type Ask = Extract<Step, { limit: number }>;

/** People who do nothing else while they wait untagged. */
class Play {
  readonly scene = new Scene();
  refusals = 0;
  waits = 0;
  private readonly people = Array.from({ length: people }, () => this.scene.arrive());
  private readonly blocking = new Map<SessionId, Asked>();

  do(taken: Step): void {
    const session = this.people[taken.who]!;
    if ("limit" in taken) {
      if (!this.isBlocked(session)) this.ask(session, taken);
    } else if ("lock" in taken) {
      if (!this.isBlocked(session)) this.scene.release(session, taken.lock, taken.mode);
    } else if (taken.do === "cancel") {
      this.cancel(session);
    } else {
      this.go(taken.who, taken.do === "leave");
    }
  }

  /** Everybody is told; nobody is stuck then, and nobody waits who could hold. */
  tell(): void {
    this.scene.tell();
    expect(stuckSessions(this.scene)).toEqual([]);
    for (const space of [this.scene.table.exclusive, this.scene.table.shared]) {
      for (const lock of lockIds(space)) {
        const wait = space.waits.get(space.locks.get(lock, Lock.waiting));
        if (wait === undefined) continue;
        expect(space.admits(lock, wait.keyed?.key ?? null, wait.limit)).toBe(false);
      }
    }
  }

  private ask(session: SessionId, taken: Ask): void {
    const { scene } = this;
    const { mode, lock, key, wait } = taken;
    const keyed: Keyed | null =
      mode === "shared" || key === null
        ? null
        : { key, requestor: `person ${taken.who}`, ttlMilliseconds: null };
    const limit = mode === "shared" ? taken.limit : 0;
    const space = scene.table.space(mode);
    // Looking may let somebody in behind one that is gone. What is not told yet may end
    // waits that would last for ever, so that only the outcome is known then.
    space.find(named(lock));
    const settled = scene.table.state.decided.length === 0;
    const wouldBeStuck =
      settled && this.wouldBeStuck(space, { session, lock, limit, key: keyed?.key });
    const asked = scene.ask(session, lock, {
      mode,
      limit,
      ...(keyed === null ? {} : { keyed }),
      ...(wait === undefined ? {} : { wait }),
    });
    if (wait !== "untagged" || asked.outcome >= 0) return;
    if (settled) expect(asked.outcome).toBe(wouldBeStuck ? Refusal.deadlock : Refusal.waiting);
    if (wouldBeStuck) this.refusals++;
    else this.waits++;
    this.blocking.set(session, asked);
  }

  private wouldBeStuck(
    space: LockSpace,
    ask: { session: SessionId; lock: string; limit: number; key: string | undefined },
  ): boolean {
    const lock = space.find(named(ask.lock));
    if (lock === 0) return false;
    const { session, limit, key = null } = ask;
    return stuckSessions(this.scene, { session, space, lock, limit, key }).includes(session);
  }

  private isBlocked(session: SessionId): boolean {
    return (this.blocking.get(session)?.patience?.wait ?? null) !== null;
  }

  private cancel(session: SessionId): void {
    const wait = this.blocking.get(session)?.patience?.wait ?? null;
    if (wait !== null) this.scene.table.cancel(wait);
  }

  private go(who: number, swept: boolean): void {
    const session = this.people[who]!;
    if (swept) this.scene.leave(session);
    else this.scene.table.end(session);
    this.blocking.delete(session);
    this.people[who] = this.scene.arrive();
  }
}

test("a wait is refused exactly when it would make its session wait for ever", () => {
  let refusals = 0;
  let waits = 0;
  fc.assert(
    fc.property(fc.array(told, { maxLength: 60, size: "max" }), (steps) => {
      const play = new Play();
      for (const { step: one, tell } of steps) {
        play.do(one);
        if (tell) play.tell();
      }
      play.tell();
      refusals += play.refusals;
      waits += play.waits;
    }),
    { numRuns: Number(process.env["DEADLOCK_RUNS"] ?? 800) },
  );
  // Both happen, or nothing was compared.
  expect(refusals).toBeGreaterThan(100);
  expect(waits).toBeGreaterThan(1_000);
}, 120_000);
