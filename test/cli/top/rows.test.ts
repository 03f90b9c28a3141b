/** Which rows are kept of a listing, and in which order. */
import { describe, expect, test } from "bun:test";
import type { LockInfo } from "../../../src/client/index.ts";
import { Activity } from "../../../src/cli/top/activity.ts";
import { Collection, rowsMax, type SortKey, sortKeys } from "../../../src/cli/top/rows.ts";

function lock(
  name: string,
  told: { waiters?: number; since?: number; holders?: number } = {},
): LockInfo {
  const { waiters = 0, since = 0, holders = 1 } = told;
  const holder = (n: number) => ({
    client: `10.0.0.${n}:1`,
    name: n === 0 ? "first" : null,
    count: 1,
    fence: n,
    since: new Date(1_000_000 + since + n).toISOString(),
    expires: null,
  });
  const all = Array.from({ length: holders }, (_, n) => holder(n));
  return { name, mode: "exclusive", key: null, waiters, holders: all };
}

function collect(
  locks: readonly LockInfo[],
  options: { key?: SortKey; reversed?: boolean; filter?: string; activity?: Activity } = {},
) {
  const { key = "contention", reversed = false, filter = "", activity } = options;
  const collection = new Collection({ activity, filter, order: { key, reversed } });
  for (const each of locks) collection.take(each);
  return collection.table("");
}

const namesOf = (table: ReturnType<typeof collect>): string =>
  table.rows.map(({ name }) => name).join("");

describe("Collection", () => {
  const few = [
    lock("a", { since: 30 }),
    lock("b", { waiters: 2, since: 20 }),
    lock("c", { waiters: 9, since: 10, holders: 3 }),
  ];

  test("has the most contended first, and counts them all", () => {
    const table = collect(few);
    expect(namesOf(table)).toBe("cba");
    expect(table.totals).toEqual({ locks: 3, waitedFor: 2, waiters: 11 });
    expect(table.rows[0]).toMatchObject({
      holder: "first",
      holders: 3,
      sinceMilliseconds: 1_000_010,
    });
  });

  test.each([
    ["name", "abc"],
    ["waiters", "cba"],
    ["held", "cba"],
  ] as const)("sorts by %s, and the other way round", (key, expected) => {
    expect(namesOf(collect(few, { key }))).toBe(expected);
    expect(namesOf(collect(few, { key, reversed: true }))).toBe(
      [...expected].toReversed().join(""),
    );
  });

  test("sorts by what events tell, what is not known last", () => {
    let seconds = 0;
    const activity = new Activity(() => seconds);
    const event = { mode: "exclusive", client: "x", name: null, fence: null } as const;
    for (const [name, wait] of [
      ["a", 1],
      ["b", 3],
      ["b", 3],
    ] as const) {
      activity.take({ ...event, type: "waiting", lock: name, milliseconds: 0 });
      activity.take({ ...event, type: "granted", lock: name, milliseconds: wait });
    }
    seconds = 1;
    const plain = ["a", "b", "c"].map((name) => lock(name));
    expect(namesOf(collect(plain, { key: "grants", activity }))).toBe("bac");
    expect(namesOf(collect(plain, { key: "wait", activity }))).toBe("bac");
    expect(namesOf(collect(plain, { activity }))).toBe("bac");
    expect(collect(plain, { activity }).rows[2]?.activity?.grantsPerSecond).toBe(0);
    expect(collect(plain).rows[0]?.activity).toBeUndefined();
  });

  test("shows a lock that was active lately and is free now", () => {
    const activity = new Activity(() => 0);
    const event = { mode: "shared", client: "x", name: null, fence: 1, milliseconds: 0 } as const;
    activity.take({ ...event, type: "granted", lock: "hot" });
    const table = collect([lock("a")], { activity, key: "grants" });
    expect(table.rows[0]).toMatchObject({
      name: "hot",
      mode: "shared",
      holder: undefined,
      holders: 0,
    });
    expect(table.totals.locks).toBe(1);
  });

  test("keeps the first of however many, and counts the rest", () => {
    const collection = new Collection({
      activity: undefined,
      filter: "",
      order: { key: "contention", reversed: false },
    });
    const count = 50_000;
    for (let n = 0; n < count; n++)
      collection.take(lock(`lock ${n}`, { waiters: (n * 7_919) % count }));
    const { rows, totals } = collection.table("");
    expect(rows).toHaveLength(rowsMax);
    expect(rows.map(({ waiters }) => waiters)).toEqual(
      Array.from({ length: rowsMax }, (_, n) => count - 1 - n),
    );
    expect(totals.locks).toBe(count);
  });

  test("leaves out names without what is looked for, but counts them", () => {
    const table = collect(few, { filter: "b" });
    expect([namesOf(table), table.totals.locks]).toEqual(["b", 3]);
  });

  test("knows an order for every key", () => {
    for (const key of sortKeys) expect(namesOf(collect(few, { key }))).toHaveLength(3);
  });
});
