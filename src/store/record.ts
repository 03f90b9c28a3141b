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

const headBytes = 40;
const checksumBytes = 4;

/** The CRC-32 of anything that ends with its own CRC-32. */
const residue = 0x2144df1c;

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

/** Views on a record cost more than all else that is read of it, so one buffer serves them all. */
const desk = Buffer.alloc(headBytes + 3 * recordTextBytesMax + checksumBytes);
const deskView = new DataView(desk.buffer, desk.byteOffset, desk.length);

/** The hold of a sealed record; `null` when the bytes are not one, whole and unchanged. */
export function readRecord(record: Uint8Array): StoredHold | null {
  const end = record.length - checksumBytes;
  if (end < headBytes || record.length > desk.length) return null;
  if (Bun.hash.crc32(record) !== residue) return null;
  desk.set(record);
  const requestorAt = headBytes + deskView.getUint16(10, true);
  const nameAt = requestorAt + deskView.getUint16(12, true);
  const mode = deskView.getUint16(8, true);
  if (nameAt + deskView.getUint16(14, true) !== end || mode > 1) return null;
  const expires = deskView.getFloat64(32, true);
  return {
    fence: deskView.getFloat64(0, true),
    mode: mode === 1 ? "shared" : "exclusive",
    key: desk.toString("latin1", headBytes, requestorAt),
    requestor: desk.toString("latin1", requestorAt, nameAt),
    name: record.slice(nameAt, end),
    count: deskView.getFloat64(16, true),
    sinceWallMilliseconds: deskView.getFloat64(24, true),
    expiresWallMilliseconds: expires === Infinity ? null : expires,
  };
}
