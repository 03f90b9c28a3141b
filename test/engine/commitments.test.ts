/** Whatever outlives connections is promised when it is on disk, and taken back when it cannot be. */
import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/core/request.ts";
import { answerOf, House } from "./house.ts";

const { waiting, unavailable, held } = Refusal;

function begun(): House & { a: number; b: number } {
  const house = new House().begin();
  return Object.assign(house, { a: house.arrive(), b: house.arrive() });
}

describe("A promise", () => {
  test("of a take, of one more, of a renewal and of a release waits for the disk", () => {
    const house = begun();
    const steps = [
      () => house.take(house.a, "lock"),
      () => house.take(house.b, "lock", { ttl: 500 }),
      () => house.renew(house.a, "lock", { ttl: 900 }),
      () => house.release(house.b, "lock"),
    ];
    for (const step of steps) {
      const asked = step();
      expect([asked.outcome, asked.told, asked.committed]).toEqual([waiting, [], 1]);
      house.store.commit();
      expect(answerOf(asked)).toBeGreaterThan(0);
    }
    expect(house.disk).toEqual([]);
  });

  test("is kept as it was made: who holds, how often, since when and until when", () => {
    const house = begun();
    const now = house.clock.wallMs();
    const fence = answerOf(committed(house, house.take(house.a, "lock", { ttl: 500 })));
    expect(house.disk).toEqual([
      {
        fence: fence!,
        mode: "exclusive",
        name: new Uint8Array(Buffer.from("lock")),
        key: "k",
        requestor: "k",
        count: 1,
        sinceWallMilliseconds: now,
        expiresWallMilliseconds: now + 500,
      },
    ]);
    house.clock.advance(100);
    committed(house, house.take(house.b, "lock", { ttl: 0 }));
    expect(house.disk[0]).toMatchObject({ count: 2, sinceWallMilliseconds: now });
    expect(house.disk[0]!.expiresWallMilliseconds).toBeNull();
    committed(house, house.renew(house.b, "lock", { ttl: 900 }));
    expect(house.disk[0]).toMatchObject({ count: 2, expiresWallMilliseconds: now + 1_000 });
  });

  test("of a hold that a waiter is granted follows the grant", () => {
    const house = begun();
    house.plain(house.a, "lock");
    const asked = house.take(house.b, "lock", { wait: Infinity });
    expect([asked.committed, asked.wait === null]).toEqual([0, false]);
    house.plainRelease(house.a, "lock");
    expect([asked.committed, asked.told, asked.wait]).toEqual([1, [], null]);
    house.store.commit();
    expect(asked.told).toEqual([house.disk[0]!.fence]);
  });

  test("is not needed for what ends with its connection, whatever the disk does", () => {
    const house = begun();
    house.store.fail();
    expect(house.plain(house.a, "plain")).toBeGreaterThan(0);
    const bound = { key: "other", ttl: null };
    expect(house.take(house.a, "bound", bound).outcome).toBeGreaterThan(0);
    const asked = house.take(house.b, "plain", { ttl: null, wait: Infinity });
    house.plainRelease(house.a, "plain");
    expect(asked.told).toHaveLength(1);
    expect(house.release(house.a, "bound", bound).outcome).toBe(1);
    expect(house.disk).toEqual([]);
  });

  test("of what is lost or was never held is not needed either", () => {
    const house = begun();
    committed(house, house.take(house.a, "lock", { ttl: 100 }));
    expect(house.take(house.b, "lock", { key: "other" }).outcome).toBe(held);
    expect(house.release(house.b, "lock", { key: "other" }).outcome).toBe(0);
    expect(house.free("nothing").outcome).toBe(0);
    house.clock.advance(100);
    expect(house.renew(house.a, "lock").outcome).toBe(0);
    house.store.commit();
    expect(house.disk).toEqual([]);
  });

  test("covers a connection's hold that is to outlive it from now on", () => {
    const house = begun();
    const { outcome } = house.take(house.a, "lock", { ttl: null });
    const asked = committed(house, house.take(house.a, "lock", { ttl: 0 }));
    expect(answerOf(asked)).toBe(outcome);
    expect(house.disk).toMatchObject([{ fence: outcome, count: 2 }]);
  });

  test("to a connection that is gone is nobody's, and the hold stays", () => {
    const house = begun();
    house.take(house.a, "lock");
    house.entry(() => house.engine.end(house.a));
    house.store.commit();
    expect(house.disk).toHaveLength(1);
    expect(house.hold("lock")?.count).toBe(1);
  });

  test("of many that are handed a lock on one after the other needs one commit", () => {
    const house = begun();
    const lines = Array.from({ length: 20 }, (_, n) => ({ key: `${n}`, wait: Infinity }));
    const asked = [
      house.take(house.a, "lock", { key: "first" }),
      ...lines.map((wish) => house.take(house.b, "lock", wish)),
    ];
    for (const { key } of [{ key: "first" }, ...lines]) house.release(house.a, "lock", { key });
    expect(asked.flatMap(({ told }) => told)).toEqual([]);
    house.store.commit();
    const fences = asked.map((each) => answerOf(each)!);
    expect(fences).toEqual(fences.toSorted((a, b) => a - b));
    expect(fences[0]).toBeGreaterThan(0);
    expect(house.disk).toEqual([]);
  });
});

