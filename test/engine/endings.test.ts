/** A no that a crash could make wrong waits for what made it right. */
import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/core/request.ts";
import { answerOf, type Asked, House } from "./house.ts";

const { unavailable } = Refusal;

/** Somebody holds the lock, on disk. */
function held(): House & { a: number; b: number } {
  const house = new House().begin();
  const people = Object.assign(house, { a: house.arrive(), b: house.arrive() });
  house.take(people.a, "lock");
  house.store.commit();
  return people;
}

/** Whatever is answered with a no where there is no such hold. */
function again(house: House & { b: number }): Asked[] {
  return [house.release(house.b, "lock"), house.renew(house.b, "lock"), house.free("lock")];
}

describe("That a lock is not held", () => {
  test("is answered behind the release that made it so", () => {
    const house = held();
    const first = house.release(house.a, "lock");
    const others = again(house);
    expect(others.map(answerOf)).toEqual([undefined, undefined, undefined]);
    // What is not that lock has nothing to wait for.
    expect(house.release(house.b, "other").outcome).toBe(0);
    expect(house.release(house.b, "lock", { mode: "shared" }).outcome).toBe(0);
    house.store.commit();
    expect([first, ...others].map(answerOf)).toEqual([1, 0, 0, 0]);
    expect(again(house).map(({ outcome }) => outcome)).toEqual([0, 0, 0]);
  });

  test("is answered behind its being freed, and behind each of many ends", () => {
    const house = held();
    const freed = house.free("lock");
    const other = house.take(house.b, "lock", { key: "other" });
    const released = house.release(house.b, "lock", { key: "other" });
    const last = house.release(house.a, "lock");
    expect(answerOf(last)).toBeUndefined();
    house.store.commit();
    expect([freed, released, last].map(answerOf)).toEqual([1, 1, 0]);
    expect(answerOf(other)).toBeGreaterThan(0);
    expect(house.release(house.a, "lock").outcome).toBe(0);
  });

  test("is not answered while the disk fails, but when it has taken the release after all", () => {
    const house = held();
    const asked = [house.release(house.a, "lock"), ...again(house)];
    house.store.fail("broken");
    expect(asked.map(answerOf)).toEqual(asked.map(() => unavailable));
    expect(again(house).map(({ outcome }) => outcome)).toEqual(again(house).map(() => unavailable));
    // A crash would bring it back.
    expect(house.crash().engine.counts().locks).toBe(1);
    house.store.fail("broken still");
    expect(house.release(house.b, "lock").outcome).toBe(unavailable);
    house.store.commit();
    expect(again(house).map(({ outcome }) => outcome)).toEqual([0, 0, 0]);
    expect(house.crash().engine.counts().locks).toBe(0);
  });

  test("does not hold up what ends with its connection, nor a plain lock of that name", () => {
    const house = held();
    house.release(house.a, "lock");
    expect(house.plain(house.b, "lock")).toBeGreaterThan(0);
    expect(house.plainRelease(house.b, "lock")).toBe(true);
    expect(house.take(house.b, "lock", { ttl: null }).outcome).toBeGreaterThan(0);
    expect(house.release(house.b, "lock", { ttl: null }).outcome).toBe(1);
  });
});
