/**
 * The tables of each version of the database, and the way from one version to the next.
 *
 * `hold` has a row for each hold (record.ts). `ledger` has one row that says what must be
 * there: how many commits there were, how many holds there are, and the sum of their
 * checksums. Every commit changes it, so that a page that is stale or lost is noticed.
 */
import type { Database } from "bun:sqlite";

/** "glkd": what `PRAGMA application_id` says of a database of ours. */
export const applicationId = 0x676c6b64;

/** What this glockd writes. */
export const schemaVersion = 1;

export const pageBytes = 4_096;

/** The tables of the version that is written, by name, as SQLite repeats them. */
export const tables: Readonly<Record<string, string>> = {
  hold: "CREATE TABLE hold (fence INTEGER PRIMARY KEY, record BLOB NOT NULL) STRICT",
  ledger:
    "CREATE TABLE ledger (id INTEGER PRIMARY KEY, batch INTEGER NOT NULL, holds INTEGER NOT NULL, " +
    "total INTEGER NOT NULL, fence_mark INTEGER NOT NULL, checksum INTEGER NOT NULL) STRICT",
};

/** Changes the tables of one version into those of the next, inside of a transaction. */
export type Upgrade = (database: Database) => void;

/** By the version that each leads from. A version without one can no longer be read. */
export const upgrades: Readonly<Record<number, Upgrade>> = {};

/** What the one row of `ledger` says. */
export interface Ledger {
  /** Commits so far. */
  readonly batch: number;
  readonly holds: number;
  /** Of the holds' checksums, below 2^52. */
  readonly total: number;
  readonly fenceMark: number;
}

const totalModulus = 2 ** 52;

/** A total of checksums with one more, or less: `change` is the checksum or its negative. */
export function totalWith(total: number, change: number): number {
  return (total + change + totalModulus) % totalModulus;
}

/** Of all that the ledger says. */
export function ledgerChecksum({ batch, holds, total, fenceMark }: Ledger): number {
  return Bun.hash.crc32(`${batch} ${holds} ${total} ${fenceMark}`);
}

/** The ledger; `null` when it is not there or not as it was written. */
export function readLedger(database: Database): Ledger | null {
  const rows = database
    .query("SELECT batch, holds, total, fence_mark, checksum FROM ledger")
    .values() as number[][];
  const [batch = -1, holds = -1, total = -1, fenceMark = -1, checksum = -1] = rows[0] ?? [];
  const ledger = { batch, holds, total, fenceMark };
  return rows.length === 1 && ledgerChecksum(ledger) === checksum ? ledger : null;
}
