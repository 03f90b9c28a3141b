/** The engine in this process: who is told what, and when. */
import { describe, expect, test } from "bun:test";
import type { Patience } from "../../src/core/request.ts";
import { plainTerms } from "../../src/core/table.ts";
import { sweepHoldsPerStep } from "../../src/limits.ts";
import { named } from "../core/named.ts";
import { eventually } from "../wait-for.ts";
import { Bench, owner, withPeople } from "./bench.ts";

describe("Who waits", () => {
  test("is told when the outermost entry leaves, and not before", () => {
    const bench = withPeople();
    const { engine } = bench;
    const { told } = bench.entry(() => bench.wait(bench.b, "lock"));
    engine.enter();
    engine.enter();
    engine.release("exclusive", bench.a, named("lock"));
    expect(told).toEqual([]);
    engine.leave();
    expect(told).toEqual([]);
    engine.leave();
    expect(told).toHaveLength(1);
    expect(told[0]).toBe(bench.entry(() => engine.fence(bench.b, named("lock"))));
  });

  test("may act when told, and what that decides is told in the same entry", () => {
    const bench = withPeople();
    const { engine } = bench;
    const chain = Array.from({ length: 50 }, () => engine.open(owner()));
    const order: number[] = [];
    bench.entry(() => {
      chain.forEach((session, at) => {
        const patience: Patience = {
          milliseconds: Infinity,
          blocking: false,
          wait: null,
          decided() {
            order.push(at);
            engine.release("exclusive", session, named("lock"));
          },
        };
        const terms = { keyed: null, limit: 0, patience };
        engine.acquire("exclusive", session, named("lock"), terms);
      });
    });
    bench.entry(() => engine.release("exclusive", bench.a, named("lock")));
    expect(order).toEqual(chain.map((_, at) => at));
    expect(engine.counts().locks).toBe(0);
  });

  test("is granted in the turn in which the holder's session ends, however much that held", () => {
    const bench = withPeople();
    const { engine } = bench;
    bench.entry(() => {
      for (let lock = 0; lock < 20 * sweepHoldsPerStep; lock++) bench.hold(bench.a, `${lock}`);
    });
    const { told } = bench.entry(() => bench.wait(bench.b, "lock"));
    bench.entry(() => engine.end(bench.a));
    expect(told).toHaveLength(1);
    expect(told[0]).toBeGreaterThan(0);
  });

  test("is not told of its own cancelling", () => {
    const bench = withPeople();
    const { engine } = bench;
    const { told, wait } = bench.entry(() => bench.wait(bench.b, "lock"));
    expect(bench.entry(() => engine.cancel(wait))).toBe(true);
    expect(bench.entry(() => engine.cancel(wait))).toBe(false);
    bench.entry(() => engine.release("exclusive", bench.a, named("lock")));
    expect(told).toEqual([]);
  });
});

describe("A session that ends", () => {
  test("leaves nothing, even what is too much for one turn", async () => {
    const bench = withPeople();
    const { engine } = bench;
    const count = 100 * sweepHoldsPerStep;
    bench.entry(() => {
      for (let lock = 0; lock < count; lock++) bench.hold(bench.a, `${lock}`);
    });
    bench.entry(() => engine.end(bench.a));
    const { locks } = await eventually(
      "all is swept",
      () => engine.counts(),
      (counts) => counts.locks === 0,
    );
    expect(locks).toBe(0);
    expect(engine.counts().orphans).toBe(count + 1);
  });

  test("lets a listing of everything begin once it is swept", async () => {
    const bench = withPeople();
    const { engine } = bench;
    bench.entry(() => {
      for (let lock = 0; lock < 50 * sweepHoldsPerStep; lock++) bench.hold(bench.a, `${lock}`);
      bench.hold(bench.b, "stays");
      engine.end(bench.a);
    });
    const seen: number[] = [];
    bench.entry(() =>
      engine.gather({
        modes: ["exclusive"],
        only: null,
        ready: ([snapshot], done) => {
          seen.push(snapshot!.locks);
          done();
        },
      }),
    );
    await eventually(
      "the listing",
      () => seen.length,
      (length) => length === 1,
    );
    expect(seen).toEqual([1]);
  });
});

test("Who wants to know is told of what was taken from it, after the entry", () => {
  const bench = new Bench();
  const { engine } = bench;
  const [curious, other] = [owner(true), owner(false)];
  const sessions = [curious, other].map((one) => engine.open(one));
  bench.entry(() => {
    for (const session of sessions) engine.acquire("shared", session, named("s"), plainTerms);
    bench.hold(sessions[0]!, "x");
    bench.lease(sessions[0]!, "leased", 100);
  });
  engine.enter();
  expect(engine.free("shared", named("s"), null)).toBe(2);
  expect(engine.free("exclusive", named("x"), null)).toBe(1);
  expect(engine.free("exclusive", named("x"), null)).toBe(0);
  expect(curious.losses).toEqual([]);
  engine.leave();
  expect(curious.losses).toEqual(["shared s", "exclusive x"]);
  bench.clock.advance(100);
  expect(curious.losses).toEqual(["shared s", "exclusive x", "exclusive leased"]);
  expect(other.losses).toEqual([]);
});
