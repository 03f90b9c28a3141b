/**
 * A stored hold as bytes: what is in a row, and in the messages that carry it there.
 *
 *     u32 checksum of all that follows | f64 fence | u8 mode, u8 zero |
 *     u16 bytes of key, of requestor, of name | f64 count, since, expires | the three
 *
 * Little endian; `expires` is Infinity for never. Invariant: a sealed record with a byte
 * changed anywhere is not read as a hold.
 */
import { assert } from "../assert.ts";
import { recordTextBytesMax } from "./bounds.ts";
import type { StoredHold } from "./store.ts";

const headBytes = 44;

/** Bytes that the hold's record takes. */
export function recordBytes(hold: StoredHold): number {
  return headBytes + hold.key.length + hold.requestor.length + hold.name.length;
}

/** Writes the record at `at`, without its checksum; returns where it ends. */
export function writeRecord(into: Buffer, view: DataView, at: number, hold: StoredHold): number {
  const { key, requestor, name } = hold;
  assert(
    Math.max(key.length, requestor.length, name.length) <= recordTextBytesMax,
    "a stored hold has a name, key or requestor that no record can tell",
  );
  view.setFloat64(at + 4, hold.fence, true);
  view.setUint16(at + 12, hold.mode === "shared" ? 1 : 0, true);
  view.setUint16(at + 14, key.length, true);
  view.setUint16(at + 16, requestor.length, true);
  view.setUint16(at + 18, name.length, true);
  view.setFloat64(at + 20, hold.count, true);
  view.setFloat64(at + 28, hold.sinceWallMilliseconds, true);
  view.setFloat64(at + 36, hold.expiresWallMilliseconds ?? Infinity, true);
  let end = at + headBytes;
  end += into.write(key, end, "latin1");
  end += into.write(requestor, end, "latin1");
  into.set(name, end);
  return end + name.length;
}

/** The hold's record in bytes of its own, not yet sealed. */
export function recordOf(hold: StoredHold): Uint8Array {
  const bytes = Buffer.alloc(recordBytes(hold));
  writeRecord(bytes, new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, hold);
  return bytes;
}

/** Writes the checksum of what else is in the record and returns it. */
export function sealRecord(record: Uint8Array): number {
  const checksum = Bun.hash.crc32(record.subarray(4));
  record[0] = checksum;
  record[1] = checksum >>> 8;
  record[2] = checksum >>> 16;
  record[3] = checksum >>> 24;
  return checksum;
}

/** The checksum that a sealed record says it has. */
export function checksumOf(record: Uint8Array): number {
  return (record[0]! | (record[1]! << 8) | (record[2]! << 16) | (record[3]! << 24)) >>> 0;
}

/** The hold of a sealed record; `null` when the bytes are not one, whole and unchanged. */
export function readRecord(record: Uint8Array): StoredHold | null {
  if (record.length < headBytes) return null;
  if (Bun.hash.crc32(record.subarray(4)) !== checksumOf(record)) return null;
  const bytes = Buffer.from(record.buffer, record.byteOffset, record.length);
  const requestorAt = headBytes + bytes.readUInt16LE(14);
  const nameAt = requestorAt + bytes.readUInt16LE(16);
  const mode = bytes.readUInt16LE(12);
  if (nameAt + bytes.readUInt16LE(18) !== record.length || mode > 1) return null;
  const expires = bytes.readDoubleLE(36);
  return {
    fence: bytes.readDoubleLE(4),
    mode: mode === 1 ? "shared" : "exclusive",
    key: bytes.toString("latin1", headBytes, requestorAt),
    requestor: bytes.toString("latin1", requestorAt, nameAt),
    name: record.slice(nameAt),
    count: bytes.readDoubleLE(20),
    sinceWallMilliseconds: bytes.readDoubleLE(28),
    expiresWallMilliseconds: expires === Infinity ? null : expires,
  };
}
