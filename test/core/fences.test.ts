/** Fences rise, over restarts too, and never leave the numbers that doubles hold. */
import { expect, test } from "bun:test";
import { Fences } from "../../src/core/fences.ts";
import { Scene } from "./scene.ts";

const now = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

test("each fence is larger than the one before", () => {
  const fences = new Fences(now);
  let last = 0;
  for (let count = 0; count < 100_000; count++) {
    const fence = fences.next();
    if (fence <= last || !Number.isSafeInteger(fence)) throw new Error(`${fence} after ${last}`);
    last = fence;
  }
  expect(last).toBeGreaterThan(now);
});

test("a server that starts later gives larger fences, as long as it granted no more than it may", () => {
  const before = new Fences(now);
  let last = 0;
  for (let grant = 0; grant < 2_048; grant++) last = before.next();
  expect(new Fences(now + 1).next()).toBeGreaterThan(last);
  // One grant more in that millisecond, and the promise would be off.
  expect(new Fences(now + 1).next()).toBe(before.next());
});

test("a clock between two milliseconds gives whole fences", () => {
  expect(Number.isSafeInteger(new Fences(now + 0.123_456).next())).toBe(true);
});

test("fences last beyond this century and end before they lose precision", () => {
  expect(() => new Fences(Date.UTC(2100, 0, 1)).next()).not.toThrow();
  const lastMillisecond = Math.floor(Number.MAX_SAFE_INTEGER / 2048);
  const fences = new Fences(lastMillisecond);
  let last = fences.next();
  while (last < Number.MAX_SAFE_INTEGER) last = fences.next();
  expect(last).toBe(2 ** 53 - 1);
  expect(() => fences.next()).toThrow("out of fences");
});

test.each([0, -1, NaN, Infinity, 2 ** 53])("a clock that shows %d starts no server", (clock) => {
  expect(() => new Fences(clock)).toThrow("clock");
});

test("fences rise over all locks, and asking again while holding returns the same", () => {
  const scene = new Scene();
  const person = scene.arrive();
  const fences = ["a", "b", "c"].map((lock) => scene.ask(person, lock).outcome);
  expect(fences).toEqual(fences.toSorted((a, b) => a - b));
  expect(new Set(fences).size).toBe(3);
  expect(scene.ask(person, "b").outcome).toBe(fences[1]!);
  scene.release(person, "b");
  expect(scene.ask(person, "b").outcome).toBeGreaterThan(fences[2]!);
});

test("a waiter's fence is larger than that of whoever held before", () => {
  const scene = new Scene();
  const [first, second] = [scene.arrive(), scene.arrive()];
  const held = scene.ask(first, "a").outcome;
  const { told } = scene.ask(second, "a", { wait: "untagged" });
  const other = scene.ask(first, "b").outcome;
  scene.release(first, "a");
  scene.tell();
  expect(told).toHaveLength(1);
  expect(told[0]!).toBeGreaterThan(other);
  expect(other).toBeGreaterThan(held);
});
