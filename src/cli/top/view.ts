/**
 * What of the table is looked at, and what a key does to that. Pure: what has to be done
 * outside comes back as an action.
 * Invariant: nothing is freed that was not shown by its name, and answered with y.
 */
import type { Key } from "./keys.ts";
import { type Order, type Row, type SortKey, sortKeys } from "./rows.ts";

export type Mode =
  | { readonly is: "table" }
  | { readonly is: "help" }
  /** A filter is typed. */
  | { readonly is: "filter"; readonly text: string }
  /** Whether this lock is to be freed. */
  | { readonly is: "asking"; readonly row: Row };

export interface View {
  readonly mode: Mode;
  readonly order: Order;
  /** What names have to contain. */
  readonly filter: string;
  /** The `id` of the row that the cursor is on; it stays on its lock when rows move. */
  readonly cursor: string | undefined;
  /** The first row that is shown. */
  readonly from: number;
  /** What was done last, or went wrong. */
  readonly message: string;
}

export type Action =
  | { readonly does: "quit" | "suspend" | "refresh" | "redraw" | "nothing" }
  | { readonly does: "free"; readonly row: Row };

export const firstView: View = {
  mode: { is: "table" },
  order: { key: "contention", reversed: false },
  filter: "",
  cursor: undefined,
  from: 0,
  message: "",
};

export interface Seen {
  readonly rows: readonly Row[];
  /** How many of them are shown at a time. */
  readonly height: number;
}

type Step = readonly [View, Action];
const nothing: Action = { does: "nothing" };

/** What a key does. */
export function pressed(view: View, key: Key, seen: Seen): Step {
  if (key.kind === "interrupt") return [view, { does: "quit" }];
  if (key.kind === "suspend") return [view, { does: "suspend" }];
  if (key.kind === "redraw") return [view, { does: "redraw" }];
  const { mode } = view;
  if (mode.is === "help") return [{ ...view, mode: { is: "table" } }, nothing];
  if (mode.is === "filter") return typing(view, mode.text, key);
  if (mode.is === "asking") return answered(view, mode.row, key);
  const moved = movements[key.kind];
  if (moved !== undefined) return [moveTo(view, moved(cursorAt(view, seen), seen), seen), nothing];
  if (key.kind === "escape") return filtered(view, "");
  return key.kind === "text" ? letter(view, key.text, seen) : [view, nothing];
}

/** Where the cursor is among the rows: on the first one unless it was moved. */
export function cursorAt({ cursor }: View, { rows }: Pick<Seen, "rows">): number {
  return Math.max(
    0,
    rows.findIndex(({ id }) => id === cursor),
  );
}

/** The view with its cursor in sight, for rows that may have moved. */
export function inSight(view: View, seen: Seen): View {
  const { rows, height } = seen;
  const at = cursorAt(view, seen);
  const last = Math.max(0, rows.length - height);
  const from = Math.min(Math.max(view.from, at - height + 1), at, last);
  return { ...view, from: Math.max(0, from) };
}

const movements: Readonly<Partial<Record<Key["kind"], (at: number, seen: Seen) => number>>> = {
  up: (at) => at - 1,
  down: (at) => at + 1,
  pageUp: (at, { height }) => at - height,
  pageDown: (at, { height }) => at + height,
  home: () => 0,
  end: (_, { rows }) => rows.length - 1,
};

function moveTo(view: View, at: number, { rows }: Seen): View {
  const row = rows[Math.max(0, Math.min(at, rows.length - 1))];
  return { ...view, cursor: row?.id, message: "" };
}

const sortLetters: Readonly<Record<string, SortKey>> = {
  c: "contention",
  w: "waiters",
  g: "grants",
  t: "wait",
  o: "hold",
  h: "held",
  n: "name",
};

function letter(view: View, text: string, seen: Seen): Step {
  const key = sortLetters[text];
  if (key !== undefined) return reordered(view, { key, reversed: false });
  switch (text) {
    case "q":
      return [view, { does: "quit" }];
    case "?":
      return [{ ...view, mode: { is: "help" } }, nothing];
    case "/":
      return [{ ...view, mode: { is: "filter", text: view.filter }, message: "" }, nothing];
    case "s":
      return reordered(view, { key: nextOf(view.order.key), reversed: false });
    case "r":
      return reordered(view, { ...view.order, reversed: !view.order.reversed });
    case "j":
    case "k":
      return pressed(view, { kind: text === "j" ? "down" : "up" }, seen);
    case " ":
      return [view, { does: "refresh" }];
    case "f":
      return asking(view, seen);
    default:
      return [view, nothing];
  }
}

function reordered(view: View, order: Order): Step {
  return [{ ...view, order, from: 0, cursor: undefined, message: "" }, { does: "refresh" }];
}

function nextOf(key: SortKey): SortKey {
  return sortKeys[(sortKeys.indexOf(key) + 1) % sortKeys.length] ?? "contention";
}

function asking(view: View, seen: Seen): Step {
  const row = seen.rows[cursorAt(view, seen)];
  if (row === undefined) return [{ ...view, message: "there is no lock to free" }, nothing];
  return [{ ...view, cursor: row.id, mode: { is: "asking", row }, message: "" }, nothing];
}

function answered(view: View, row: Row, key: Key): Step {
  const table: View = { ...view, mode: { is: "table" } };
  const isYes = key.kind === "text" && (key.text === "y" || key.text === "Y");
  if (isYes)
    return [
      { ...table, message: "freeing" },
      { does: "free", row },
    ];
  return [{ ...table, message: "not freed" }, nothing];
}

function typing(view: View, text: string, key: Key): Step {
  switch (key.kind) {
    case "enter":
      return filtered(view, text);
    case "escape":
      return [{ ...view, mode: { is: "table" } }, nothing];
    case "text":
      return typed(view, text + key.text);
    case "backspace":
      return typed(view, [...text].slice(0, -1).join(""));
    case "clear":
      return typed(view, "");
    default:
      return [view, nothing];
  }
}

const filterCharactersMax = 200;

function typed(view: View, text: string): Step {
  const short = [...text].slice(0, filterCharactersMax).join("");
  return [{ ...view, mode: { is: "filter", text: short } }, nothing];
}

function filtered(view: View, filter: string): Step {
  const mode = { is: "table" } as const;
  return [{ ...view, mode, filter, from: 0, cursor: undefined, message: "" }, { does: "refresh" }];
}
