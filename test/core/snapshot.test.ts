/** A snapshot shows the locks as they were when it began, whatever happens while it is gathered. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { orderSteps } from "../../src/core/order/name-order.ts";
import type { Keyed } from "../../src/core/request.ts";
import { Snapshot } from "../../src/core/snapshot.ts";
import { compare } from "./law/comparison.ts";
import { pictureOf, pictureOfSpace, sortedPicture } from "./law/picture.ts";
import { nameOf, names, people, type Step, step } from "./law/steps.ts";
import { Pair } from "./law/pair.ts";
import { named } from "./named.ts";
import { Scene } from "./scene.ts";

function gathered(snapshot: Snapshot<string>): Snapshot<string> {
  while (snapshot.step(1));
  return snapshot;
}

function keyed(requestor: string, ttlMilliseconds: number | null): Keyed {
  return { key: "k", requestor, ttlMilliseconds };
}

/** Does a step, and sees that it was done right. */
function both(pair: Pair, one: Step): void {
  pair.do(one);
  compare(pair);
}

/** Puts its names in order, as listings need them. */
function sorted(snapshot: Snapshot<string>): Snapshot<string> {
  const steps = orderSteps(snapshot.names, 1_000);
  for (;;) {
    const { done, value } = steps.next();
    if (done !== true) continue;
    snapshot.order = value;
    return snapshot;
  }
}

describe("A snapshot gathered in steps", () => {
  test("equals what was there when it began, exactly, while the table changes", () => {
    const change = fc.record({ step, visits: fc.nat(2) });
    const property = fc.property(
      fc.array(step, { maxLength: 40, size: "max" }),
      fc.array(change, { maxLength: 40, size: "max" }),
      fc.constantFrom("exclusive" as const, "shared" as const),
      (before, changes, mode) => {
        const pair = new Pair();
        for (const one of before) both(pair, one);
        pair.do({ do: "sweep" });
        const space = pair.table.space(mode);
        const due = pictureOfSpace(space);
        const snapshot = new Snapshot<string>(space);
        let more = true;
        for (const { step: one, visits } of changes) {
          both(pair, one);
          for (let visit = 0; visit < visits && more; visit++) more = snapshot.step(1);
        }
        while (more) more = snapshot.step(1);
        expect(sortedPicture(pictureOf(snapshot))).toEqual(sortedPicture(due));
        expect(space.watcher).toBeNull();
        // What is shown stays, whatever is changed when it is whole.
        for (let who = 0; who < people; who++) pair.end(who, true);
        for (const [lock] of names.entries()) pair.table.free(space, nameOf(lock));
        expect(sortedPicture(pictureOf(snapshot))).toEqual(sortedPicture(due));
      },
    );
    fc.assert(property, { numRuns: 1_000 });
  }, 60_000);

  test("has every lock of a large table once, though all of them are released and taken anew", () => {
    const scene = new Scene();
    const [old, young] = [scene.arrive("old"), scene.arrive("young")];
    const count = 5_000;
    for (let lock = 0; lock < count; lock++) scene.ask(old, `lock ${lock}`);
    const snapshot = new Snapshot<string>(scene.table.exclusive);
    for (let lock = 0; lock < count; lock++) {
      scene.release(old, `lock ${lock}`);
      scene.ask(young, `lock ${lock}`);
      scene.ask(young, `new ${lock}`);
      if (lock % 3 === 0) snapshot.step(1);
    }
    gathered(snapshot);
    expect(snapshot.locks).toBe(count);
    expect(snapshot.holders).toBe(count);
    const due = Array.from({ length: count }, (_, lock) => `lock ${lock}`).sort();
    expect(pictureOf(sorted(snapshot)).map(({ name }) => name)).toEqual(due);
    const owners = Array.from({ length: count }, (_, lock) => snapshot.holder(lock, 0).owner);
    expect(new Set(owners)).toEqual(new Set(["old"]));
  });

  test("shows nobody as holder who was granted behind a waiter that is gone and not swept", () => {
    const scene = new Scene();
    const [a, b, c, d] = [scene.arrive("a"), scene.arrive("b"), scene.arrive("c"), scene.arrive()];
    scene.ask(a, "lock", { keyed: keyed("a", null) });
    scene.ask(b, "lock", { wait: "untagged" });
    scene.ask(c, "lock", { keyed: keyed("c", null), wait: "untagged" });
    const snapshot = new Snapshot<string>(scene.table.exclusive);
    scene.table.end(b);
    // Whoever looks at the lock lets c in beside a.
    expect(scene.ask(d, "lock").outcome).toBe(0);
    gathered(snapshot);
    expect(pictureOf(snapshot)).toMatchObject([{ name: "lock", waiters: 2 }]);
    expect(pictureOf(snapshot)[0]!.holders.map(({ owner }) => owner)).toEqual(["a"]);
  });

  test("holds nothing up: a step visits as many locks as it is told", () => {
    const scene = new Scene();
    const person = scene.arrive();
    for (let lock = 0; lock < 100; lock++) scene.ask(person, `lock ${lock}`);
    const snapshot = new Snapshot<string>(scene.table.exclusive);
    expect(snapshot.step(40)).toBe(true);
    expect(snapshot.locks).toBe(40);
    expect(snapshot.step(40)).toBe(true);
    expect(snapshot.step(40)).toBe(false);
    expect(snapshot.locks).toBe(100);
  });
});

