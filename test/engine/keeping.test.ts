/** A start on what the store has kept, and fences that rise whatever the clock does. */
import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/core/request.ts";
import { fencesPerMillisecond } from "../../src/core/fences.ts";
import { fencesReserved, fencesReservedMax } from "../../src/limits.ts";
import { stallMilliseconds } from "../../src/store/bounds.ts";
import { StoreError } from "../../src/store/store-error.ts";
import type { StoredHold } from "../../src/store/store.ts";
import { FakeClock } from "../clock.ts";
import { answerOf, House } from "./house.ts";
import { TestStore } from "./stores.ts";

const start = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

function hold(fence: number, differences: Partial<StoredHold> = {}): StoredHold {
  return {
    fence,
    mode: "exclusive",
    name: new Uint8Array(Buffer.from("lock")),
    key: "k",
    requestor: "r",
    count: 1,
    sinceWallMilliseconds: start - 1_000,
    expiresWallMilliseconds: null,
    ...differences,
  };
}

describe("A start", () => {
  test("brings holds back as they were, for whoever knows their keys", () => {
    const house = new House().begin();
    const a = house.arrive();
    house.take(a, "lock", { ttl: 5_000 });
    house.take(a, "lock", { ttl: 5_000 });
    house.take(a, "lock", { requestor: "other", ttl: 0 });
    house.take(a, "set", { key: "-" });
    house.take(a, "shared", { mode: "shared", ttl: 0 });
    house.take(a, "bound", { ttl: null });
    house.store.commit();
    const wishes = [
      ["lock", {}],
      ["lock", { requestor: "other" }],
      ["set", { key: "-" }],
      ["shared", { mode: "shared" }],
      ["bound", {}],
    ] as const;
    const before = wishes.map(([lock, wish]) => house.hold(lock, wish));
    const again = house.crash();
    expect(wishes.map(([lock, wish]) => again.hold(lock, wish))).toEqual(before);
    expect(before.map((each) => each?.count)).toEqual([2, 1, 1, 1, undefined]);
    expect(again.restored).toEqual([{ holds: 4, lapsed: 0, clockBehindMilliseconds: 0 }]);
    expect(again.plain(again.arrive(), "lock")).toBe(Refusal.held);
    const b = again.arrive();
    for (const [lock, wish] of wishes.slice(0, 4)) again.release(b, lock, wish);
    again.store.commit();
    expect([again.disk, again.engine.counts().locks]).toEqual([[], 0]);
  });

  test.each(["take", "renew"] as const)(
    "finds one hold of a requestor, though a connection of another name by now would %s its own",
    (operation) => {
      const house = new House().begin();
      const [a, b] = [house.arrive(), house.arrive()];
      house.take(a, "lock", { ttl: null });
      house.take(b, "lock", { ttl: 0 });
      // It was called k when it took its hold.
      house[operation](a, "lock", { requestor: "renamed", ttl: 0 });
      house.store.commit();
      expect(house.disk.map(({ requestor }) => requestor)).toEqual(["k"]);
      const again = house.crash();
      expect(again.restored).toMatchObject([{ holds: 1 }]);
    },
  );

  test("ends what has lapsed meanwhile, and the rest at its time", () => {
    const house = new House().begin();
    const a = house.arrive();
    house.take(a, "short", { ttl: 1_000 });
    house.take(a, "long", { ttl: 10_000 });
    house.store.commit();
    const again = house.crash(4_000);
    expect(again.restored).toMatchObject([{ holds: 1, lapsed: 1 }]);
    expect([again.hold("short"), again.disk.length]).toEqual([null, 1]);
    again.clock.advance(5_999);
    expect(again.hold("long")).not.toBeNull();
    again.clock.advance(1);
    expect(again.hold("long")).toBeNull();
    again.store.commit();
    expect(again.disk).toEqual([]);
  });

  test("counts what is restored against the limit of locks", () => {
    const store = new TestStore({
      holds: [1, 2, 3].map((fence) => hold(fence, { requestor: `${fence}` })),
    });
    const house = new House({ store, limits: { locksMax: 3 } }).begin();
    expect(house.take(house.arrive(), "lock", { requestor: "4" }).outcome).toBe(Refusal.locksLimit);
  });

  test.each([
    ["under another key", [hold(1), hold(2, { key: "other" })]],
    ["twice of one requestor", [hold(1), hold(2)]],
    ["under nobody's key", [hold(1), hold(2, { key: "-", requestor: "-" })]],
  ])("refuses a store in which a lock is held %s", (_, holds) => {
    expect(() => new House({ store: new TestStore({ holds }) }).begin()).toThrow(StoreError);
  });

  test("is not ready before its first fences are on disk, nor where they cannot be", () => {
    const house = new House();
    const reports = { restored: () => {}, failure: () => {}, unreserved: () => {} };
    const told: (string | null)[] = [];
    house.engine.keeping!.begin(reports, (failure) => told.push(failure));
    expect(told).toEqual([]);
    house.store.fail("read-only");
    expect(told).toEqual(["read-only"]);
  });
});

