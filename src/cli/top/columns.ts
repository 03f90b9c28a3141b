/**
 * The table's columns, as many as the terminal has room for.
 * Invariant: a line is never wider than it may be, and figures are never cut.
 */
import { countText, durationText, rateText } from "./figures.ts";
import { fitted, shownName } from "../display/printable.ts";
import type { Row, SortKey } from "./rows.ts";

interface Column {
  readonly head: string;
  readonly width: number;
  readonly sort?: SortKey;
  cell(row: Row, nowMilliseconds: number): string;
}

const sparse: Record<string, Column> = {
  mode: { head: "MODE", width: 4, cell: ({ mode }) => (mode === "shared" ? "shar" : "excl") },
  held: {
    head: "HELD",
    width: 6,
    sort: "held",
    cell: ({ sinceMilliseconds: since }, now) =>
      durationText(since === undefined ? undefined : now - since),
  },
  waiters: {
    head: "WAITERS",
    width: 7,
    sort: "waiters",
    cell: ({ waiters }) => countText(waiters),
  },
  grants: {
    head: "GRANTS/S",
    width: 8,
    sort: "grants",
    cell: ({ activity }) => rateText(activity?.grantsPerSecond),
  },
  wait50: duration("WAIT50", (row) => row.activity?.waitP50),
  wait99: duration("WAIT99", (row) => row.activity?.waitP99, "wait"),
  hold50: duration("HOLD50", (row) => row.activity?.holdP50),
  hold99: duration("HOLD99", (row) => row.activity?.holdP99, "hold"),
};

/** Left out in this order where there is no room. */
const leastNeeded = ["hold50", "wait50", "hold99", "mode", "wait99", "grants", "held", "waiters"];

const nameWidthMin = 12;
const holderWidthMin = 10;
/** Of the width that names and holders share. */
const holderShare = 0.45;

/** How a table of that width is laid out. */
export interface Layout {
  readonly nameWidth: number;
  readonly holderWidth: number;
  readonly columns: readonly Column[];
}

/** `width` is that of a line. */
export function layoutOf(width: number): Layout {
  let names = Object.keys(sparse);
  for (const least of leastNeeded) {
    if (widthOf(names) + nameWidthMin + 1 + holderWidthMin <= width) break;
    names = names.filter((name) => name !== least);
  }
  const rest = width - widthOf(names);
  const holderWidth = rest < nameWidthMin + 4 ? 0 : Math.round((rest - 1) * holderShare);
  const nameWidth = holderWidth === 0 ? Math.max(rest, 1) : rest - 1 - holderWidth;
  return { nameWidth, holderWidth, columns: names.map((name) => sparse[name]!) };
}

/** A layout in which nothing is cut, for what is no terminal. */
export function wholeLayout(rows: readonly Row[]): Layout {
  return {
    nameWidth: widest(
      rows.map(({ name }) => shownName(name)),
      "LOCK".length,
    ),
    holderWidth: widest(rows.map(holderText), "HOLDER".length),
    columns: Object.values(sparse),
  };
}

/** The heads of the columns, with an arrow at the one that they are sorted by. */
export function headLine(layout: Layout, sort?: SortKey): string {
  const cells = layout.columns.map((column) => {
    const mark = column.sort !== undefined && column.sort === sort;
    return fitted(
      mark && column.head.length < column.width ? `▾${column.head}` : column.head,
      column.width,
      "right",
    );
  });
  return joined(
    layout,
    fitted(sort === "name" ? "▾LOCK" : "LOCK", layout.nameWidth),
    fitted("HOLDER", layout.holderWidth),
    cells,
  );
}

export function rowLine(layout: Layout, row: Row, nowMilliseconds: number): string {
  const cells = layout.columns.map((column) =>
    fitted(column.cell(row, nowMilliseconds), column.width, "right"),
  );
  const name = fitted(shownName(row.name), layout.nameWidth);
  return joined(layout, name, fitted(holderText(row), layout.holderWidth), cells);
}

function widest(texts: readonly string[], least: number): number {
  return texts.reduce((width, text) => Math.max(width, Bun.stringWidth(text)), least);
}

function joined(
  { holderWidth }: Layout,
  name: string,
  holder: string,
  cells: readonly string[],
): string {
  return [name, ...(holderWidth === 0 ? [] : [holder]), ...cells].join(" ");
}

function holderText({ holder, holders }: Row): string {
  if (holder === undefined) return "-";
  const shown = shownName(holder);
  return holders > 1 ? `${shown} +${countText(holders - 1)}` : shown;
}

function widthOf(names: readonly string[]): number {
  return names.reduce((width, name) => width + 1 + (sparse[name]?.width ?? 0), 0);
}

function duration(head: string, of: (row: Row) => number | undefined, sort?: SortKey): Column {
  return {
    head,
    width: 6,
    ...(sort !== undefined && { sort }),
    cell: (row) => durationText(of(row)),
  };
}
