/** What keeps a store from being written, in words for people. */
import { reasonOf } from "../../system/reason.ts";
import { StoreError } from "../store-error.ts";

/** By SQLite's result codes (sqlite3.h); an extended code begins with its plain one. */
const reasons: readonly (readonly [code: RegExp, words: (directory: string) => string])[] = [
  [/^SQLITE_FULL|^ENOSPC|^EDQUOT/, (directory) => `no room is left on the disk of ${directory}`],
  [/^SQLITE_READONLY|^EROFS/, (directory) => `${directory} cannot be written: it is read-only`],
  [
    /^SQLITE_(CORRUPT|NOTADB)/,
    (directory) => `the store ${directory} is damaged; stop the server and repair it`,
  ],
  [
    /^SQLITE_BUSY|^SQLITE_LOCKED/,
    (directory) => `another program has the database in ${directory} locked`,
  ],
  [/^SQLITE_IOERR/, (directory) => `the disk of ${directory} gives input or output errors`],
  [/^SQLITE_CANTOPEN/, (directory) => `the database in ${directory} cannot be opened`],
];

/**
 * What to throw for an error of SQLite or the system that came while a store was made or
 * opened: a StoreError; any other error as it is.
 */
export function unusable(error: unknown, directory: string): unknown {
  const { code } = error as { readonly code?: unknown };
  if (error instanceof StoreError || typeof code !== "string") return error;
  return new StoreError("unusable", failureOf(error, directory));
}

/**
 * Why a write to the store in `directory` failed. Nothing of what was to be written is in it.
 * @throws the error itself, when neither the disk nor the system caused it.
 */
export function failureOf(error: unknown, directory: string): string {
  if (error instanceof StoreError) return error.message;
  const { code } = error as { readonly code?: unknown };
  if (typeof code !== "string") throw error;
  const [, words] = reasons.find(([pattern]) => pattern.test(code)) ?? [];
  return words === undefined
    ? `the store ${directory} cannot be written: ${reasonOf(error)}`
    : `${words(directory)} (${code})`;
}