describe("Fences with a store", () => {
  test("rise over crashes, even if the clock is set back", () => {
    const house = new House().begin();
    const first = house.plain(house.arrive(), "lock");
    const again = house.crash(-3_600_000);
    expect(again.plain(again.arrive(), "lock")).toBeGreaterThan(first);
    const [{ clockBehindMilliseconds } = { clockBehindMilliseconds: 0 }] = again.restored;
    expect(Math.abs(clockBehindMilliseconds - 3_600_000)).toBeLessThan(1_000);
  });

  test("do not take a crash for a clock that was set back, even many quick ones", () => {
    let house = new House().begin();
    for (let crash = 0; crash < 20; crash++) {
      house = house.crash(fencesReserved / fencesPerMillisecond);
      expect(house.restored[0]!.clockBehindMilliseconds).toBe(0);
    }
  });

  test("tell by the newest hold that the clock was set back", () => {
    const store = new TestStore({ holds: [hold(5, { sinceWallMilliseconds: start + 60_000 })] });
    const house = new House({ store, clock: new FakeClock(start) }).begin();
    expect(house.restored[0]!.clockBehindMilliseconds).toBe(60_000);
  });

  test("tell by the last write, where that is known, and not by how far ahead they are", () => {
    const fenceMark = (start + 3_600_000) * fencesPerMillisecond;
    for (const [written, behind] of [
      [start - 1, 0],
      [start + 60_000, 60_000],
    ] as const) {
      const store = new TestStore({ fenceMark, writtenWallMilliseconds: written });
      const house = new House({ store, clock: new FakeClock(start) }).begin();
      expect(house.restored[0]!.clockBehindMilliseconds).toBe(behind);
    }
  });

  test("are reserved before they are given: the next block when half of one is used", () => {
    const house = new House().begin();
    const a = house.arrive();
    const mark = house.store.fenceMark;
    const last = spend(house, a, fencesReserved / 2 - 2);
    house.store.commit();
    expect([mark - last > fencesReserved / 2, house.store.fenceMark]).toEqual([true, mark]);
    spend(house, a, 2);
    house.store.commit();
    expect(house.store.fenceMark).toBe(mark + fencesReserved);
    expect(house.crash(-1_000).plain(1, "lock")).toBeGreaterThan(mark + fencesReserved);
  });

  test("are never given above the mark while a commit takes as long as it may, at any pace", () => {
    const house = new House().begin();
    const a = house.arrive();
    for (let commit = 0; commit < 30; commit++) {
      const { fenceMark } = house.store;
      const inTime = stallMilliseconds * fencesPerMillisecond;
      // Half of the block is used: the next one is on its way, for as long as a disk may take.
      while (house.store.waits === 0) spend(house, a, 2 ** 20);
      expect(spend(house, a, inTime)).toBeLessThan(fenceMark);
      house.store.commit();
    }
    expect(house.unreserved).toBe(0);
  });

  test("are reserved for about as long again as the server has run, but not without end", () => {
    const house = new House().begin();
    const a = house.arrive();
    const first = spend(house, a, 1);
    for (let block = 0; block < 12; block++) {
      while (house.store.waits === 0) spend(house, a, 2 ** 24);
      const given = spend(house, a, 1) - first;
      house.store.commit();
      const reserve = house.store.fenceMark - (first + given);
      expect(reserve).toBeGreaterThan(Math.min(given, fencesReservedMax) / 2);
      expect(reserve).toBeLessThan(1.6 * fencesReservedMax);
    }
  });

  test("of what is kept are on disk before they are told, whatever is reserved", () => {
    const house = new House().begin();
    const a = house.arrive();
    spend(house, a, 4 * fencesReserved);
    const asked = house.take(a, "lock");
    house.store.commit();
    house.release(a, "lock");
    house.store.commit();
    const again = house.crash(-86_400_000);
    expect(again.plain(again.arrive(), "lock")).toBeGreaterThan(answerOf(asked)!);
  });

  test("are above those of the holds that are restored, whatever an earlier glockd has reserved", () => {
    const fence = fencesPerMillisecond * (start + 60_000);
    const store = new TestStore({ holds: [hold(fence)], fenceMark: 1 });
    const house = new House({ store, clock: new FakeClock(start) }).begin();
    expect(house.plain(house.arrive(), "other")).toBeGreaterThan(fence);
  });

  test("go on above the mark when the disk fails for too long, say so once, and are reserved again", () => {
    const house = new House().begin();
    const a = house.arrive();
    const mark = house.store.fenceMark;
    house.store.fail();
    spend(house, a, fencesReserved / 2);
    house.store.fail();
    expect(house.unreserved).toBe(0);
    const last = spend(house, a, fencesReserved);
    expect(last).toBeGreaterThan(mark);
    expect(house.unreserved).toBe(1);
    house.store.commit();
    house.store.commit();
    expect(house.store.fenceMark).toBeGreaterThan(last);
    expect(house.crash(-1_000).plain(1, "lock")).toBeGreaterThan(last);
  });
});

/** As after so many plain grants, of which only the last is one; returns its fence. */
function spend(house: House, session: number, count: number): number {
  house.engine["table"].state.fences.last += count - 1;
  const last = house.plain(session, "spent");
  house.plainRelease(session, "spent");
  return last;
}

test("An answer of the store that comes when everything is over harms nobody", () => {
  const house = new House().begin();
  const asked = house.take(house.arrive(), "lock");
  house.engine.stop();
  house.store.commit();
  expect(answerOf(asked)).toBeGreaterThan(0);
});
