/** What is in a store's directory, by name. */
import { join } from "node:path";

export interface StoreFiles {
  readonly directory: string;
  /** SQLite's database, … */
  readonly database: string;
  /** … its write-ahead log, and its index of that while somebody has it open. */
  readonly log: string;
  readonly index: string;
  /** Which commit was acknowledged last: acknowledgements.ts. */
  readonly acknowledged: string;
  /** Who uses the store: locked, and has a process id in it. */
  readonly lock: string;
  /** A database that is being made; it becomes `database` when it is whole. */
  readonly draft: string;
}

export function filesOf(directory: string): StoreFiles {
  const database = join(directory, "holds.db");
  return {
    directory,
    database,
    log: `${database}-wal`,
    index: `${database}-shm`,
    acknowledged: join(directory, "acknowledged"),
    lock: join(directory, "lock"),
    draft: join(directory, "draft.db"),
  };
}

/** Begins the name of what a repair keeps of a damaged store. */
export const damagedPrefix = "damaged-";
