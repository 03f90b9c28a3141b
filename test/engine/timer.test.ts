/** Everything that happens by itself hangs on one timer. */
import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/core/request.ts";
import { expiriesPerEntry } from "../../src/limits.ts";
import { named } from "../core/named.ts";
import { withPeople } from "./bench.ts";

describe("The timer", () => {
  test("is one, set for the earliest of all that is due, and moved with it", () => {
    const bench = withPeople();
    const { engine, clock, start } = bench;
    expect(clock.setFor).toEqual([]);
    bench.entry(() => bench.wait(bench.b, "lock", 500));
    expect(clock.setFor).toEqual([start + 500]);
    bench.entry(() => bench.wait(bench.b, "lock", 900));
    expect(clock.setFor).toEqual([start + 500]);
    bench.entry(() => bench.lease(bench.a, "leased", 100));
    expect(clock.setFor).toEqual([start + 100]);
    clock.advance(100);
    expect(clock.setFor).toEqual([start + 500]);
    clock.advance(800);
    expect(clock.setFor).toEqual([]);
    expect(engine.counts().locks).toBe(1);
  });

  test("is taken back when nothing is due any more", () => {
    const bench = withPeople();
    const { engine, clock } = bench;
    const { wait } = bench.entry(() => bench.wait(bench.b, "lock", 500));
    expect(clock.setFor).toHaveLength(1);
    bench.entry(() => engine.cancel(wait));
    expect(clock.setFor).toEqual([]);
  });

  test("tells waits that run out at their time, without anybody's coming by", () => {
    const bench = withPeople();
    const { clock } = bench;
    const { told } = bench.entry(() => bench.wait(bench.b, "lock", 500));
    clock.advance(499);
    expect(told).toEqual([]);
    clock.advance(1);
    expect(told).toEqual([Refusal.held]);
  });

  test("does much that is due together in slices, one wake after the other", () => {
    const bench = withPeople();
    const { clock } = bench;
    const slices = 5;
    const waits = bench.entry(() =>
      Array.from({ length: slices * expiriesPerEntry }, () => bench.wait(bench.b, "lock", 500)),
    );
    clock.advance(500);
    expect(clock.wakes).toBe(slices);
    expect(waits.every(({ told }) => told.length === 1)).toBe(true);
    expect(clock.setFor).toEqual([]);
  });

  test("counts the TTL of who was granted after a wait from the grant on", () => {
    const bench = withPeople();
    const { engine, clock } = bench;
    const keyed = { key: "k", requestor: "r", ttlMilliseconds: 100 };
    const patience = { milliseconds: Infinity, blocking: false, wait: null, decided: () => {} };
    bench.entry(() =>
      engine.acquire("exclusive", bench.b, named("lock"), { keyed, limit: 0, patience }),
    );
    clock.advance(1_000);
    bench.entry(() => engine.release("exclusive", bench.a, named("lock")));
    clock.advance(99);
    expect(bench.entry(() => engine.counts().locks)).toBe(1);
    clock.advance(1);
    expect(bench.entry(() => engine.counts().locks)).toBe(0);
  });

  test("that rings too early is set again", () => {
    const bench = withPeople();
    const { clock } = bench;
    const { told } = bench.entry(() => bench.wait(bench.b, "lock", 500));
    clock.ringNow();
    expect(told).toEqual([]);
    expect(clock.setFor).toHaveLength(1);
    clock.advance(500);
    expect(told).toHaveLength(1);
  });

  test("is off when the engine has stopped", () => {
    const bench = withPeople();
    const { engine, clock } = bench;
    const { told } = bench.entry(() => bench.wait(bench.b, "lock", 500));
    engine.stop();
    expect(clock.setFor).toEqual([]);
    clock.advance(1_000);
    expect(told).toEqual([]);
  });

  test("rings alarms, once, unless they are put off for ever", () => {
    const bench = withPeople();
    const { engine, clock } = bench;
    let rung = 0;
    const alarm = { kind: "alarm", at: Infinity, position: -1, ring: () => rung++ } as const;
    bench.entry(() => engine.schedule(alarm, 100));
    bench.entry(() => engine.schedule(alarm, 200));
    clock.advance(199);
    expect(rung).toBe(0);
    clock.advance(1_000);
    expect(rung).toBe(1);
    bench.entry(() => engine.schedule(alarm, 100));
    bench.entry(() => engine.schedule(alarm, Infinity));
    clock.advance(1_000);
    expect(rung).toBe(1);
  });
});

test("What cannot wait or lapse never reads the monotonic clock", () => {
  const bench = withPeople();
  const { engine, clock } = bench;
  const before = clock.readings;
  bench.entry(() => {
    bench.hold(bench.b, "other");
    engine.release("exclusive", bench.b, named("other"));
    engine.holders("exclusive", named("other"));
  });
  expect(clock.readings).toBe(before);
});

test("A lease counts from the moment of the request, not from that of the entry before", () => {
  const bench = withPeople();
  const { engine, clock } = bench;
  clock.advance(5_000);
  bench.entry(() => bench.lease(bench.a, "leased", 100));
  clock.advance(99);
  expect(engine.counts().locks).toBe(2);
  clock.advance(1);
  expect(engine.counts().locks).toBe(1);
});
