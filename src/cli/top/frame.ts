/**
 * The picture: as many lines as the terminal has, or those of a snapshot.
 * Invariant: the lines of a terminal fill it, and no more than that.
 */
import { headLine, layoutOf, rowLine, wholeLayout } from "./columns.ts";
import { countText, rateText } from "./figures.ts";
import { fitted, printable, shownName } from "../display/printable.ts";
import type { Row, Table } from "./rows.ts";
import { cursorAt, type View } from "./view.ts";

/** What there is to show. */
export interface State {
  /** The server, for people. */
  readonly place: string;
  /** Undefined before the first listing. */
  readonly table: Table | undefined;
  /** Of all locks; undefined when events are not told. */
  readonly grantsPerSecond: number | undefined;
  /** What is wrong at the moment, or why there are no rates; "" when all is well. */
  readonly note: string;
  readonly nowMilliseconds: number;
}

export interface Size {
  readonly columns: number;
  readonly rows: number;
}

export interface Style {
  /** Whether colours are wanted; reversed and bold text is used either way. */
  readonly colour: boolean;
}

/** Lines above and below the rows: totals, note, heads; keys. */
const linesBeside = 4;

export function rowsShown({ rows }: Size): number {
  return Math.max(1, rows - linesBeside);
}

const help = [
  "up, down, j, k, page up, page down, home, end   move",
  "s   sort by the next column      r   turn the order round",
  "c   contention   w   waiters     g   grants/s    h   held for",
  "t   wait p99     o   hold p99    n   name",
  "/   show only names that contain something; escape shows all",
  "f   free the lock under the cursor, for administrators; asks first",
  "space   look now    ctrl-l   draw anew    ctrl-z   suspend",
  "?   this help       q, ctrl-c   quit",
  "",
  "WAIT50 and WAIT99: half, and 99 of 100, grants were waited for no longer.",
  "HOLD50 and HOLD99: how long locks were held. Both of the last two minutes.",
];

/** Lines of a terminal, with colours: as many as it has, each as wide as it is. */
export function frameOf(state: State, view: View, size: Size, style: Style): string[] {
  const width = size.columns;
  const top = [
    fitted(totalsText(state), width),
    painted(fitted(printable(state.note), width), state.note === "" ? "" : "33", style),
  ];
  const body = view.mode.is === "help" ? helpLines(width) : tableLines(state, view, size, style);
  const bottom = fitted(bottomText(view), width);
  const lines = [...top, ...body];
  while (lines.length < size.rows - 1) lines.push(" ".repeat(width));
  return [...lines.slice(0, Math.max(0, size.rows - 1)), bottom].slice(0, size.rows);
}

/** Plain text, nothing cut: for pipes and files. */
export function snapshotOf(state: State): string {
  const rows = state.table?.rows ?? [];
  const layout = wholeLayout(rows);
  const note = state.note === "" ? [] : [printable(state.note)];
  const table = [
    headLine(layout),
    ...rows.map((row) => rowLine(layout, row, state.nowMilliseconds)),
  ];
  const left = (state.table?.totals.locks ?? 0) - rows.filter(isHeld).length;
  const rest = left > 0 ? [`and ${counted(left, "lock")} more; name a PREFIX to see others`] : [];
  return [totalsText(state), ...note, "", ...table.map((line) => line.trimEnd()), ...rest, ""].join(
    "\n",
  );
}

function isHeld({ holder }: Row): boolean {
  return holder !== undefined;
}

function totalsText({ place, table, grantsPerSecond }: State): string {
  if (table === undefined) return `${printable(place)}: connecting`;
  const { locks, waitedFor, waiters } = table.totals;
  const parts = [
    counted(locks, "lock"),
    `${countText(waitedFor)} waited for`,
    counted(waiters, "waiter"),
    ...(grantsPerSecond === undefined ? [] : [`${rateText(grantsPerSecond)} grants/s`]),
  ];
  return `${printable(place)}: ${parts.join(", ")}`;
}

function counted(count: number, what: string): string {
  return `${countText(count)} ${what}${count === 1 ? "" : "s"}`;
}

function helpLines(width: number): string[] {
  return ["", ...help].map((line) => fitted(line, width));
}

function tableLines(state: State, view: View, size: Size, style: Style): string[] {
  const rows = state.table?.rows ?? [];
  const layout = layoutOf(size.columns);
  const head = fitted(headLine(layout, view.order.key), size.columns);
  const shown = rows.slice(view.from, view.from + rowsShown(size));
  const cursor = view.from + shown.length > 0 ? cursorAt(view, { rows }) - view.from : -1;
  const lines = shown.map((row, index) =>
    painted(
      fitted(rowLine(layout, row, state.nowMilliseconds), size.columns),
      index === cursor ? "7" : colourOf(row),
      style,
    ),
  );
  return [painted(head, "1", style), ...lines];
}

function colourOf({ waiters, holder }: Row): string {
  if (waiters > 0) return "33";
  return holder === undefined ? "90" : "";
}

function bottomText({ mode, filter, order, message }: View): string {
  if (mode.is === "filter") return `show names that contain: ${printable(mode.text)}_`;
  if (mode.is === "asking") return question(mode.row);
  if (mode.is === "help") return "any key goes back";
  const sortedBy = `by ${order.key}${order.reversed ? ", reversed" : ""}`;
  const parts = [
    ...(message === "" ? [] : [printable(message)]),
    sortedBy,
    ...(filter === "" ? [] : [`names with ${shownName(filter)}`]),
    "q quit  s sort  / filter  f free  ? help",
  ];
  return parts.join(" | ");
}

function question({ name, mode, holder, holders }: Row): string {
  const whose = holder === undefined ? "" : `, held by ${shownName(holder)}`;
  const more = holders > 1 ? ` and ${countText(holders - 1)} more` : "";
  const kind = mode === "shared" ? "shared lock" : "lock";
  // What has to be answered comes first: a long name is cut.
  return `y/N: free the ${kind} ${shownName(name)}${whose}${more}?`;
}

/** `code` as of SGR; reversed and bold are no colours. */
function painted(text: string, code: string, { colour }: Style): string {
  if (code === "" || (!colour && code !== "7" && code !== "1")) return text;
  return `\u001B[${code}m${text}\u001B[0m`;
}
