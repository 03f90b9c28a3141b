/** Rows keep what is written into them, over the borders of their chunks. */
import { expect, test } from "bun:test";
import { AssertionError } from "../../../src/assert.ts";
import { Rows } from "../../../src/core/records/rows.ts";

test.each([1, 4_095, 4_096, 4_097, 10_000])("%i rows are as they were written", (count) => {
  const rows = new Rows(3, count);
  for (let row = 0; row < count; row++) {
    expect(rows.add()).toBe(row);
    rows.set(row, 0, row);
    rows.set(row, 2, row / 3);
  }
  expect(rows.count).toBe(count);
  for (let row = 0; row < count; row++) {
    const read = [rows.get(row, 0), rows.get(row, 1), rows.get(row, 2)];
    if (read[0] !== row || read[1] !== 0 || read[2] !== row / 3) throw new Error(`${row}: ${read}`);
  }
});

test("there are no more rows than were expected", () => {
  const rows = new Rows(1, 1);
  rows.add();
  expect(() => rows.add()).toThrow(AssertionError);
});
