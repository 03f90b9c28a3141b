/**
 * Bytes into lines.
 *
 * A command ends at LF, in whatever packets it comes; white space around it is dropped
 * and each run inside it becomes one space. The usual line, without any of that to do,
 * is found in place: nothing is copied.
 *
 * Invariant: what is kept of an unfinished line is at most one line's limit; what is
 * kept while nobody asks for lines is what came in, and `heldBytes` tells how much.
 */
import type { Line } from "./line.ts";

const newline = 10;
const carriageReturn = 13;
const space = 32;
/** Room for a tag and some white space around it. */
const beginningBytes = 64;

/** What `next` found. */
export type Framed = "line" | "too long" | "nothing";

/** Splits one connection's input. */
export class Framer {
  private readonly lineBytesMax: number;
  private bytes: Uint8Array = empty;
  private at = 0;
  private end = 0;
  /** Whether `bytes` is our own, to be appended to, or a packet. */
  private owned = false;
  /** In the middle of a line that is too long. */
  private skipping = false;

  constructor(lineBytesMax: number) {
    this.lineBytesMax = lineBytesMax;
  }

  get heldBytes(): number {
    return this.end - this.at;
  }

  /**
   * Takes the packet `bytes[start, end)`. It may be kept until `settle`, so the caller must not
   * reuse it before.
   */
  feed(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (this.at === this.end) {
      this.bytes = bytes;
      this.at = start;
      this.end = end;
      this.owned = false;
      return;
    }
    this.own(end - start);
    this.bytes.set(bytes.subarray(start, end), this.end);
    this.end += end - start;
  }

  /** Copies what is left of a packet, so that the packet is free. */
  settle(): void {
    if (this.at === this.end) {
      this.bytes = empty;
      this.at = 0;
      this.end = 0;
    } else if (!this.owned) {
      this.own(0);
    }
  }

  /**
   * Points `line` at the next command, valid until the next call of anything here. Of one
   * that is too long it is the beginning, enough for a tag.
   */
  next(line: Line): Framed {
    const { bytes, end } = this;
    for (;;) {
      const start = this.at;
      let at = start;
      let wordEnd = -1;
      let regular = true;
      let byte = 0;
      while (at < end && (byte = bytes[at]!) !== newline) {
        if (byte <= space && isSpace(byte)) {
          if (byte === space && at > start && at + 1 < end && bytes[at + 1]! > space) {
            if (wordEnd === -1) wordEnd = at;
          } else if (byte !== carriageReturn || bytes[at + 1] !== newline) {
            regular = false;
          }
        }
        at++;
      }
      if (at === end) return this.unfinished(line);
      this.at = at + 1;
      if (this.skipping) {
        this.skipping = false;
        continue;
      }
      let last = at;
      if (last > start && bytes[last - 1] === carriageReturn) last--;
      if (last - start > this.lineBytesMax) {
        beginning(line, bytes, start);
        return "too long";
      }
      if (last === start) continue;
      line.bytes = bytes;
      line.start = start;
      line.end = last;
      line.wordEnd = wordEnd === -1 ? last : wordEnd;
      if (!regular && !fold(line)) continue;
      return "line";
    }
  }

  private unfinished(line: Line): Framed {
    if (this.skipping) {
      this.at = this.end;
    } else if (this.end - this.at > this.lineBytesMax + 1) {
      beginning(line, this.bytes, this.at);
      this.at = this.end;
      this.skipping = true;
      return "too long";
    }
    return "nothing";
  }

  /** Makes `bytes` ours, with room for `more`. */
  private own(more: number): void {
    const held = this.end - this.at;
    if (!this.owned || this.end + more > this.bytes.length) {
      const roomy = this.owned ? Math.max(2 * held, held + more) : held + more;
      const bytes = new Uint8Array(Math.max(64, roomy));
      bytes.set(this.bytes.subarray(this.at, this.end));
      this.bytes = bytes;
      this.at = 0;
      this.end = held;
      this.owned = true;
    }
  }
}

const empty = new Uint8Array(0);

function isSpace(byte: number): boolean {
  return byte === space || (byte >= 9 && byte <= 13);
}

function beginning(line: Line, bytes: Uint8Array, start: number): void {
  line.bytes = bytes;
  line.start = start;
  line.end = start + beginningBytes;
  fold(line);
}

let folded = new Uint8Array(8192);

/** Trims and folds the line into a buffer of our own; `false` when nothing is left. */
function fold(line: Line): boolean {
  if (line.end - line.start > folded.length) folded = new Uint8Array(line.end - line.start);
  let length = 0;
  let wordEnd = -1;
  let pending = false;
  for (let at = line.start; at < line.end; at++) {
    const byte = line.bytes[at]!;
    if (isSpace(byte)) {
      pending = length > 0;
      continue;
    }
    if (pending) {
      if (wordEnd === -1) wordEnd = length;
      folded[length++] = space;
      pending = false;
    }
    folded[length++] = byte;
  }
  line.bytes = folded;
  line.start = 0;
  line.end = length;
  line.wordEnd = wordEnd === -1 ? length : wordEnd;
  return length > 0;
}
