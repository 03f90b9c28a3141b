/** Telling damage from a database that only cannot be read at present. */
import type { StoreFiles } from "./files.ts";
import { damaged, StoreError } from "../store-error.ts";

/** Somebody else is in the way, or the system is: what is in the file may be whole. */
const notDamage = /^SQLITE_(BUSY|LOCKED|CANTOPEN|READONLY|IOERR|NOMEM|PERM|AUTH|FULL|INTERRUPT)/;

/** What SQLite throws while it reads is damage, unless somebody else is in the way. */
export function verified<T>(files: StoreFiles, read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { code, message } = error as { readonly code?: unknown; readonly message?: string };
    if (error instanceof StoreError || typeof code !== "string" || !code.startsWith("SQLITE_"))
      throw error;
    if (notDamage.test(code) && !code.includes("SHORT_READ"))
      throw new StoreError(
        "unusable",
        `the store ${files.directory} cannot be read: ${message} (${code})`,
      );
    throw damaged(files.directory, `${files.database} cannot be read: ${message} (${code})`);
  }
}
