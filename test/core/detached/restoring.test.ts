/** A table that is rebuilt from its detached holds, at any moment, goes on as before. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { restore } from "../../../src/core/detached/restoring.ts";
import { releaseKeyed, renewKeyed } from "../../../src/core/keys.ts";
import type { Keyed, Mode } from "../../../src/core/request.ts";
import { LockTable } from "../../../src/core/table.ts";
import { defaultLimits } from "../../../src/limits.ts";
import { pictureOfSpace, sortedPicture } from "../law/picture.ts";
import { named } from "../named.ts";
import { textOf } from "./texts.ts";

const modes: readonly Mode[] = ["exclusive", "shared"];

interface Step {
  readonly what: "take" | "renew" | "release" | "free" | "pass" | "restart";
  readonly mode: Mode;
  readonly lock: string;
  readonly keyed: Keyed;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom("take", "take", "take", "renew", "release", "free", "pass", "restart"),
  mode: fc.constantFrom(...modes),
  lock: fc.constantFrom("a", "b", "c"),
  keyed: fc.record({
    key: fc.constantFrom("k", "q"),
    requestor: fc.constantFrom("one", "two", "k"),
    ttlMilliseconds: fc.constantFrom(0, 3, 7),
  }),
});

function begin(): LockTable {
  return new LockTable({ limits: defaultLimits, wallMilliseconds: 1_000 });
}

/** As a store would hand them over: in the order of their fences, which begin anew above them. */
function restarted(table: LockTable): LockTable {
  const fencesAbove = table.state.fences.last;
  const again = new LockTable({ limits: defaultLimits, wallMilliseconds: 1_000, fencesAbove });
  Object.assign(again.state, {
    wallMilliseconds: table.state.wallMilliseconds,
    monotonicMilliseconds: table.state.monotonicMilliseconds,
  });
  const holds = modes.flatMap((mode) =>
    pictureOfSpace(table.space(mode)).flatMap(({ name, holders }) =>
      holders.map((hold) => ({ mode, name, ...hold })),
    ),
  );
  for (const { mode, name, fence, since, keyed } of holds.toSorted((a, b) => a.fence - b.fence)) {
    const { at, key, requestor, count } = keyed!;
    const kept = { fence, count, sinceWallMilliseconds: since, ...textOf(key, requestor) };
    expect(restore(again.space(mode), { name: named(name), at }, kept)).toBe(true);
  }
  return again;
}

/** Does the step, and says what it was answered. */
function act(table: LockTable, { what, mode, lock, keyed }: Step): number | boolean {
  const space = table.space(mode);
  const session = table.sessions.open("somebody");
  if (what === "take") {
    return table.acquire(space, session, named(lock), { keyed, limit: 0, patience: null });
  }
  if (what === "renew") return renewKeyed(space, session, named(lock), keyed);
  if (what === "release") return releaseKeyed(space, session, named(lock), keyed);
  if (what === "free") return table.free(space, named(lock));
  table.state.monotonicMilliseconds += 2;
  table.state.wallMilliseconds += 2;
  table.expire(100);
  return true;
}

test("a table that is restored at any time answers as one that went on", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const whole = begin();
      let other = begin();
      for (const each of steps) {
        if (each.what === "restart") other = restarted(other);
        else expect(act(other, each)).toBe(act(whole, each));
        for (const mode of modes) {
          expect(sortedPicture(pictureOfSpace(other.space(mode)))).toEqual(
            sortedPicture(pictureOfSpace(whole.space(mode))),
          );
        }
      }
    }),
  );
});

/** Locks that were held before, by their names, until then. */
function heldUntil(locks: Readonly<Record<string, number>>, mode: Mode = "exclusive"): LockTable {
  const table = begin();
  for (const [index, [lock, at]] of Object.entries(locks).entries()) {
    const former = { fence: index + 1, count: 1, sinceWallMilliseconds: 0, ...textOf("k", "r") };
    expect(restore(table.space(mode), { name: named(lock), at }, former)).toBe(true);
  }
  return table;
}

/** What is still held when it is that late, at most so many steps at a time. */
function leftAt(table: LockTable, now: number, steps = 100): string[] {
  table.state.monotonicMilliseconds = now;
  table.expire(steps);
  return pictureOfSpace(table.exclusive)
    .map(({ name }) => name)
    .toSorted();
}

test("a hold that nobody has asked about lapses at its time, and no other with it", () => {
  const table = heldUntil({ d: 40, a: 10, never: Infinity, c: 30, b: 20 });
  expect(table.state.deadlines.next).toBe(10);
  expect(leftAt(table, 9)).toEqual(["a", "b", "c", "d", "never"]);
  expect(leftAt(table, 10)).toEqual(["b", "c", "d", "never"]);
  expect(table.state.deadlines.next).toBe(20);
  expect(leftAt(table, 39, 1)).toEqual(["c", "d", "never"]);
  expect(leftAt(table, 39, 1)).toEqual(["d", "never"]);
  expect(leftAt(table, 1_000)).toEqual(["never"]);
  expect([table.state.deadlines.next, table.exclusive.tally.lapsed]).toEqual([Infinity, 4]);
});

test("one that was renewed or released meanwhile does not lapse at its former time", () => {
  const table = heldUntil({ renewed: 10, released: 10, later: 20 });
  const keyed = { key: "k", requestor: "r", ttlMilliseconds: 15 };
  expect(renewKeyed(table.exclusive, 1, named("renewed"), keyed)).toBe(true);
  expect(releaseKeyed(table.exclusive, 1, named("released"), keyed)).toBe(true);
  const session = table.sessions.open("somebody");
  // The number of the request that was released is given again.
  const terms = { keyed: null, limit: 0, patience: null };
  expect(table.acquire(table.exclusive, session, named("plain"), terms)).toBeGreaterThan(0);
  expect(leftAt(table, 10)).toEqual(["later", "plain", "renewed"]);
  expect(leftAt(table, 15)).toEqual(["later", "plain"]);
  expect(leftAt(table, 20)).toEqual(["plain"]);
});

test("a shared lock whose holders are of an earlier run is released by each of them", () => {
  const table = begin();
  for (const [index, requestor] of ["one", "two"].entries()) {
    const text = textOf("k", requestor);
    const former = { fence: index + 1, count: 1, sinceWallMilliseconds: 0, ...text };
    restore(table.shared, { name: named("lock"), at: Infinity }, former);
  }
  for (const requestor of ["one", "two"])
    expect(releaseKeyed(table.shared, 1, named("lock"), { key: "k", requestor })).toBe(true);
  expect(table.shared.locks.count).toBe(0);
});
