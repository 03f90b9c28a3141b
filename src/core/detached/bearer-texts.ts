/**
 * Keys and requestors in bytes, outside of the garbage collector's sight. A text that was
 * kept a moment ago is not kept again: many holds are of few requestors.
 *
 *     u16 bytes of the key, of the requestor | both, one behind the other | up to 3 bytes
 *
 * Invariant: a text never lies in two chunks, and none is changed before all are dropped.
 */
import { assert } from "../../assert.ts";
import type { Keyed } from "../request.ts";

type Bearing = Pick<Keyed, "key" | "requestor">;

/** Key and requestor as bytes that lie one behind the other in `[keyAt, textEnd)`. */
export interface BearerText {
  readonly bytes: Uint8Array;
  readonly keyAt: number;
  readonly requestorAt: number;
  readonly textEnd: number;
}

const chunkBits = 18;
const chunkBytes = 1 << chunkBits;
const chunkMask = chunkBytes - 1;
const headBytes = 4;
const partBytesMax = 0xffff;
/** A place is told in units of so many bytes: 16 GiB can be told in a word. */
const unitBits = 2;
const placesMax = 2 ** 32;
/** Of so many texts the last is remembered, by hash. */
const recentTexts = 1 << 10;

/** Texts by the place where they begin; 0 is none's. */
export class BearerTexts {
  private readonly chunks: Uint8Array[] = [];
  private end = 1;
  private readonly recent = new Uint32Array(recentTexts);

  /** Where the text is from now on. */
  keep(text: BearerText): number {
    const slot = slotOf(text);
    const recent = this.recent[slot]!;
    if (recent !== 0 && this.isAt(recent, text)) return recent;
    const place = this.append(text);
    this.recent[slot] = place;
    return place;
  }

  read(place: number): Bearing {
    const bytes = this.chunkOf(place);
    const at = offsetOf(place);
    const keyAt = at + headBytes;
    const requestorAt = keyAt + wordAt(bytes, at);
    const textEnd = requestorAt + wordAt(bytes, at + 2);
    return bearerOf({ bytes, keyAt, requestorAt, textEnd });
  }

  clear(): void {
    this.chunks.length = 0;
    this.end = 1;
    this.recent.fill(0);
  }

  private append({ bytes, keyAt, requestorAt, textEnd }: BearerText): number {
    const [key, requestor] = [requestorAt - keyAt, textEnd - requestorAt];
    assert(Math.max(key, requestor) <= partBytesMax, "a kept key or requestor is too long");
    const place = this.allocate(headBytes + key + requestor);
    const chunk = this.chunkOf(place);
    let to = offsetOf(place);
    chunk[to] = key;
    chunk[to + 1] = key >> 8;
    chunk[to + 2] = requestor;
    chunk[to + 3] = requestor >> 8;
    to += headBytes;
    for (let from = keyAt; from < textEnd; from++) chunk[to++] = bytes[from]!;
    return place;
  }

  private allocate(length: number): number {
    let place = this.end;
    if (this.chunks.length === 0 || offsetOf(place) + length > chunkBytes) {
      if (this.chunks.length > 0) place = this.chunks.length * (chunkBytes >> unitBits);
      this.chunks.push(new Uint8Array(chunkBytes));
    }
    this.end = place + ((length + 3) >> unitBits);
    assert(this.end < placesMax, "more keys and requestors than can be kept");
    return place;
  }

  private isAt(place: number, { bytes, keyAt, requestorAt, textEnd }: BearerText): boolean {
    const chunk = this.chunkOf(place);
    let at = offsetOf(place);
    if (wordAt(chunk, at) !== requestorAt - keyAt) return false;
    if (wordAt(chunk, at + 2) !== textEnd - requestorAt) return false;
    at += headBytes;
    for (let from = keyAt; from < textEnd; from++) if (chunk[at++] !== bytes[from]) return false;
    return true;
  }

  private chunkOf(place: number): Uint8Array {
    return this.chunks[place >>> (chunkBits - unitBits)]!;
  }
}

/** Key and requestor as everybody else has them. */
export function bearerOf({ bytes, keyAt, requestorAt, textEnd }: BearerText): Bearing {
  return {
    key: latin1(bytes, keyAt, requestorAt),
    requestor: latin1(bytes, requestorAt, textEnd),
  };
}

/** Bytes as characters of the same codes. */
function latin1(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

function offsetOf(place: number): number {
  return (place << unitBits) & chunkMask;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** Whoever makes them collide makes nothing but copies. */
function slotOf({ bytes, keyAt, textEnd }: BearerText): number {
  let hash = textEnd - keyAt;
  for (let at = keyAt; at < textEnd; at++) hash = Math.imul(hash, 31) + bytes[at]!;
  return (hash ^ (hash >>> 10)) & (recentTexts - 1);
}
