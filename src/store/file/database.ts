/**
 * The database file, as it is written: one batch, one transaction, on disk when it is over.
 * Used by one thread of one process at a time; the directory's lock sees to that.
 *
 * Invariant: after `apply` has returned the batch is on disk and counted in the ledger and
 * in the acknowledgements; after it has thrown nothing of it is promised, and the next
 * `apply` begins with a fresh connection.
 */
import { Database } from "bun:sqlite";
import type { Statement } from "bun:sqlite";
import { Acknowledgements, lastAcknowledged } from "./acknowledgements.ts";
import { type BatchReader, readBatch } from "../batch.ts";
import { busyMilliseconds, checkpointPages, journalBytesKept } from "../bounds.ts";
import type { StoreFiles } from "./files.ts";
import { checksumOf, sealRecord } from "../record.ts";
import { type Ledger, ledgerChecksum, readLedger, totalWith } from "./schema.ts";
import { damaged } from "../store-error.ts";

export class StoreDatabase {
  readonly #files: StoreFiles;
  #connection: Connection | null = null;

  constructor(files: StoreFiles) {
    this.#files = files;
  }

  /** @throws whatever SQLite or the system says. */
  apply(batch: Uint8Array): void {
    this.#connection ??= new Connection(this.#files);
    try {
      this.#connection.apply(batch);
    } catch (error) {
      this.close();
      throw error;
    }
  }

  close(): void {
    const connection = this.#connection;
    this.#connection = null;
    connection?.close();
  }
}

/** What every connection that writes says first. */
export function configure(database: Database): void {
  database.run(`PRAGMA busy_timeout = ${busyMilliseconds}`);
  database.run("PRAGMA journal_mode = wal");
  // A commit is over when the disk has it, and on macOS really has it.
  database.run("PRAGMA synchronous = full");
  database.run("PRAGMA fullfsync = on");
  database.run("PRAGMA checkpoint_fullfsync = on");
  // What was released leaves no trace: keys are secrets, and a repair reads every page.
  database.run("PRAGMA secure_delete = on");
  database.run("PRAGMA cell_size_check = on");
  database.run("PRAGMA trusted_schema = off");
  database.run(`PRAGMA wal_autocheckpoint = ${checkpointPages}`);
  database.run(`PRAGMA journal_size_limit = ${journalBytesKept}`);
}

/** Writes the one row of the ledger. */
export function writeLedger(database: Database, ledger: Ledger): void {
  const { batch, holds, total, fenceMark } = ledger;
  database
    .query("REPLACE INTO ledger VALUES (1, ?, ?, ?, ?, ?)")
    .run(batch, holds, total, fenceMark, ledgerChecksum(ledger));
}

/** Not by its size: a power cut may leave a file that is long enough, with nothing in it. */
function begun(files: StoreFiles, batch: number): Acknowledgements {
  const acknowledgements = new Acknowledgements(files);
  try {
    if (lastAcknowledged(files) === null) acknowledgements.begin(batch);
  } catch (error) {
    acknowledgements.close();
    throw error;
  }
  return acknowledgements;
}

class Connection implements BatchReader {
  readonly #database: Database;
  readonly #acknowledgements: Acknowledgements;
  readonly #insert: Statement;
  readonly #delete: Statement<{ record: Uint8Array }>;
  /** As of the last commit, … */
  #ledger: Ledger;
  /** … and what the transaction under way makes of it. */
  #holds = 0;
  #total = 0;
  #fenceMark = 0;

  constructor(files: StoreFiles) {
    this.#database = new Database(files.database, { readwrite: true, strict: true });
    try {
      configure(this.#database);
      this.#insert = this.#database.prepare("INSERT INTO hold VALUES (?, ?)");
      this.#delete = this.#database.prepare("DELETE FROM hold WHERE fence = ? RETURNING record");
      const ledger = readLedger(this.#database);
      if (ledger === null) throw damaged(files.directory, `${files.database} has lost its ledger`);
      this.#ledger = ledger;
      this.#acknowledgements = begun(files, ledger.batch);
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  apply(batch: Uint8Array): void {
    ({ holds: this.#holds, total: this.#total, fenceMark: this.#fenceMark } = this.#ledger);
    this.#database.run("BEGIN IMMEDIATE");
    readBatch(batch, this);
    const ledger = {
      batch: this.#ledger.batch + 1,
      holds: this.#holds,
      total: this.#total,
      fenceMark: this.#fenceMark,
    };
    writeLedger(this.#database, ledger);
    this.#database.run("COMMIT");
    this.#ledger = ledger;
    this.#acknowledgements.write(ledger.batch);
  }

  put(fence: number, record: Uint8Array): void {
    this.remove(fence);
    this.#total = totalWith(this.#total, sealRecord(record));
    this.#holds++;
    // Should more have been given than was reserved: this one is about to be told.
    this.reserve(fence);
    this.#insert.run(fence, record);
  }

  remove(fence: number): void {
    const removed = this.#delete.get(fence);
    if (removed === null) return;
    this.#total = totalWith(this.#total, -checksumOf(removed.record));
    this.#holds--;
  }

  reserve(fenceMark: number): void {
    this.#fenceMark = Math.max(this.#fenceMark, fenceMark);
  }

  /** What is open of a transaction is rolled back. */
  close(): void {
    this.#acknowledgements.close();
    this.#insert.finalize();
    this.#delete.finalize();
    this.#database.close();
  }
}
