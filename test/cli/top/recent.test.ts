/** Rates and times of the last while. */
import { describe, expect, test } from "bun:test";
import { Rate, RecentDurations } from "../../../src/cli/top/recent.ts";

describe("Rate", () => {
  test("counts the last ten seconds, and forgets what was before", () => {
    const rate = new Rate(0);
    for (let second = 0; second < 100; second += 0.1) rate.add(second, 5);
    expect(rate.perSecond(100)).toBeCloseTo(50, 0);
    expect(rate.perSecond(105)).toBeLessThan(30);
    expect(rate.perSecond(110)).toBe(0);
  });

  test("divides by the time since it began, not by more", () => {
    const rate = new Rate(3.5);
    rate.add(4, 30);
    rate.add(6.4, 30);
    expect(rate.perSecond(6.5)).toBeCloseTo(20);
    expect(new Rate(3.5).perSecond(3.5)).toBe(0);
  });

  test("is not confused by a long silence", () => {
    const rate = new Rate(0);
    rate.add(1, 100);
    rate.add(1_000_001, 10);
    expect(rate.perSecond(1_000_001.5)).toBeCloseTo(10 / 9.5);
  });
});

describe("RecentDurations", () => {
  test("tells quantiles, within 6 %", () => {
    const durations = new RecentDurations(0);
    expect(durations.millisecondsAt(0.5, 0)).toBeUndefined();
    for (let milliseconds = 1; milliseconds <= 100; milliseconds++)
      durations.record(milliseconds, 1);
    const half = durations.millisecondsAt(0.5, 1) ?? 0;
    expect(half).toBeGreaterThanOrEqual(50);
    expect(half).toBeLessThanOrEqual(50 * (1 + 1 / 16));
    expect(durations.millisecondsAt(1, 1)).toBe(100);
  });

  test("keeps a minute's and those of the minute before, and no more", () => {
    const durations = new RecentDurations(0);
    durations.record(500, 10);
    durations.record(1, 65);
    expect(durations.millisecondsAt(1, 65)).toBe(500);
    expect(durations.millisecondsAt(1, 124)).toBe(500);
    expect(durations.millisecondsAt(1, 126)).toBe(1);
    expect(durations.millisecondsAt(1, 300)).toBeUndefined();
  });
});
