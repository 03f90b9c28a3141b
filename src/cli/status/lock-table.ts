/**
 * Locks in columns for people: a line for each holder.
 * Invariant: whatever names hold, a line stays a line, and a terminal obeys none of them.
 */
import type { HolderInfo, LockInfo } from "../../client/index.ts";
import { shownName } from "../display/printable.ts";

/** What stands in a cell that has nothing to say: columns that programs count stay in place. */
const nothing = "-";

const head = ["NAME", "MODE", "HOLDER", "SINCE", "EXPIRES", "WAITERS", "FENCE"];

/** The table with its head, each line with its LF. */
export function lockTable(locks: readonly LockInfo[]): string {
  const rows = [head, ...locks.flatMap(rowsOf)];
  const widths = head.map((_, column) =>
    Math.max(...rows.map((row) => Bun.stringWidth(row[column] ?? ""))),
  );
  const line = (row: readonly string[]): string =>
    row.map((cell, column) => padded(cell, widths[column] ?? 0)).join("  ");
  return rows.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** A lock that is only waited for, as its holder is just leaving, has a line as well. */
function rowsOf(lock: LockInfo): string[][] {
  const { name, mode, waiters, holders } = lock;
  const of = (holder: HolderInfo | undefined): string[] => [
    shownName(name),
    mode,
    holder === undefined ? nothing : holderName(holder),
    moment(holder?.since),
    moment(holder?.expires),
    String(waiters),
    holder === undefined ? nothing : String(holder.fence),
  ];
  return holders.length === 0 ? [of(undefined)] : holders.map(of);
}

function holderName({ name, client }: HolderInfo): string {
  const who = name ?? client;
  return who === null ? nothing : shownName(who);
}

/** To the second: `2026-01-02T03:04:05Z`. */
function moment(time: string | null | undefined): string {
  return time?.replace(/\.\d+/, "") ?? nothing;
}

function padded(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - Bun.stringWidth(cell)));
}
