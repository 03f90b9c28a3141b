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
import { lastAcknowledged } from "./acknowledgements.ts";
import { busyMilliseconds } from "../bounds.ts";
import type { StoreFiles } from "./files.ts";
import { expectHeader } from "./header.ts";
import { checksumOf, readRecord } from "../record.ts";
import { readLog } from "../salvage/log.ts";
import { newestLedger } from "../salvage/salvage.ts";
import { type Ledger, readLedger, schemaVersion, tables, totalWith } from "./schema.ts";
import { damaged } from "../store-error.ts";
import type { StoredHold } from "../store.ts";
import { expectKnown } from "./upgrade.ts";
import { verified } from "./verified.ts";

/** An open look into a store. Whoever reads it closes it. */
export interface StoreContent {
  readonly ledger: Ledger;
  /** By fence. @throws StoreError, at the latest behind the last one, when it is not all that there was. */
  holds(): Generator<StoredHold, void>;
  close(): void;
}

/**
 * Opens the store for reading, in one view that later commits do not change. `isShared`:
 * a server may be writing to it meanwhile.
 * @throws StoreError
 */
export function readContent(
  files: StoreFiles,
  { isShared = false }: { readonly isShared?: boolean } = {},
): StoreContent {
  const acknowledged = lastAcknowledged(files);
  expectHeader(files);
  const database = new Database(files.database, { readonly: true, strict: true });
  try {
    const ledger = verified(files, () => openLedger(files, database));
    expectCommits(files, ledger, acknowledged);
    // Of a log that grows meanwhile, what is being written looks damaged.
    if (!isShared) expectWholeLog(files, ledger);
    return {
      ledger,
      holds: () => holdsOf(files, database, ledger),
      close: () => database.close(),
    };
  } catch (error) {
    database.close();
    throw error;
  }
}

function openLedger(files: StoreFiles, database: Database): Ledger {
  database.run(`PRAGMA busy_timeout = ${busyMilliseconds}`);
  database.run("PRAGMA cell_size_check = on");
  database.run("BEGIN");
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
  const [[complaint] = []] = database.query("PRAGMA integrity_check(1)").values() as string[][];
  if (complaint !== "ok")
    throw damaged(
      files.directory,
      `${files.database} has damaged pages (${String(complaint).replaceAll(/\s*\n\s*/g, ": ")})`,
    );
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

function* holdsOf(
  files: StoreFiles,
  database: Database,
  ledger: Ledger,
): Generator<StoredHold, void> {
  const rows = database
    .query<{ fence: number; record: Uint8Array }, []>(
      "SELECT fence, record FROM hold ORDER BY fence",
    )
    .iterate();
  let holds = 0;
  let total = 0;
  for (;;) {
    const { done, value } = verified(files, () => rows.next());
    if (done === true) break;
    const hold = readRecord(value.record);
    if (hold?.fence !== value.fence)
      throw damaged(files.directory, `${files.database} has a damaged hold (fence ${value.fence})`);
    holds++;
    total = totalWith(total, checksumOf(value.record));
    yield hold;
  }
  if (holds !== ledger.holds || total !== ledger.total)
    throw damaged(
      files.directory,
      `${files.database} has ${holds} holds, not the ${ledger.holds} that its ledger tells of`,
    );
}