describe("A disk that fails", () => {
  test("grants nothing: what was taken is free, for plain locks too", () => {
    const house = begun();
    const asked = [house.take(house.a, "lock"), house.take(house.b, "shared", { mode: "shared" })];
    const plain = house.engine;
    house.store.fail("no room is left");
    expect(asked.map(answerOf)).toEqual([unavailable, unavailable]);
    expect(plain.keeping!.why).toBe("no room is left");
    expect(house.engine.counts()).toMatchObject({ locks: 0, sharedLocks: 0 });
    expect(house.plain(house.b, "lock")).toBeGreaterThan(0);
    house.store.commit();
    expect(house.disk).toEqual([]);
  });

  test("leaves what was added to or renewed as it was", () => {
    const house = begun();
    committed(house, house.take(house.a, "lock", { ttl: 1_000 }));
    const before = house.hold("lock");
    const asked = [
      house.take(house.a, "lock", { ttl: 0 }),
      house.renew(house.a, "lock", { ttl: 9_000 }),
      house.take(house.a, "lock", { ttl: 5_000 }),
    ];
    expect(house.hold("lock")).not.toEqual(before);
    house.store.fail();
    expect(asked.map(answerOf)).toEqual([unavailable, unavailable, unavailable]);
    expect(house.hold("lock")).toEqual(before);
    house.store.commit();
    expect(house.disk).toMatchObject([
      { count: 1, expiresWallMilliseconds: before!.expiresWallMilliseconds },
    ]);
    house.clock.advance(1_000);
    expect(house.hold("lock")).toBeNull();
  });

  test("gives a hold back to its connection, with which it ends", () => {
    const house = begun();
    house.take(house.a, "lock", { ttl: null });
    const asked = house.take(house.a, "lock", { ttl: 0 });
    const waiter = house.take(house.b, "lock", { key: "other", ttl: null, wait: Infinity });
    house.store.fail();
    expect(answerOf(asked)).toBe(unavailable);
    expect(house.hold("lock", { ttl: null }, house.a)?.count).toBe(1);
    expect(waiter.told).toEqual([]);
    house.entry(() => house.engine.end(house.a));
    expect(waiter.told).toHaveLength(1);
    house.store.commit();
    expect(house.disk).toEqual([]);
  });

  test("ends a hold whose connection has ended meanwhile", () => {
    const house = begun();
    house.take(house.a, "lock", { ttl: null });
    house.take(house.a, "lock", { ttl: 0 });
    house.entry(() => house.engine.end(house.a));
    expect(house.plain(house.b, "lock")).toBe(held);
    house.store.fail();
    expect(house.plain(house.b, "lock")).toBeGreaterThan(0);
  });

  test("undoes nothing that was ended: a release stays one, and is not promised", () => {
    const house = begun();
    committed(house, house.take(house.a, "lock"));
    committed(house, house.take(house.a, "freed"));
    const asked = [house.release(house.a, "lock"), house.free("freed")];
    const retaken = house.take(house.b, "lock", { key: "other" });
    house.store.fail();
    expect([...asked, retaken].map(answerOf)).toEqual([unavailable, unavailable, unavailable]);
    expect(house.engine.counts().locks).toBe(0);
    // Nobody was promised that: it may be back after a crash.
    expect(house.crash().engine.counts().locks).toBe(2);
    house.store.commit();
    expect(house.crash().engine.counts().locks).toBe(0);
  });

  test("takes back what came after the failed batch as well, for it may rest on that", () => {
    const house = begun();
    const first = house.take(house.a, "lock", { ttl: 700 });
    const late = [
      house.take(house.a, "lock", { ttl: 0 }),
      house.renew(house.a, "lock", { ttl: 5 }),
    ];
    house.store.fail();
    house.store.commit();
    expect([first, ...late].map(answerOf)).toEqual([unavailable, unavailable, unavailable]);
    expect([first, ...late].map(({ told }) => told.length)).toEqual([1, 1, 1]);
    expect([house.disk, house.engine.counts().locks]).toEqual([[], 0]);
  });

  test("refuses from then on without doing anything, until it is mended", () => {
    const house = begun();
    committed(house, house.take(house.a, "lock", { ttl: 1_000 }));
    house.store.fail("broken");
    const before = house.hold("lock");
    const asked = [
      house.take(house.b, "other"),
      house.take(house.b, "lock", { key: "waits", wait: Infinity }),
      house.take(house.a, "lock", { ttl: null }),
      house.renew(house.a, "lock"),
      house.release(house.a, "lock"),
      house.free("lock"),
    ];
    expect(asked.map(({ outcome }) => outcome)).toEqual(asked.map(() => unavailable));
    expect(house.hold("lock")).toEqual(before);
    expect(house.engine.counts()).toMatchObject({ locks: 1, waiters: 0 });
    expect(house.engine.keeping!.failure).toBe("broken");
    house.store.commit();
    expect(house.engine.keeping!.failure).toBeNull();
    expect(house.failures).toEqual(["broken", null]);
    expect(answerOf(committed(house, house.release(house.a, "lock")))).toBe(1);
  });

  test("passes a lock on along those who wait until one needs no disk", () => {
    const house = begun();
    house.plain(house.a, "lock");
    const kept = ["x", "y"].map((key) => house.take(house.b, "lock", { key, wait: Infinity }));
    const plain = house.take(house.b, "lock", { key: "z", ttl: null, wait: Infinity });
    house.store.fail();
    house.plainRelease(house.a, "lock");
    expect(kept.map(({ told }) => told)).toEqual([[unavailable], [unavailable]]);
    expect(plain.told[0]).toBeGreaterThan(0);
  });

  test("lets holds lapse all the same, and forgets them once it can", () => {
    const house = begun();
    committed(house, house.take(house.a, "lock", { ttl: 100 }));
    house.store.fail();
    house.clock.advance(100);
    expect(house.plain(house.b, "lock")).toBeGreaterThan(0);
    house.store.commit();
    expect(house.disk).toEqual([]);
  });
});

function committed<Asked>(house: House, asked: Asked): Asked {
  house.store.commit();
  return asked;
}
