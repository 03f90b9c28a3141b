/**
 * SQLite's write-ahead log, read without SQLite: which pages its commits have changed, as
 * far as it can be believed. The format is told in SQLite's "Database File Format", 4.
 *
 *     header, 32 bytes: magic, version, page size, sequence, two salts, two checksums
 *     frame, 24 bytes and a page: page number, pages after commit, salts, two checksums
 *
 * Invariant: a frame is used only when its own checksum, which goes on from the one that
 * stands in the frame before, is right, and when a commit that may be its own follows.
 */
import { readFileSync } from "node:fs";
import { pageBytes } from "../file/schema.ts";

export interface Page {
  readonly number: number;
  readonly bytes: Buffer;
}

/** What a log says, in the order in which it was written. */
export interface LogContent {
  /** Pages of all commits up to the first frame that cannot be believed: what SQLite uses. */
  readonly pages: readonly Page[];
  /** Pages of commits behind that, which SQLite takes for nothing. */
  readonly pagesBehindDamage: readonly Page[];
}

const headerBytes = 32;
const frameHeadBytes = 24;
const frameBytes = frameHeadBytes + pageBytes;

/** Reads the log at `path`; one that is missing, or has no whole header, is an empty one. */
export function readLog(path: string): LogContent {
  const pages: Page[] = [];
  const pagesBehindDamage: Page[] = [];
  const bytes = readIfThere(path);
  if (bytes.length < headerBytes) return { pages, pagesBehindDamage };
  const frames = framesOf(bytes);
  let commit: Page[] = [];
  let isDamaged = false;
  for (const frame of frames) {
    if (frame === null) {
      // What was written of a commit that is bad here can only be used as what is left of it.
      isDamaged = true;
      continue;
    }
    commit.push(frame);
    if (!frame.isLast) continue;
    (isDamaged ? pagesBehindDamage : pages).push(...commit);
    commit = [];
  }
  return { pages, pagesBehindDamage };
}

/** Each frame in its turn; `null` for one that cannot be believed. */
function* framesOf(bytes: Buffer): Generator<(Page & { readonly isLast: boolean }) | null, void> {
  const salts = bytes.readBigUInt64BE(16);
  const bigEndian = (bytes.readUInt32BE(0) & 1) === 1;
  let before: Sums = [bytes.readUInt32BE(24), bytes.readUInt32BE(28)];
  for (let at = headerBytes; at + frameBytes <= bytes.length; at += frameBytes) {
    const frame = bytes.subarray(at, at + frameBytes);
    const head = summed(before, frame.subarray(0, 8), bigEndian);
    const [first, second] = summed(head, frame.subarray(frameHeadBytes), bigEndian);
    before = [frame.readUInt32BE(16), frame.readUInt32BE(20)];
    // Other salts: what is left of an earlier round of the log.
    const isRight =
      frame.readBigUInt64BE(8) === salts && first === before[0] && second === before[1];
    yield isRight
      ? {
          number: frame.readUInt32BE(0),
          bytes: frame.subarray(frameHeadBytes),
          isLast: frame.readUInt32BE(4) !== 0,
        }
      : null;
  }
}

type Sums = readonly [number, number];

function summed([first, second]: Sums, bytes: Buffer, bigEndian: boolean): Sums {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at < bytes.length; at += 8) {
    first = (first + view.getUint32(at, !bigEndian) + second) >>> 0;
    second = (second + view.getUint32(at + 4, !bigEndian) + first) >>> 0;
  }
  return [first, second];
}

function readIfThere(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
