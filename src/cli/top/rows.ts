/**
 * The rows of the table: what a listing says of a lock, and what was seen of it since.
 * Invariant: a listing of any length costs the memory of `rowsMax` rows, and those are
 * the first in the order that is asked for.
 */
import type { LockInfo } from "../../client/index.ts";
import { type Activity, type LockActivity, lockId } from "./activity.ts";

export interface Row {
  readonly id: string;
  readonly name: string;
  readonly mode: "exclusive" | "shared";
  /** The first holder's name, else its address; undefined when nobody holds it now. */
  readonly holder: string | undefined;
  readonly holders: number;
  /** When the first of them got it; undefined when nobody holds it now. */
  readonly sinceMilliseconds: number | undefined;
  readonly waiters: number;
  /** Undefined when events are not told. */
  readonly activity: LockActivity | undefined;
}

export const sortKeys = [
  "contention",
  "waiters",
  "grants",
  "wait",
  "hold",
  "held",
  "name",
] as const;
export type SortKey = (typeof sortKeys)[number];

/** How rows are ordered; `reversed` turns it round. */
export interface Order {
  readonly key: SortKey;
  readonly reversed: boolean;
}

/** Rows that are kept of a listing: more than anybody scrolls through. */
export const rowsMax = 1_000;

/** What a listing says in all. */
export interface Totals {
  readonly locks: number;
  readonly waitedFor: number;
  readonly waiters: number;
}

export interface Table {
  readonly rows: readonly Row[];
  readonly totals: Totals;
}

/** Collects a listing, lock by lock. */
export class Collection {
  private rows: Row[] = [];
  private readonly seen = new Set<string>();
  private readonly activity: Activity | undefined;
  private readonly order: Order;
  private readonly filter: string;
  private totals = { locks: 0, waitedFor: 0, waiters: 0 };

  /** `filter` is what a name has to contain. Without `activity` nothing is known of events. */
  constructor(options: {
    readonly activity: Activity | undefined;
    readonly order: Order;
    readonly filter: string;
  }) {
    this.activity = options.activity;
    this.order = options.order;
    this.filter = options.filter;
  }

  take(lock: LockInfo): void {
    this.totals.locks += 1;
    this.totals.waiters += lock.waiters;
    if (lock.waiters > 0) this.totals.waitedFor += 1;
    const id = lockId(lock.mode, lock.name);
    const known = this.activity?.of(id);
    if (known !== undefined) this.seen.add(id);
    const activity = known ?? (this.activity && idle);
    if (!lock.name.includes(this.filter)) return;
    this.rows.push(rowOf(id, lock, activity));
    if (this.rows.length >= 2 * rowsMax) this.cut();
  }

  /** With the locks that were active lately and are free at this moment. */
  table(prefix: string): Table {
    for (const id of this.activity?.ids() ?? []) {
      const name = id.slice(1);
      if (this.seen.has(id) || !name.startsWith(prefix) || !name.includes(this.filter)) continue;
      const activity = this.activity?.of(id);
      if (activity !== undefined && activity.grantsPerSecond > 0)
        this.rows.push(freeRow(id, activity));
    }
    this.cut();
    return { rows: this.rows, totals: this.totals };
  }

  private cut(): void {
    this.rows = sorted(this.rows, this.order).slice(0, rowsMax);
  }
}

/** Of a lock of which no event has told. */
const idle: LockActivity = {
  grantsPerSecond: 0,
  waitP50: undefined,
  waitP99: undefined,
  holdP50: undefined,
  holdP99: undefined,
};

/** The most of it first, names from A on; ties by contention and then by name. */
export function sorted(rows: readonly Row[], { key, reversed }: Order): Row[] {
  const sign = reversed ? -1 : 1;
  return rows.toSorted(
    (a, b) =>
      sign * comparisons[key](a, b) ||
      comparisons.contention(a, b) ||
      comparisons.name(a, b) ||
      (a.mode < b.mode ? -1 : 1),
  );
}

const comparisons: Readonly<Record<SortKey, (a: Row, b: Row) => number>> = {
  contention: (a, b) =>
    b.waiters - a.waiters ||
    most((row) => row.activity?.waitP99, a, b) ||
    most((row) => row.activity?.grantsPerSecond, a, b),
  waiters: (a, b) => b.waiters - a.waiters,
  grants: (a, b) => most((row) => row.activity?.grantsPerSecond, a, b),
  wait: (a, b) => most((row) => row.activity?.waitP99, a, b),
  hold: (a, b) => most((row) => row.activity?.holdP99, a, b),
  // Held for the longest time is held since the smallest.
  held: (a, b) => most((row) => row.sinceMilliseconds && -row.sinceMilliseconds, a, b),
  name: (a, b) => (a.name < b.name ? -1 : Number(a.name > b.name)),
};

/** What is not known comes last. */
function most(value: (row: Row) => number | undefined, a: Row, b: Row): number {
  const [first = -Infinity, second = -Infinity] = [value(a), value(b)];
  return first === second ? 0 : second - first;
}

function rowOf(id: string, lock: LockInfo, activity: LockActivity | undefined): Row {
  const [first] = lock.holders;
  const since = lock.holders.map((holder) => Date.parse(holder.since));
  return {
    id,
    name: lock.name,
    mode: lock.mode,
    holder: first === undefined ? undefined : (first.name ?? first.client ?? "?"),
    holders: lock.holders.length,
    sinceMilliseconds: first === undefined ? undefined : since.reduce((a, b) => Math.min(a, b)),
    waiters: lock.waiters,
    activity,
  };
}

function freeRow(id: string, activity: LockActivity): Row {
  return {
    id,
    name: id.slice(1),
    mode: id.startsWith("s") ? "shared" : "exclusive",
    holder: undefined,
    holders: 0,
    sinceMilliseconds: undefined,
    waiters: 0,
    activity,
  };
}
