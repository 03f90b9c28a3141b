/**
 * The directory of a store: that it is there, that nobody else may enter it, that one
 * process uses it at a time, and what is in it.
 *
 * Invariant: a store is made only where there is nothing; whatever looks as if there had
 * been one, or is something else, is left as it is and refused.
 */
import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
  statSync,
} from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { PidfileError, takePidfile } from "../../system/pidfile.ts";
import { reasonOf } from "../../system/reason.ts";
import { damagedPrefix, filesOf, type StoreFiles } from "./files.ts";
import { damaged, StoreError } from "../store-error.ts";

/** A directory that this process has for itself until `release`. */
export interface Claim {
  readonly files: StoreFiles;
  /** There was no store: one has to be made. */
  readonly isEmpty: boolean;
  release(): void;
}

/** `create` makes what is missing; `repair` takes a store whose database is missing as well. */
export type Purpose = "create" | "read" | "repair";

/**
 * Takes the directory at `path` for this process.
 * @throws StoreError
 */
export function claimDirectory(path: string, purpose: Purpose): Claim {
  const files = filesOf(resolve(path));
  try {
    if (purpose === "create") makeDirectory(files.directory);
    expectDirectory(files.directory);
    // Before the lock, which is a file too.
    const isEmpty = looksEmpty(files, purpose === "repair");
    if (isEmpty && purpose !== "create") throw nothingIn(path);
    closeToOthers(files.directory);
    const lock = takePidfile(files.lock);
    return { files, isEmpty, release: () => lock.release() };
  } catch (error) {
    throw explained(error, files);
  }
}

/** What `directory` has to do with a store, without touching it. @throws StoreError */
export function inspectDirectory(path: string): StoreFiles {
  const files = filesOf(resolve(path));
  try {
    expectDirectory(files.directory);
    if (looksEmpty(files, true)) throw nothingIn(path);
  } catch (error) {
    throw explained(error, files);
  }
  return files;
}

/** Makes what was created, renamed or removed in `directory` last. */
export function syncDirectory(directory: string): void {
  // Windows has no such thing, and needs none.
  if (process.platform === "win32") return;
  const descriptor = openSync(directory, "r");
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** Removes a draft that was never finished, or what SQLite had beside it. */
export function removeDraft({ draft }: StoreFiles): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) rmSync(draft + end, { force: true });
}

function nothingIn(path: string): StoreError {
  return new StoreError("unusable", `there is no store in ${path}`);
}

function makeDirectory(directory: string): void {
  const first = mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (first !== undefined) syncDirectory(dirname(first));
}

function expectDirectory(directory: string): void {
  if (statSync(directory).isDirectory()) return;
  throw new StoreError("unusable", `${directory} cannot be a store: it is not a directory`);
}

/** Whether a store may be made here. @throws StoreError when something is there that is none. */
function looksEmpty(files: StoreFiles, isDamageFine: boolean): boolean {
  const names = readdirSync(files.directory);
  if (names.includes(basename(files.database))) return false;
  const remains = new Set(
    [files.log, files.index, files.acknowledged].map((file) => basename(file)),
  );
  const trace = names.find((name) => remains.has(name) || name.startsWith(damagedPrefix));
  if (trace !== undefined && isDamageFine) return false;
  if (trace !== undefined)
    throw damaged(files.directory, `${files.database} is missing, though ${trace} is there`);
  const ours = new Set([basename(files.lock), "lost+found"]);
  const stranger = names.find((name) => !ours.has(name) && !name.startsWith(basename(files.draft)));
  if (stranger === undefined) return true;
  throw new StoreError(
    "unusable",
    `${files.directory} is no store: it has other files in it, such as ${JSON.stringify(stranger)}; ` +
      "name an empty directory, or one that does not exist",
  );
}

/**
 * Tightened without asking: keys of locks are secrets, there is nothing but the store in
 * it, and `mkdir` leaves a directory open to everybody.
 */
function closeToOthers(directory: string): void {
  if (process.platform === "win32") return;
  const mode = statSync(directory).mode & 0o7777;
  if ((mode & 0o077) === 0) return;
  try {
    chmodSync(directory, 0o700);
  } catch (error) {
    throw new StoreError(
      "unusable",
      `others may enter ${directory} (mode ${mode.toString(8)}), and that cannot be changed: ` +
        `${reasonOf(error)}; run chmod 700 on it as its owner`,
    );
  }
}

function explained(error: unknown, files: StoreFiles): unknown {
  const { directory } = files;
  if (error instanceof StoreError) return error;
  if (error instanceof PidfileError && error.status === 4) {
    const holder = error.holder === undefined ? "another process" : `process ${error.holder}`;
    return new StoreError(
      "held",
      `the store ${directory} is in use by ${holder}; stop that one first, or name another directory`,
    );
  }
  if (error instanceof PidfileError)
    return new StoreError("unusable", `the store ${directory} cannot be locked: ${error.message}`);
  if ((error as NodeJS.ErrnoException).code === undefined) return error;
  return new StoreError("unusable", `${directory} cannot be a store: ${reasonOf(error)}`);
}
