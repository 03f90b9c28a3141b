/** The promises of the histogram, against sorted lists of values. */
import { describe, expect, test } from "bun:test";
import { array, assert, integer, oneof, property } from "fast-check";
import { Histogram } from "../../src/tester/load/histogram.ts";

/** What the file promises. */
const relativeErrorMax = 1 / 128;

function filled(values: readonly number[], precisionBits?: number): Histogram {
  const histogram = new Histogram(precisionBits);
  for (const value of values) histogram.record(value);
  return histogram;
}

function exactQuantile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? Number.NaN;
}

const nanoseconds = oneof(
  integer({ min: 0, max: 1_000 }),
  integer({ min: 0, max: 2 ** 31 }),
  integer({ min: 0, max: 2 ** 47 }),
);

describe("Histogram", () => {
  test.each([3, 4, 7, 8])("of %i bits is as precise as that", (bits) => {
    assert(
      property(array(nanoseconds, { minLength: 1, maxLength: 50 }), (values) => {
        const told = filled(values, bits).nanosecondsAt(0.5);
        const exact = exactQuantile(values, 0.5);
        expect(told).toBeGreaterThanOrEqual(exact);
        expect(told - exact).toBeLessThanOrEqual(exact / 2 ** bits);
      }),
    );
  });

  test("tells no quantile too low and none more than 1/128 too high", () => {
    const fractions = [0.01, 0.5, 0.9, 0.99, 0.999, 1];
    assert(
      property(array(nanoseconds, { minLength: 1, maxLength: 300 }), (values) => {
        const histogram = filled(values);
        for (const fraction of fractions) {
          const [told, exact] = [
            histogram.nanosecondsAt(fraction),
            exactQuantile(values, fraction),
          ];
          expect(told).toBeGreaterThanOrEqual(exact);
          expect(told - exact).toBeLessThanOrEqual(exact * relativeErrorMax);
        }
      }),
      { numRuns: 300 },
    );
  });

  test("keeps its precision on both sides of every power of two", () => {
    for (let exponent = 0; exponent < 48; exponent += 1)
      for (const value of [2 ** exponent - 1, 2 ** exponent, 2 ** exponent + 1]) {
        // A second, larger value, or the exact maximum would be told.
        const told = filled([value, 2 ** 48 - 1]).nanosecondsAt(0.5);
        expect(told).toBeGreaterThanOrEqual(value);
        expect(told - value).toBeLessThanOrEqual(value * relativeErrorMax);
      }
  });

  test("is exact below 256 ns and for the maximum", () => {
    for (let value = 0; value < 256; value += 1)
      expect(filled([value, 10 ** 9]).nanosecondsAt(0.5)).toBe(value);
    expect(filled([123_456_789, 5]).quantiles().maxMicroseconds).toBe(123_456.789);
  });

  test("adds up to the histogram of all values", () => {
    const [few, many] = [filled([1, 70_000]), filled([3, 500, 2_000_000])];
    few.add(many);
    const all = filled([1, 70_000, 3, 500, 2_000_000]);
    expect(few.count).toBe(5);
    expect(few.quantiles()).toEqual(all.quantiles());
  });

  test("takes what a clock's fault makes negative, and what is beyond its range", () => {
    expect(filled([-5]).nanosecondsAt(1)).toBe(0);
    expect(filled([2 ** 60]).nanosecondsAt(1)).toBe(2 ** 48 - 1);
  });

  test("has a quantile of 0 when nothing was recorded", () => {
    expect(new Histogram().quantiles()).toEqual({
      p50Microseconds: 0,
      p99Microseconds: 0,
      p999Microseconds: 0,
      maxMicroseconds: 0,
    });
  });
});