describe("A snapshot of one lock", () => {
  test("has that lock, with its holders in the order in which they came", () => {
    const scene = new Scene();
    const owners = ["z", "a", "m"];
    for (const owner of owners) scene.ask(scene.arrive(owner), "lock", { mode: "shared" });
    scene.ask(scene.arrive(), "other", { mode: "shared" });
    const { shared } = scene.table;
    const snapshot = new Snapshot<string>(shared, shared.find(named("lock")));
    expect(pictureOf(snapshot)).toMatchObject([{ name: "lock", waiters: 0 }]);
    expect(pictureOf(snapshot)[0]!.holders.map(({ owner }) => owner)).toEqual(owners);
    expect(shared.watcher).toBeNull();
  });

  test("is empty when there is no such lock", () => {
    const scene = new Scene();
    scene.ask(scene.arrive(), "other");
    const snapshot = new Snapshot<string>(scene.table.exclusive, 0);
    expect({ locks: snapshot.locks, holders: snapshot.holders }).toEqual({ locks: 0, holders: 0 });
    expect(sorted(snapshot).range(Buffer.from(""))).toEqual([0, 0]);
  });
});

describe("The range of a prefix", () => {
  test("is exactly the names that begin with it, in the order of their bytes", () => {
    const bytes = fc.uint8Array({ maxLength: 4, max: 2 });
    const property = fc.property(fc.array(bytes, { maxLength: 60 }), bytes, (all, prefix) => {
      const scene = new Scene();
      const person = scene.arrive();
      for (const name of all) {
        const terms = { keyed: null, limit: 0, patience: null };
        scene.table.acquire(scene.table.exclusive, person, named(name), terms);
      }
      const snapshot = sorted(gathered(new Snapshot<string>(scene.table.exclusive)));
      const [from, to] = snapshot.range(prefix);
      const shown: string[] = [];
      for (let lock = from; lock < to; lock++) shown.push(hex(snapshot.name(lock)));
      const due = [...new Set(all.map(hex))].filter((name) => name.startsWith(hex(prefix))).sort();
      expect(shown).toEqual(due);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("counts bytes as larger than all that is before them, 0xff too", () => {
    const scene = new Scene();
    const person = scene.arrive();
    for (const name of ["\xff", "\xff\xff", "\xffa", "\xfe", ""]) {
      scene.table.acquire(scene.table.exclusive, person, named(Buffer.from(name, "latin1")), {
        keyed: null,
        limit: 0,
        patience: null,
      });
    }
    const snapshot = sorted(gathered(new Snapshot<string>(scene.table.exclusive)));
    expect(snapshot.range(Buffer.from([0xff]))).toEqual([2, 5]);
    expect(snapshot.range(Buffer.from([0xff, 0xff]))).toEqual([4, 5]);
    expect(snapshot.range(Buffer.from([]))).toEqual([0, 5]);
    expect(snapshot.range(Buffer.from([0x01]))).toEqual([1, 1]);
  });
});

test("A lease's end is shown by the clock on the wall as it was when the snapshot began", () => {
  const scene = new Scene({ wallMilliseconds: Date.UTC(2026, 0, 2, 3, 4, 5, 678) });
  scene.pass(100);
  const person = scene.arrive("a");
  scene.ask(person, "timed", { keyed: keyed("r", 1_000) });
  scene.ask(person, "lasting", { keyed: keyed("r", 0) });
  scene.ask(person, "bound", { keyed: keyed("r", null) });
  const snapshot = new Snapshot<string>(scene.table.exclusive);
  scene.table.state.wallMilliseconds += 86_400_000;
  sorted(gathered(snapshot));
  const ends = [0, 1, 2].map((lock) => snapshot.expires(snapshot.holder(lock, 0).keyed!));
  expect(ends).toEqual([null, null, "2026-01-02T03:04:06.778Z"]);
});

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}
