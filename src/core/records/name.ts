/**
 * A lock's name on its way in: a range of bytes in somebody's buffer, with its hash.
 *
 * It is a view, valid until the buffer is reused: whoever keeps a name copies it
 * (NameStore, or `nameBytes`). One mutable object serves every command of a
 * connection, so that a packet of commands allocates nothing.
 */
import { type HashSeed, hashBytes } from "./hash.ts";

/** `bytes[start, end)`; `hash` belongs to exactly these bytes. */
export class Name {
  bytes: Uint8Array = empty;
  start = 0;
  end = 0;
  hash = 0;

  /** Points this view at `bytes[start, end)`. */
  point(seed: HashSeed, bytes: Uint8Array, start: number, end: number): this {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.hash = hashBytes(seed, bytes, start, end);
    return this;
  }

  /** The same name in bytes of its own. */
  copy(): Name {
    const copy = new Name();
    copy.bytes = this.bytes.slice(this.start, this.end);
    copy.end = copy.bytes.length;
    copy.hash = this.hash;
    return copy;
  }

  get length(): number {
    return this.end - this.start;
  }
}

const empty = new Uint8Array(0);

/** A copy of the bytes, for whoever keeps them. */
export function nameBytes(name: Name): Uint8Array {
  return name.bytes.slice(name.start, name.end);
}
