/**
 * Whatever can still be read of a store: each page of the database, with what the log has
 * of it, is looked at for holds whose checksum is right. Nothing is changed.
 *
 * What it cannot know: a hold whose removal was lost is told as if it were still there.
 */
import { readFileSync } from "node:fs";
import type { StoreFiles } from "../file/files.ts";
import { readRecord } from "../record-view.ts";
import { type Ledger, ledgerChecksum, pageBytes } from "../file/schema.ts";
import type { StoredHold } from "../store.ts";
import { readLog } from "./log.ts";
import { rowsOf, type Value } from "./page.ts";

export interface Salvage {
  /** By fence. */
  readonly holds: readonly StoredHold[];
  /** The newest that can be read. */
  readonly ledger: Ledger | null;
  /** What could not be read, a sentence each. */
  readonly losses: readonly string[];
}

/** Reads what there is. @throws what the system says when a file cannot be read at all. */
export function salvage(files: StoreFiles): Salvage {
  const pages = pagesOf(files);
  const found = new Map<number, StoredHold>();
  const losses: string[] = [];
  let ledger: Ledger | null = null;
  for (const [number, page] of pages) {
    let unreadable = 0;
    for (const row of rowsOf(page, number, (wanted) => pages.get(wanted))) {
      const content = row === null ? null : contentOf(row);
      if (content === null) unreadable++;
      else if ("batch" in content) ledger = newer(ledger, content);
      else if ("fence" in content) found.set(content.fence, content);
    }
    if (unreadable > 0)
      losses.push(`${unreadable} holds in page ${number} of ${files.database} cannot be read`);
  }
  const holds = [...found.values()].sort((one, other) => one.fence - other.fence);
  if (ledger === null) losses.push("the ledger, which says how much there was, cannot be read");
  else if (ledger.holds !== holds.length)
    losses.push(`there were ${ledger.holds} holds, ${holds.length} can be read`);
  return { holds, ledger, losses };
}

/** The newest ledger in the pages of a log. */
export function newestLedger(
  pages: readonly { readonly number: number; readonly bytes: Buffer }[],
): Ledger | null {
  let ledger: Ledger | null = null;
  for (const { number, bytes } of pages)
    for (const row of rowsOf(bytes, number, () => undefined)) {
      const content = row === null ? null : contentOf(row);
      if (content !== null && "batch" in content) ledger = newer(ledger, content);
    }
  return ledger;
}

/** Each page's newest image, in the order of their numbers. */
function pagesOf(files: StoreFiles): Map<number, Buffer> {
  const pages = new Map<number, Buffer>();
  const bytes = readDatabase(files.database);
  for (let at = 0; at < bytes.length; at += pageBytes) {
    const page = Buffer.alloc(pageBytes);
    // The last one may be torn off.
    page.set(bytes.subarray(at, at + pageBytes));
    pages.set(at / pageBytes + 1, page);
  }
  const log = readLog(files.log);
  for (const { number, bytes: image } of [...log.pages, ...log.pagesBehindDamage])
    pages.set(number, image);
  return pages;
}

function readDatabase(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    // The log may have all that there was.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}

type Content = StoredHold | Ledger | { readonly kind: "schema" };

/** What a row is; `null` for a hold, or a ledger, that is not as it was written. */
function contentOf(row: readonly Value[]): Content | null {
  // The key of a row is not repeated in it.
  const [, record, holds, total, fenceMark, checksum] = row;
  if (row.length === 2) return record instanceof Buffer ? readRecord(record) : null;
  if (row.length !== 6) return row.length === 5 ? { kind: "schema" } : null;
  const ledger = { batch: record, holds, total, fenceMark } as Ledger;
  return ledgerChecksum(ledger) === checksum ? ledger : null;
}

function newer(one: Ledger | null, other: Ledger): Ledger {
  return one === null || other.batch > one.batch ? other : one;
}
