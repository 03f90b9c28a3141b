/**
 * The first bytes of a database, looked at before SQLite does: it would take an empty one
 * as a reason to throw its log away, and some damage as another way to keep a journal.
 */
import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import type { StoreFiles } from "./files.ts";
import { applicationId, pageBytes } from "./schema.ts";
import { damaged } from "../store-error.ts";

/** @throws StoreError unless the file begins, and ends, as every store does. */
export function expectHeader(files: StoreFiles): void {
  const header = Buffer.alloc(100);
  if (!existsSync(files.database)) throw damaged(files.directory, `${files.database} is missing`);
  const descriptor = openSync(files.database, "r");
  let size;
  try {
    readSync(descriptor, header, 0, header.length, 0);
    ({ size } = fstatSync(descriptor));
  } finally {
    closeSync(descriptor);
  }
  if (size === 0) throw damaged(files.directory, `${files.database} is empty`);
  const isOurs =
    header.toString("latin1", 0, 16) === "SQLite format 3\0" &&
    header.readUInt32BE(68) === applicationId &&
    header.readUInt16BE(16) === pageBytes &&
    // A log that is written ahead, 64/32/32 as the format demands, UTF-8, no vacuum.
    header.subarray(18, 24).equals(Buffer.of(2, 2, 0, 64, 32, 32)) &&
    header.readUInt32BE(52) === 0 &&
    header.readUInt32BE(56) === 1;
  if (!isOurs || size % pageBytes !== 0)
    throw damaged(files.directory, `${files.database} does not begin, or end, as a store does`);
}
