/** What keys do to what is looked at. */
import { describe, expect, test } from "bun:test";
import { keysOf } from "../../../src/cli/top/keys.ts";
import type { Row } from "../../../src/cli/top/rows.ts";
import {
  type Action,
  cursorAt,
  firstView,
  inSight,
  pressed,
  type View,
} from "../../../src/cli/top/view.ts";

const rows: readonly Row[] = Array.from({ length: 100 }, (_, n) => ({
  id: `e${n}`,
  name: String(n),
  mode: "exclusive",
  holder: "somebody",
  holders: 1,
  sinceMilliseconds: 0,
  waiters: 0,
  activity: undefined,
}));
const seen = { rows, height: 10 };

/** The view after those keys, and what was to be done at the last of them. */
function after(
  typed: string,
  view: View = firstView,
  shown = seen,
): { view: View; action: Action } {
  let action: Action = { does: "nothing" };
  for (const key of keysOf(typed)) [view, action] = pressed(view, key, shown);
  return { view: inSight(view, shown), action };
}

const cursor = (typed: string): number => cursorAt(after(typed).view, seen);
const [up, down, pageDown, home, end] = [
  "\u001B[A",
  "\u001B[B",
  "\u001B[6~",
  "\u001B[H",
  "\u001B[F",
];

describe("The cursor", () => {
  test.each([
    ["", 0],
    [down, 1],
    ["jjk", 1],
    [up, 0],
    [pageDown, 10],
    [end, 99],
    [end + down, 99],
    [end + home, 0],
  ])("is after %j on row %i", (typed, at) => {
    expect(cursor(typed)).toBe(at);
  });

  test("stays in sight, and on its lock when rows move", () => {
    const { view } = after(pageDown + down);
    expect(view.from).toBe(2);
    const turned = { rows: rows.toReversed(), height: 10 };
    const moved = inSight(view, turned);
    expect(turned.rows[cursorAt(moved, turned)]?.name).toBe("11");
    expect(moved.from).toBe(79);
    expect(inSight(view, { rows: rows.slice(0, 3), height: 10 }).from).toBe(0);
    expect(inSight(view, { rows: [], height: 1 }).from).toBe(0);
  });
});

describe("Keys", () => {
  test.each(["q", "\u0003"])("%j ends it", (typed) => {
    expect(after(typed).action).toEqual({ does: "quit" });
  });

  test("sort: one after the other, by letter, and the other way round", () => {
    expect(after("s").view.order).toEqual({ key: "waiters", reversed: false });
    expect(after("sssssss").view.order.key).toBe("contention");
    expect(after("n").view.order.key).toBe("name");
    expect(after("hr")).toMatchObject({
      view: { order: { key: "held", reversed: true } },
      action: { does: "refresh" },
    });
  });

  test("filter: what is typed counts when it is entered", () => {
    expect(after("/dq\u007F").view).toMatchObject({
      mode: { is: "filter", text: "d" },
      filter: "",
    });
    expect(after("/dep\r").view).toMatchObject({ mode: { is: "table" }, filter: "dep" });
    expect(after("/dep\r/loy\r").view.filter).toBe("deploy");
    expect(after("/dep\r/x\u0015y\r").view.filter).toBe("y");
    expect(after("/dep\r/x\u001B").view.filter).toBe("dep");
    expect(after("/dep\r\u001B").view.filter).toBe("");
    const { mode } = after(`/${"x".repeat(1_000)}`).view;
    expect(mode.is === "filter" && mode.text.length).toBe(200);
  });

  test("free: only y frees, and only what was asked about", () => {
    expect(after("jf").view.mode).toMatchObject({ is: "asking", row: { name: "1" } });
    expect(after("jfy").action).toMatchObject({ does: "free", row: { name: "1" } });
    for (const typed of ["fn", "f\r", "f\u001B", "f ", "ff", `f${down}`, "fq"])
      expect(after(typed)).toMatchObject({
        action: { does: "nothing" },
        view: { mode: { is: "table" }, message: "not freed" },
      });
    expect(after("f\u0003").action).toEqual({ does: "quit" });
    expect(after("f", firstView, { rows: [], height: 1 }).view.message).toBe(
      "there is no lock to free",
    );
  });

  test("free what was shown, whoever stands there by then", () => {
    const { view } = after("jf");
    const other = { rows: rows.slice(50), height: 10 };
    const [, action] = pressed(view, { kind: "text", text: "y" }, other);
    expect(action).toMatchObject({ does: "free", row: { name: "1" } });
  });

  test("help goes with any key, and others mean nothing", () => {
    expect(after("?").view.mode.is).toBe("help");
    expect(after("?q")).toMatchObject({
      view: { mode: { is: "table" } },
      action: { does: "nothing" },
    });
    expect(after("x\u001B[1;5Cé")).toEqual({ view: firstView, action: { does: "nothing" } });
  });
});
