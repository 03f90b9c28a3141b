/**
 * Making a database.
 * Invariant: under its name there is a whole database or none: it is made under another,
 * written out, and renamed.
 */
import { Database } from "bun:sqlite";
import { closeSync, fchmodSync, fsyncSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { configure, writeLedger } from "./database.ts";
import { removeDraft, syncDirectory } from "./directory.ts";
import type { StoreFiles } from "./files.ts";
import { sealRecord } from "../record.ts";
import {
  applicationId,
  type Ledger,
  pageBytes,
  schemaVersion,
  tables,
  totalWith,
} from "./schema.ts";

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
