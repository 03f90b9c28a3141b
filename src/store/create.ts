/**
 * Making a database, and bringing an older one to the version that is written.
 * Invariant: under its name there is a whole database or none: it is made under another,
 * written out, and renamed. An upgrade is one transaction.
 */
import { Database } from "bun:sqlite";
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { configure, writeLedger } from "./database.ts";
import { removeDraft, syncDirectory } from "./directory.ts";
import type { StoreFiles } from "./files.ts";
import {
  applicationId,
  type Ledger,
  pageBytes,
  schemaVersion,
  tables,
  totalWith,
  type Upgrade,
} from "./schema.ts";
import { sealRecord } from "./record.ts";
import { damaged, StoreError } from "./store-error.ts";

/** What a new database begins with. */
export interface Beginning {
  /** Commits that count as made: above those of a database that this one replaces. */
  readonly batch: number;
  readonly fenceMark: number;
  /** By fence; the checksums of the records are written here. */
  readonly records: Iterable<readonly [fence: number, record: Uint8Array]>;
}

const nothing: Beginning = { batch: 0, fenceMark: 0, records: [] };

/** Makes the database of a directory that has none. */
export function createDatabase(files: StoreFiles, beginning: Beginning = nothing): void {
  writeDraft(files, beginning);
  placeDraft(files);
}

/** Makes it under the draft's name, whole and on disk. */
export function writeDraft(files: StoreFiles, beginning: Beginning): void {
  removeDraft(files);
  const database = new Database(files.draft, { create: true, readwrite: true, strict: true });
  try {
    database.run(`PRAGMA page_size = ${pageBytes}`);
    configure(database);
    database.run("BEGIN IMMEDIATE");
    for (const sql of Object.values(tables)) database.run(sql);
    database.run(`PRAGMA application_id = ${applicationId}`);
    database.run(`PRAGMA user_version = ${schemaVersion}`);
    writeLedger(database, fill(database, beginning));
    database.run("COMMIT");
    database.run("PRAGMA wal_checkpoint(TRUNCATE)");
  } finally {
    database.close();
  }
  const descriptor = openSync(files.draft, "r+");
  // SQLite gives its log the mode of its database.
  fchmodSync(descriptor, 0o600);
  fsyncSync(descriptor);
  closeSync(descriptor);
}

/** Gives the draft its name; there must be no log under that name. */
export function placeDraft(files: StoreFiles): void {
  renameSync(files.draft, files.database);
  syncDirectory(dirname(files.database));
}

function fill(database: Database, { batch, fenceMark, records }: Beginning): Ledger {
  const insert = database.prepare("INSERT INTO hold VALUES (?, ?)");
  let holds = 0;
  let total = 0;
  for (const [fence, record] of records) {
    total = totalWith(total, sealRecord(record));
    holds++;
    insert.run(fence, record);
  }
  insert.finalize();
  return { batch, holds, total, fenceMark };
}

/**
 * Brings the database to the version that is written, if it is older.
 * @throws StoreError when it is newer, or of a version that is no longer known.
 */
export function upgradeDatabase(
  files: StoreFiles,
  upgrades: Readonly<Record<number, Upgrade>>,
  wanted = schemaVersion,
): void {
  const found = versionOf(files);
  if (found === wanted) return;
  if (found < 1) throw damaged(files.directory, `${files.database} has lost its version`);
  expectKnown(files, found, wanted);
  const database = new Database(files.database, { readwrite: true, strict: true });
  try {
    configure(database);
    database.run("BEGIN IMMEDIATE");
    for (let version = found; version < wanted; version++) {
      const upgrade = upgrades[version];
      if (upgrade === undefined)
        throw new StoreError(
          "unusable",
          `the store ${files.directory} has version ${found}, which this glockd no longer reads; ` +
            "start one in between first, which brings it further",
        );
      upgrade(database);
    }
    database.run(`PRAGMA user_version = ${wanted}`);
    database.run("COMMIT");
  } finally {
    database.close();
  }
}

/** @throws StoreError for a version later than the one that is written. */
export function expectKnown({ directory }: StoreFiles, found: number, wanted: number): void {
  if (found <= wanted) return;
  throw new StoreError(
    "newer",
    `the store ${directory} was written by a newer glockd: it has version ${found}, this one reads ` +
      `up to ${wanted}; start that glockd, or use \`glockd store dump\` of it and import the lines here`,
  );
}

function versionOf(files: StoreFiles): number {
  const database = new Database(files.database, { readonly: true, strict: true });
  try {
    return (database.query("PRAGMA user_version").values()[0] as [number])[0];
  } catch (error) {
    throw damaged(files.directory, `${files.database} cannot be read (${String(error)})`);
  } finally {
    database.close();
  }
}
