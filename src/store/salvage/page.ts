/**
 * Rows in a page of SQLite's, read without SQLite, which gives up whole tables for a page
 * that is damaged. The format is told in SQLite's "Database File Format", 1.6 and 2.1.
 * Invariant: whatever is in a page, nothing is read outside of it and nothing is thrown.
 */
import { pageBytes } from "../file/schema.ts";

/** One value of a row as it was stored: what is not a blob or a whole number is `null`. */
export type Value = Buffer | number | null;

/** Gives a page by its number; `undefined` when there is none. */
export type PageSource = (number: number) => Buffer | undefined;

const tableLeaf = 0x0d;
/** In page 1 the file's own header comes first. */
const fileHeaderBytes = 100;

/** The rows of a leaf of a table, `null` for one that cannot be read; none for another page. */
export function rowsOf(page: Buffer, number: number, source: PageSource): (Value[] | null)[] {
  const start = number === 1 ? fileHeaderBytes : 0;
  if (page.length !== pageBytes || page[start] !== tableLeaf) return [];
  const cells = page.readUInt16BE(start + 3);
  const rows: (Value[] | null)[] = [];
  for (let cell = 0; cell < cells; cell++) {
    const pointer = start + 8 + 2 * cell;
    if (pointer + 2 > pageBytes) break;
    try {
      rows.push(valuesOf(payloadAt(page, page.readUInt16BE(pointer), source)));
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      rows.push(null);
    }
  }
  return rows;
}

/** What of a payload is in its own cell, and what in a chain of further pages. */
const localMax = pageBytes - 35;
const localMin = Math.floor(((pageBytes - 12) * 32) / 255) - 23;
const chainedBytes = pageBytes - 4;

function payloadAt(page: Buffer, at: number, source: PageSource): Buffer {
  const size = readVarint(page, at);
  const rowid = readVarint(page, size.end);
  if (size.value <= localMax) return sliceOf(page, rowid.end, size.value);
  // No row of ours is longer; what says so is damaged.
  if (size.value > 4 * 65_536) throw new RangeError("too long");
  const fitting = localMin + ((size.value - localMin) % chainedBytes);
  const local = fitting <= localMax ? fitting : localMin;
  const parts = [sliceOf(page, rowid.end, local)];
  let next = page.readUInt32BE(rowid.end + local);
  for (let left = size.value - local; left > 0; left -= chainedBytes) {
    const further = source(next);
    if (further === undefined) throw new RangeError("the chain is broken");
    parts.push(sliceOf(further, 4, Math.min(left, chainedBytes)));
    next = further.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function valuesOf(payload: Buffer): Value[] {
  const head = readVarint(payload, 0);
  const values: Value[] = [];
  let at = head.value;
  for (let headAt = head.end; headAt < head.value;) {
    const type = readVarint(payload, headAt);
    headAt = type.end;
    const bytes = bytesOfType(type.value);
    values.push(valueOf(type.value, sliceOf(payload, at, bytes)));
    at += bytes;
  }
  return values;
}

function bytesOfType(type: number): number {
  if (type >= 12) return Math.floor((type - 12) / 2);
  return [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, 0, 0][type]!;
}

function valueOf(type: number, bytes: Buffer): Value {
  if (type >= 12) return type % 2 === 0 ? bytes : null;
  if (type >= 1 && type <= 5) return bytes.readIntBE(0, bytes.length);
  if (type === 6) return Number(bytes.readBigInt64BE(0));
  return type === 8 ? 0 : type === 9 ? 1 : null;
}

/** Big endian, seven bits a byte, nine bytes at most of which the last has eight. */
function readVarint(bytes: Buffer, at: number): { readonly value: number; readonly end: number } {
  let value = 0;
  for (let index = 0; index < 9; index++) {
    const byte = bytes.readUInt8(at + index);
    if (index === 8) return { value: value * 256 + byte, end: at + 9 };
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, end: at + index + 1 };
  }
  return { value, end: at };
}

function sliceOf(bytes: Buffer, start: number, length: number): Buffer {
  if (start + length > bytes.length) throw new RangeError("outside of the page");
  return bytes.subarray(start, start + length);
}
