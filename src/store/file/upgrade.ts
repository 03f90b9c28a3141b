/**
 * Bringing an older database to the version that is written.
 * Invariant: an upgrade is one transaction, and begins only with a file that is a store.
 */
import { Database } from "bun:sqlite";
import { busyMilliseconds } from "../bounds.ts";
import { configure } from "./database.ts";
import type { StoreFiles } from "./files.ts";
import { expectHeader } from "./header.ts";
import { schemaVersion, type Upgrade } from "./schema.ts";
import { damaged, StoreError } from "../store-error.ts";
import { verified } from "./verified.ts";

/**
 * Brings the database to the version that is written, if it is older.
 * @throws StoreError when it is newer, or of a version that is no longer known.
 */
export function upgradeDatabase(
  files: StoreFiles,
  upgrades: Readonly<Record<number, Upgrade>>,
  wanted = schemaVersion,
): void {
  expectHeader(files);
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
    database.run(`PRAGMA busy_timeout = ${busyMilliseconds}`);
    return verified(
      files,
      () => (database.query("PRAGMA user_version").values()[0] as [number])[0],
    );
  } finally {
    database.close();
  }
}
