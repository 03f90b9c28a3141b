/**
 * What one commit changes, as one run of bytes: it crosses to the thread that writes
 * without being copied, and costs no object for each hold there.
 *
 *     u8 what | u32 bytes of the record | f64 fence | the record, for a hold
 *
 * Invariant: what `readBatch` tells is what `encodeBatch` was given, in its order.
 */
import { recordBytes, writeRecord } from "./record.ts";
import type { StoredHold } from "./store.ts";

/** A hold to keep; `null`: to forget; a number: fences up to it may be given. */
export type Change = StoredHold | number | null;

/** The fence under which a reservation stands among changes: no hold has it. */
export const reservation = 0;

const entryBytes = 13;
const [put, remove, reserve] = [1, 2, 3];

/** The changes by fence, in bytes of their own. */
export function encodeBatch(changes: ReadonlyMap<number, Change>): Uint8Array<ArrayBuffer> {
  let length = 0;
  for (const change of changes.values()) length += entryBytes + lengthOf(change);
  const bytes = Buffer.from(new ArrayBuffer(length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, length);
  let at = 0;
  for (const [fence, change] of changes) {
    const kind = change === null ? remove : typeof change === "number" ? reserve : put;
    view.setUint8(at, kind!);
    view.setUint32(at + 1, lengthOf(change), true);
    view.setFloat64(at + 5, typeof change === "number" ? change : fence, true);
    at += entryBytes;
    if (typeof change === "object" && change !== null) at = writeRecord(bytes, view, at, change);
  }
  return bytes;
}

/** Told of each change of a batch. */
export interface BatchReader {
  /** `record` has no checksum yet; its bytes are the reader's. */
  put(fence: number, record: Uint8Array): void;
  remove(fence: number): void;
  reserve(fenceMark: number): void;
}

export function readBatch(bytes: Uint8Array, reader: BatchReader): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length;) {
    const kind = view.getUint8(at);
    const fence = view.getFloat64(at + 5, true);
    const start = at + entryBytes;
    const end = start + view.getUint32(at + 1, true);
    if (kind === put) reader.put(fence, bytes.subarray(start, end));
    else if (kind === remove) reader.remove(fence);
    else reader.reserve(fence);
    at = end;
  }
}

function lengthOf(change: Change): number {
  return typeof change === "object" && change !== null ? recordBytes(change) : 0;
}
