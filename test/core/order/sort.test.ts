/** Sorting in steps ends with the order that sorting at once would have. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { sortSteps } from "../../../src/core/order/sort.ts";

/** Runs it to its end; also the largest number of comparisons between two pauses. */
function sorted(values: readonly number[], perStep: number): { order: number[]; most: number } {
  let comparisons = 0;
  let most = 0;
  const compare = (a: number, b: number): number => {
    comparisons++;
    return values[a]! - values[b]!;
  };
  const steps = sortSteps(values.length, compare, perStep);
  for (;;) {
    comparisons = 0;
    const { done, value } = steps.next();
    most = Math.max(most, comparisons);
    if (done === true)
      return { order: Array.from({ length: value.count }, (_, at) => value.get(at)), most };
  }
}

test("the order is that of a stable sort, however small the steps", () => {
  const values = fc.array(fc.nat(20), { maxLength: 300, size: "max" });
  const property = fc.property(values, fc.integer({ min: 1, max: 50 }), (numbers, perStep) => {
    const due = numbers.map((_, at) => at).sort((a, b) => numbers[a]! - numbers[b]! || a - b);
    const { order, most } = sorted(numbers, perStep);
    expect(order).toEqual(due);
    expect(most).toBeLessThanOrEqual(perStep);
  });
  fc.assert(property, { numRuns: 500 });
});

test.each([0, 1, 2, 3])("%i values are sorted", (count) => {
  const values = Array.from({ length: count }, (_, at) => -at);
  expect(sorted(values, 1).order).toEqual(values.map((_, at) => count - 1 - at));
});

test("many values are sorted in many steps, none of them longer than asked", () => {
  const values = Array.from({ length: 50_000 }, (_, at) => Math.imul(at, 0x9e3779b1));
  const { order, most } = sorted(values, 512);
  expect(most).toBeLessThanOrEqual(512);
  for (let at = 1; at < order.length; at++) {
    if (values[order[at - 1]!]! > values[order[at]!]!) throw new Error(`wrong at ${at}`);
  }
  expect(new Set(order).size).toBe(values.length);
});

test("nothing is compared before there was a pause for all numbers that are to be sorted", () => {
  let compared = false;
  const steps = sortSteps(10_000, () => Number((compared = true)), 1_000);
  for (let pause = 0; pause < 10; pause++) {
    expect(steps.next().done).toBe(false);
    expect(compared).toBe(false);
  }
  steps.next();
  expect(compared).toBe(true);
});
