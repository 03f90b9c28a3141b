/** What is due is taken in order, and nothing that was cancelled. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { Deadlines, type Timed } from "../../src/core/deadlines.ts";

interface Entry extends Timed {
  readonly id: number;
}

function entry(id: number): Entry {
  return { id, at: 0, position: -1 };
}

test("an empty heap is never due", () => {
  const deadlines = new Deadlines<Entry>();
  expect(deadlines.next).toBe(Infinity);
  expect(deadlines.size).toBe(0);
  expect(deadlines.takeDue(Infinity)).toBeUndefined();
});

test("an entry is due at its time and not before", () => {
  const deadlines = new Deadlines<Entry>();
  const one = entry(1);
  deadlines.schedule(one, 50);
  expect(deadlines.takeDue(49.999)).toBeUndefined();
  expect(deadlines.takeDue(50)).toBe(one);
  expect(one.position).toBe(-1);
  expect(deadlines.takeDue(50)).toBeUndefined();
});

test("an entry that never comes is not kept, and one moved to never is taken out", () => {
  const deadlines = new Deadlines<Entry>();
  const one = entry(1);
  deadlines.schedule(one, Infinity);
  expect({ size: deadlines.size, position: one.position }).toEqual({ size: 0, position: -1 });
  deadlines.schedule(one, 10);
  expect(deadlines.size).toBe(1);
  deadlines.schedule(one, Infinity);
  expect(deadlines.size).toBe(0);
  expect(deadlines.takeDue(Infinity)).toBeUndefined();
});

test("cancelling twice, or what was never scheduled, changes nothing", () => {
  const deadlines = new Deadlines<Entry>();
  const [one, two, three] = [entry(1), entry(2), entry(3)];
  deadlines.schedule(one, 1);
  deadlines.schedule(two, 2);
  deadlines.cancel(one);
  deadlines.cancel(one);
  deadlines.cancel(three);
  expect(deadlines.size).toBe(1);
  expect(deadlines.takeDue(5)).toBe(two);
});

test("Deadlines does what a sorted array does: schedule, move, cancel, take what is due", () => {
  const step = fc.record({
    do: fc.constantFrom("schedule", "schedule", "schedule", "cancel", "take"),
    id: fc.nat(40),
    // Few values, so that many are equal.
    at: fc.oneof(fc.nat(30), fc.constant(Infinity)),
  });
  const property = fc.property(fc.array(step, { maxLength: 200, size: "max" }), (steps) => {
    const deadlines = new Deadlines<Entry>();
    const entries = Array.from({ length: 41 }, (_, id) => entry(id));
    const due = new Map<number, number>();
    for (const { do: what, id, at } of steps) {
      if (what === "schedule") {
        deadlines.schedule(entries[id]!, at);
        if (at === Infinity) due.delete(id);
        else due.set(id, at);
      } else if (what === "cancel") {
        deadlines.cancel(entries[id]!);
        due.delete(id);
      } else {
        takeAll(deadlines, due, at);
      }
      expect(deadlines.size).toBe(due.size);
      expect(deadlines.next).toBe(Math.min(Infinity, ...due.values()));
    }
    takeAll(deadlines, due, 1_000);
    expect(due.size).toBe(0);
    expect(entries.every(({ position }) => position === -1)).toBe(true);
  });
  fc.assert(property, { numRuns: 500 });
});

test("a million deadlines cost little each", () => {
  const deadlines = new Deadlines<Entry>();
  const entries = Array.from({ length: 1_000_000 }, (_, id) => entry(id));
  for (const one of entries) deadlines.schedule(one, Math.imul(one.id, 0x9e3779b1) >>> 8);
  let last = -1;
  for (const one of entries) if (one.id % 2 === 0) deadlines.cancel(one);
  for (let taken = 0; taken < 500_000; taken++) {
    const { at, id } = deadlines.takeDue(Infinity)!;
    if (at < last || id % 2 === 0) throw new Error(`${id} at ${at} after ${last}`);
    last = at;
  }
  expect(deadlines.size).toBe(0);
}, 60_000);

/** Takes what is due by `now` from both; equal times may come in any order. */
function takeAll(deadlines: Deadlines<Entry>, due: Map<number, number>, now: number): void {
  const expected = [...due].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b);
  for (const [, at] of expected) {
    const taken = deadlines.takeDue(now)!;
    expect(taken.at).toBe(at);
    expect(due.get(taken.id)).toBe(at);
    due.delete(taken.id);
  }
  expect(deadlines.takeDue(now)).toBeUndefined();
}
