/**
 * A stored hold as bytes: what is in a row, and in the messages that carry it there.
 *
 *     f64 fence | u8 mode, u8 zero | u16 bytes of key, of requestor, of name |
 *     f64 count, since, expires | key, requestor, name | u32 CRC-32 of all that
 *
 * Little endian; `expires` is Infinity for never. Invariant: a sealed record with a byte
 * changed anywhere is not read as a hold.
 */
import { assert } from "../assert.ts";
import { recordTextBytesMax } from "./bounds.ts";
import type { StoredHold } from "./store.ts";

export const headBytes = 40;
export const checksumBytes = 4;

/** Bytes that the hold's record takes. */
export function recordBytes(hold: StoredHold): number {
  return headBytes + hold.key.length + hold.requestor.length + hold.name.length + checksumBytes;
}

/** Writes the record at `at`, without its checksum, for which there is room; returns where it ends. */
export function writeRecord(into: Buffer, view: DataView, at: number, hold: StoredHold): number {
  const { key, requestor, name } = hold;
  assert(
    Math.max(key.length, requestor.length, name.length) <= recordTextBytesMax,
    "a stored hold has a name, key or requestor that no record can tell",
  );
  view.setFloat64(at, hold.fence, true);
  view.setUint16(at + 8, hold.mode === "shared" ? 1 : 0, true);
  view.setUint16(at + 10, key.length, true);
  view.setUint16(at + 12, requestor.length, true);
  view.setUint16(at + 14, name.length, true);
  view.setFloat64(at + 16, hold.count, true);
  view.setFloat64(at + 24, hold.sinceWallMilliseconds, true);
  view.setFloat64(at + 32, hold.expiresWallMilliseconds ?? Infinity, true);
  let end = at + headBytes;
  end += into.write(key, end, "latin1");
  end += into.write(requestor, end, "latin1");
  into.set(name, end);
  return end + name.length + checksumBytes;
}

/** The hold's record in bytes of its own, not yet sealed. */
export function recordOf(hold: StoredHold): Uint8Array {
  const bytes = Buffer.alloc(recordBytes(hold));
  writeRecord(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, hold);
  return bytes;
}

/** Writes the checksum of what else is in the record and returns it. */
export function sealRecord(record: Uint8Array): number {
  const at = record.length - checksumBytes;
  const checksum = Bun.hash.crc32(record.subarray(0, at));
  record[at] = checksum;
  record[at + 1] = checksum >>> 8;
  record[at + 2] = checksum >>> 16;
  record[at + 3] = checksum >>> 24;
  return checksum;
}

/** The checksum that a sealed record says it has. */
export function checksumOf(record: Uint8Array): number {
  const at = record.length - checksumBytes;
  const high = record[at + 2]! | (record[at + 3]! << 8);
  return high * 65_536 + (record[at]! | (record[at + 1]! << 8));
}
