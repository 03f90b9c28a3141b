/** Figures in narrow columns. */
import { describe, expect, test } from "bun:test";
import { countText, durationText, rateText } from "../../../src/cli/top/figures.ts";

describe("Figures", () => {
  test.each([
    [undefined, "-"],
    [-5, "0ms"],
    [0.4, "0ms"],
    [999.4, "999ms"],
    [999.6, "1.00s"],
    [9_994, "9.99s"],
    [9_996, "10.0s"],
    [59_949, "59.9s"],
    [59_951, "1m00s"],
    [61_000, "1m01s"],
    [3_599_400, "59m59s"],
    [3_599_600, "1h00m"],
    [86_399_000, "23h59m"],
    [90_000_000, "1d01h"],
    [400 * 86_400_000, "400d"],
  ])("%p ms is %p", (milliseconds, expected) => {
    expect(durationText(milliseconds)).toBe(expected);
    expect(expected.length).toBeLessThanOrEqual(6);
  });

  test.each([
    [undefined, "-"],
    [0, "0"],
    [0.04, "0.0"],
    [0.34, "0.3"],
    [99.9, "99.9"],
    [99.96, "100"],
    [1234.5, "1235"],
    [56_700, "56.7k"],
    [567_000, "567k"],
    [1_200_000, "1.20M"],
  ])("%p grants a second are %p", (rate, expected) => {
    expect(rateText(rate)).toBe(expected);
  });

  test("counts are at most six characters", () => {
    for (const count of [0, 9_999, 10_000, 99_949, 99_950, 999_949, 999_950, 10_000_000])
      expect(countText(count).length).toBeLessThanOrEqual(6);
  });
});
