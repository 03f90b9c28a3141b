/** The picture, in terminals of any size and outside of them. */
import { describe, expect, test } from "bun:test";
import { frameOf, snapshotOf, type State } from "../../../src/cli/top/frame.ts";
import type { Row } from "../../../src/cli/top/rows.ts";
import { firstView, type View } from "../../../src/cli/top/view.ts";

const row = (name: string, told: Partial<Row> = {}): Row => ({
  id: `e${name}`,
  name,
  mode: "exclusive",
  holder: "10.0.0.7:41034",
  holders: 1,
  sinceMilliseconds: 1_000,
  waiters: 0,
  activity: { grantsPerSecond: 12.34, waitP50: 3, waitP99: 40, holdP50: 500, holdP99: 61_000 },
  ...told,
});

const stateOf = (rows: readonly Row[], told: Partial<State> = {}): State => ({
  place: "127.0.0.1:9999",
  table: { rows, totals: { locks: rows.length, waitedFor: 1, waiters: 2 } },
  grantsPerSecond: 3,
  note: "",
  nowMilliseconds: 6_500,
  ...told,
});

const rows = [
  row("deploy", { waiters: 2 }),
  row("日本語 of a very long name that nobody can read to its end", { holders: 3 }),
  row("free", { holder: undefined, holders: 0, sinceMilliseconds: undefined }),
  row("pool", { mode: "shared", activity: undefined, holder: "worker" }),
];
const plain = { colour: false };
const bare = (line: string): string => Bun.stripANSI(line);

function headOf(columns: number): string {
  const [, , head = ""] = frameOf(stateOf(rows), firstView, { rows: 5, columns }, plain);
  return bare(head).trim().replaceAll(/ +/g, " ");
}

describe("frameOf", () => {
  test("fills a terminal of 80 columns with all figures", () => {
    const lines = frameOf(stateOf(rows), firstView, { rows: 10, columns: 80 }, plain);
    expect(lines.map(bare).map((line) => line.trimEnd())).toEqual([
      "127.0.0.1:9999: 4 locks, 1 waited for, 2 waiters, 3.0 grants/s",
      "",
      "LOCK         HOLDER     MODE   HELD WAITERS GRANTS/S WAIT50 WAIT99 HOLD50 HOLD99",
      "deploy       10.0.0.7:… excl  5.50s       2     12.3    3ms   40ms  500ms  1m01s",
      "日本語 of a… 10.0.0.7:… excl  5.50s       0     12.3    3ms   40ms  500ms  1m01s",
      "free         -          excl      -       0     12.3    3ms   40ms  500ms  1m01s",
      "pool         worker     shar  5.50s       0        -      -      -      -      -",
      "",
      "",
      "by contention | q quit  s sort  / filter  f free  ? help",
    ]);
  });

  test.each([true, false])("fits every size, with colours: %p", (colour) => {
    const views: View[] = [
      firstView,
      { ...firstView, mode: { is: "help" } },
      { ...firstView, mode: { is: "filter", text: "\u001B[2J日本" } },
      {
        ...firstView,
        mode: { is: "asking", row: rows[1]! },
        order: { key: "name", reversed: true },
      },
      { ...firstView, from: 3, cursor: "epool", message: "\u001B", filter: "x".repeat(300) },
    ];
    const note = "\u001B[2J is what it said";
    const evil = [...rows, row("\u001B[2J\u009B", { holder: "\u0007\u202E" })];
    for (const view of views) {
      for (const columns of [1, 2, 5, 20, 39, 40, 79, 80, 81, 300]) {
        for (const height of [1, 2, 3, 4, 5, 24]) {
          const size = { rows: height, columns };
          const lines = frameOf(stateOf(evil, { note }), view, size, { colour });
          expect(lines).toHaveLength(height);
          for (const line of lines) {
            expect(Bun.stringWidth(line)).toBe(columns);
            expect(bare(line)).not.toMatch(/\p{Cc}/u);
          }
        }
      }
    }
  });

  test("leaves the least needed columns out where there is no room", () => {
    expect(headOf(58)).toBe("LOCK HOLDER HELD WAITERS GRANTS/S WAIT99");
    expect(headOf(40)).toBe("LOCK HOLDER HELD WAITERS");
    expect(headOf(24)).toBe("LOCK HOLDER");
    expect(headOf(10)).toBe("LOCK");
  });

  test("marks the cursor, and shows what is asked", () => {
    const size = { rows: 8, columns: 80 };
    const lines = frameOf(stateOf(rows), { ...firstView, cursor: "efree" }, size, plain);
    expect(lines[5]).toStartWith("\u001B[7mfree");
    expect(lines.filter((line) => line.includes("\u001B[7m"))).toHaveLength(1);
    const asking: View = { ...firstView, mode: { is: "asking", row: rows[1]! } };
    expect(frameOf(stateOf(rows), asking, size, plain).at(-1)).toStartWith(
      "y/N: free the lock 日本語 of a very long name that nobody can read to its end, ",
    );
  });
});

describe("snapshotOf", () => {
  test("cuts nothing, and says what it leaves out", () => {
    const state = stateOf(rows.slice(1, 3), {
      note: "a note",
      table: { rows: rows.slice(1, 3), totals: { locks: 1_001, waitedFor: 0, waiters: 0 } },
    });
    const long = rows[1]!.name;
    expect(snapshotOf(state)).toBe(
      [
        "127.0.0.1:9999: 1001 locks, 0 waited for, 0 waiters, 3.0 grants/s",
        "a note",
        "",
        `LOCK${" ".repeat(Bun.stringWidth(long) - 4)} HOLDER            MODE   HELD WAITERS GRANTS/S WAIT50 WAIT99 HOLD50 HOLD99`,
        `${long} 10.0.0.7:41034 +2 excl  5.50s       0     12.3    3ms   40ms  500ms  1m01s`,
        `free${" ".repeat(Bun.stringWidth(long) - 4)} -                 excl      -       0     12.3    3ms   40ms  500ms  1m01s`,
        "and 1000 locks more; name a PREFIX to see others",
        "",
      ].join("\n"),
    );
  });
});
