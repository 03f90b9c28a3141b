/**
 * What is in a store, verified: nothing is taken from a database that is not exactly what
 * was written last. Reading changes none of the files.
 *
 * What notices what: the header, a database that SQLite would take for another or empty;
 * SQLite's own check, pages that do not fit together; the record's checksum, a hold that
 * changed; the ledger, holds that are missing, stale or too many; the acknowledgements,
 * commits that the log has lost; the log itself, commits behind damage in it.
 */
import { Database } from "bun:sqlite";
import { lastAcknowledged, lastWrittenMilliseconds } from "./acknowledgements.ts";
import { busyMilliseconds } from "../bounds.ts";
import type { StoreFiles } from "./files.ts";
import { expectHeader } from "./header.ts";
import { readLog } from "../salvage/log.ts";
import { newestLedger } from "../salvage/salvage.ts";
import { Rows } from "./rows.ts";
import { type Ledger, readLedger, schemaVersion, tables } from "./schema.ts";
import { damaged } from "../store-error.ts";
import { holdsOf, type StoredHold, type StoredRecords } from "../store.ts";
import { expectKnown } from "./upgrade.ts";
import { verified } from "./verified.ts";

/** An open look into a store. Whoever reads it closes it. */
export interface StoreContent {
  readonly ledger: Ledger;
  /** When something was written last; `null`: nobody knows. */
  readonly writtenWallMilliseconds: number | null;
  /** By fence, once. What they tell throws a StoreError, at the latest behind the last one. */
  records(): StoredRecords;
  /** The same, each for good. */
  holds(): Generator<StoredHold, void>;
  close(): void;
}

interface Reading {
  /** A server may be writing to it meanwhile. */
  readonly isShared?: boolean;
  /** Somebody else calls `expectWholePages` meanwhile. */
  readonly arePagesLeft?: boolean;
}

/**
 * Opens the store for reading, in one view that later commits do not change.
 * @throws StoreError
 */
export function readContent(
  files: StoreFiles,
  { isShared = false, arePagesLeft = false }: Reading = {},
): StoreContent {
  const acknowledged = lastAcknowledged(files);
  const writtenWallMilliseconds = lastWrittenMilliseconds(files);
  expectHeader(files);
  const database = new Database(files.database, { readonly: true, strict: true });
  try {
    const ledger = verified(files, () => {
      begin(database);
      expectTables(files, database);
      if (!arePagesLeft) checkPages(files, database);
      return ledgerOf(files, database);
    });
    expectCommits(files, ledger, acknowledged);
    // Of a log that grows meanwhile, what is being written looks damaged.
    if (!isShared) expectWholeLog(files, ledger);
    const records = (): StoredRecords => new Rows(files, database, ledger);
    return {
      ledger,
      writtenWallMilliseconds,
      records,
      holds: () => holdsOf(records()),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

/** Whether the pages of a store fit together: as long as all the rest. @throws StoreError */
export function expectWholePages(files: StoreFiles): void {
  const database = new Database(files.database, { readonly: true, strict: true });
  try {
    verified(files, () => {
      begin(database);
      checkPages(files, database);
    });
  } finally {
    database.close();
  }
}

function begin(database: Database): void {
  database.run(`PRAGMA busy_timeout = ${busyMilliseconds}`);
  database.run("PRAGMA cell_size_check = on");
  database.run("BEGIN");
}

function expectTables(files: StoreFiles, database: Database): void {
  const [version] = database.query("PRAGMA user_version").values()[0] as [number];
  expectKnown(files, version, schemaVersion);
  const found = database.query("SELECT name, sql FROM sqlite_schema").values() as string[][];
  const wanted = Object.entries(tables);
  if (
    version !== schemaVersion ||
    found.length !== wanted.length ||
    found.some(([name = "", sql]) => tables[name] !== sql)
  )
    throw damaged(files.directory, `${files.database} does not have the tables of a store`);
}

function checkPages(files: StoreFiles, database: Database): void {
  const [[complaint] = []] = database.query("PRAGMA integrity_check(1)").values() as string[][];
  if (complaint !== "ok")
    throw damaged(
      files.directory,
      `${files.database} has damaged pages (${String(complaint).replaceAll(/\s*\n\s*/g, ": ")})`,
    );
}

function ledgerOf(files: StoreFiles, database: Database): Ledger {
  const ledger = readLedger(database);
  if (ledger === null) throw damaged(files.directory, `${files.database} has lost its ledger`);
  return ledger;
}

function expectCommits(files: StoreFiles, ledger: Ledger, acknowledged: number | null): void {
  if (acknowledged === null && ledger.batch > 0)
    throw damaged(
      files.directory,
      `${files.acknowledged} is missing or cannot be read, so nobody knows whether all is there`,
    );
  const lost = (acknowledged ?? 0) - ledger.batch;
  if (lost > 0)
    throw damaged(
      files.directory,
      `${files.log} has lost the last ${lost} of ${acknowledged} commits, or ${files.database} is an old copy`,
    );
}

/**
 * Recovery ends at the first frame that is damaged. One commit behind that may be what was
 * on its way when the power went; of two, the first was on disk before the second began.
 */
function expectWholeLog(files: StoreFiles, ledger: Ledger): void {
  const { pagesBehindDamage } = readLog(files.log);
  const behind = newestLedger(pagesBehindDamage);
  if (behind === null || behind.batch <= ledger.batch + 1) return;
  throw damaged(
    files.directory,
    `${files.log} is damaged in front of commit ${behind.batch}, and only ${ledger.batch} can be recovered`,
  );
}
