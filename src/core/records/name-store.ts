/**
 * The bytes of the names that do not fit in their locks' records, outside of the garbage collector's sight.
 *
 * A slot is 64, 128, 256, … bytes, the smallest that takes two bytes of length and the
 * name; slots of one size lie in chunks, and freed ones are used again. A reference is
 * the size's number in the upper four bits and the slot's in the lower 28.
 *
 * Invariant: the bytes behind a reference do not change until it is released.
 */
import { assert } from "../../assert.ts";
import type { Name } from "./name.ts";

const slotBits = 28;
const slotMask = (1 << slotBits) - 1;
const smallestBits = 6;
const sizesMax = 9;
const chunkBytesBits = 17;
const lengthBytes = 2;

/** The longest name that fits a slot. */
export const storedNameBytesMax = (1 << (smallestBits + sizesMax - 1)) - lengthBytes;

/** Keeps copies of names and gives 32-bit references for them. */
export class NameStore {
  private readonly sizes: SlotSize[] = [];

  constructor() {
    for (let bits = smallestBits; bits < smallestBits + sizesMax; bits++) {
      this.sizes.push(new SlotSize(bits));
    }
  }

  /** Copies the name. */
  keep(name: Name): number {
    const { bytes, start } = name;
    const length = name.end - start;
    const number = sizeFor(length);
    const size = this.sizes[number]!;
    const slot = size.allocate();
    const chunk = size.chunkOf(slot);
    let to = size.offsetOf(slot);
    chunk[to] = length & 0xff;
    chunk[to + 1] = length >> 8;
    to += lengthBytes;
    for (let i = 0; i < length; i++) chunk[to + i] = bytes[start + i]!;
    return (number << slotBits) | slot;
  }

  release(reference: number): void {
    this.sizes[reference >>> slotBits]!.release(reference & slotMask);
  }

  equals(reference: number, name: Name): boolean {
    const size = this.sizes[reference >>> slotBits]!;
    const slot = reference & slotMask;
    const chunk = size.chunkOf(slot);
    let at = size.offsetOf(slot);
    const { bytes, start } = name;
    const length = name.end - start;
    if ((chunk[at]! | (chunk[at + 1]! << 8)) !== length) return false;
    at += lengthBytes;
    for (let i = 0; i < length; i++) if (chunk[at + i] !== bytes[start + i]) return false;
    return true;
  }

  lengthOf(reference: number): number {
    const size = this.sizes[reference >>> slotBits]!;
    const slot = reference & slotMask;
    const chunk = size.chunkOf(slot);
    const at = size.offsetOf(slot);
    return chunk[at]! | (chunk[at + 1]! << 8);
  }

  /** Copies the bytes to `to[at…]`. */
  copy(reference: number, to: Uint8Array, at: number): void {
    to.set(this.view(reference), at);
  }

  /** A view of the bytes, valid until the reference is released. */
  view(reference: number): Uint8Array {
    const size = this.sizes[reference >>> slotBits]!;
    const slot = reference & slotMask;
    const from = size.offsetOf(slot) + lengthBytes;
    return size.chunkOf(slot).subarray(from, from + this.lengthOf(reference));
  }
}

function sizeFor(length: number): number {
  const need = length + lengthBytes - 1;
  const number = need >> smallestBits === 0 ? 0 : 32 - smallestBits - Math.clz32(need);
  assert(number < sizesMax, "a name longer than any slot was let in");
  return number;
}

/** Slots of one size; a free one holds the next free one's number in its first four bytes. */
class SlotSize {
  private readonly bits: number;
  private readonly perChunkBits: number;
  private readonly chunks: Uint8Array[] = [];
  private freeHead = -1;
  private high = 0;

  constructor(bits: number) {
    this.bits = bits;
    this.perChunkBits = chunkBytesBits - bits;
  }

  allocate(): number {
    const slot = this.freeHead;
    if (slot === -1) {
      const fresh = this.high++;
      if (fresh >> this.perChunkBits >= this.chunks.length) {
        this.chunks.push(new Uint8Array(1 << chunkBytesBits));
      }
      return fresh;
    }
    const chunk = this.chunkOf(slot);
    const at = this.offsetOf(slot);
    this.freeHead =
      chunk[at]! | (chunk[at + 1]! << 8) | (chunk[at + 2]! << 16) | (chunk[at + 3]! << 24);
    return slot;
  }

  release(slot: number): void {
    const chunk = this.chunkOf(slot);
    const at = this.offsetOf(slot);
    const next = this.freeHead;
    chunk[at] = next & 0xff;
    chunk[at + 1] = (next >> 8) & 0xff;
    chunk[at + 2] = (next >> 16) & 0xff;
    chunk[at + 3] = next >> 24;
    this.freeHead = slot;
  }

  chunkOf(slot: number): Uint8Array {
    return this.chunks[slot >> this.perChunkBits]!;
  }

  offsetOf(slot: number): number {
    return (slot & ((1 << this.perChunkBits) - 1)) << this.bits;
  }
}
