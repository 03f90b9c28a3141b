/** Numbers that metrics are made of. */
import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/core/request.ts";
import { durationBuckets, Durations } from "../../src/core/tally.ts";
import { defaultLimits } from "../../src/limits.ts";
import { named } from "./named.ts";
import { Scene } from "./scene.ts";

describe("Durations", () => {
  test.each([
    [-5, 0],
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [1_023, 10],
    [1_024, 11],
    [2 ** 27 - 1, 27],
    [2 ** 27, 27],
    [1e15, 27],
  ])("counts %i ms in bucket %i", (milliseconds, bucket) => {
    const durations = new Durations();
    durations.add(milliseconds);
    const expected = Array.from({ length: durationBuckets }, (_, at) => (at === bucket ? 1 : 0));
    expect(durations.counts()).toEqual(expected);
    expect(durations.sumMilliseconds).toBe(Math.max(0, milliseconds));
  });

  test("adds up", () => {
    const durations = new Durations();
    for (const milliseconds of [0, 0, 5, 7]) durations.add(milliseconds);
    expect(durations.counts().slice(0, 4)).toEqual([2, 0, 0, 2]);
    expect(durations.sumMilliseconds).toBe(12);
  });
});

describe("A tally", () => {
  test("counts grants and refusals of its own name space", () => {
    const limits = { ...defaultLimits, locksMax: 2, lockWaitersMax: 1, waitersMax: 2 };
    const scene = new Scene({ limits });
    const [a, b, c] = [scene.arrive(), scene.arrive(), scene.arrive()];
    const { exclusive, shared } = scene.table;
    scene.ask(a, "one");
    scene.ask(a, "one");
    scene.ask(b, "one");
    scene.ask(a, "two", { mode: "shared" });
    scene.ask(a, "three");
    scene.ask(b, "one", { wait: "tagged" });
    scene.ask(c, "one", { wait: "tagged" });
    expect([exclusive.tally.grants, shared.tally.grants]).toEqual([1, 1]);
    expect(exclusive.tally.refused(Refusal.held)).toBe(1);
    expect(exclusive.tally.refused(Refusal.locksLimit)).toBe(1);
    expect(exclusive.tally.refused(Refusal.lockWaitersLimit)).toBe(1);
    expect(shared.tally.refused(Refusal.held)).toBe(0);
  });

  test("counts waits that ended, and how", () => {
    const scene = new Scene();
    const [a, b, c, d] = [scene.arrive(), scene.arrive(), scene.arrive(), scene.arrive()];
    scene.ask(a, "lock");
    scene.ask(b, "lock", { wait: "tagged", milliseconds: 10 });
    scene.ask(c, "lock", { wait: "tagged" });
    scene.ask(d, "lock", { wait: "tagged" });
    scene.pass(10);
    scene.leave(c);
    scene.release(a, "lock");
    scene.tell();
    const { waits, ungranted, timedOut } = scene.table.exclusive.tally;
    const all = waits.counts().reduce((sum, count) => sum + count, 0);
    expect([all, ungranted, timedOut]).toEqual([3, 2, 1]);
  });

  test("tells how long was held, whatever ended it", () => {
    const scene = new Scene();
    const [a, b] = [scene.arrive(), scene.arrive()];
    scene.ask(a, "released");
    scene.ask(a, "freed");
    scene.ask(a, "lapsed", { keyed: { key: "k", requestor: "r", ttlMilliseconds: 3 } });
    scene.ask(b, "orphaned");
    scene.table.state.wallMilliseconds += 1_000;
    scene.release(a, "released");
    scene.table.free(scene.table.exclusive, named("freed"));
    scene.pass(3);
    scene.leave(b);
    const { holds, orphaned, lapsed, freed } = scene.table.exclusive.tally;
    expect([orphaned, lapsed, freed]).toEqual([1, 1, 1]);
    expect(holds.counts()[10]).toBe(4);
    expect(holds.sumMilliseconds).toBeGreaterThanOrEqual(4_000);
  });
});
