/** The hash of names is HalfSipHash-1-3, so that nobody without the seed can make names collide. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { hashBytes } from "../../../src/core/records/hash.ts";

/** HalfSipHash-c-d as its authors write it down, for any c and d; the seed is 8 bytes. */
function halfSipHash(
  { c, d }: { c: number; d: number },
  seed: Uint8Array,
  bytes: Uint8Array,
): number {
  const k0 = littleEndian(seed.subarray(0, 4));
  const k1 = littleEndian(seed.subarray(4, 8));
  const v = Uint32Array.of(k0, k1, k0 ^ 0x6c796765, k1 ^ 0x74656462);
  const whole = bytes.length - (bytes.length % 4);
  for (let at = 0; at < whole; at += 4) absorb(littleEndian(bytes.subarray(at, at + 4)));
  const tail = Uint8Array.of(0, 0, 0, bytes.length);
  tail.set(bytes.subarray(whole));
  absorb(littleEndian(tail));
  v[2]! ^= 0xff;
  for (let round = 0; round < d; round++) sipRound(v);
  return v[1]! ^ v[3]!;

  function absorb(word: number): void {
    v[3]! ^= word;
    for (let round = 0; round < c; round++) sipRound(v);
    v[0]! ^= word;
  }
}

function sipRound(v: Uint32Array): void {
  const rotate = (i: number, by: number): void => {
    v[i] = (v[i]! << by) | (v[i]! >>> (32 - by));
  };
  const mix = (to: number, from: number, by: number): void => {
    v[to]! += v[from]!;
    rotate(from, by);
    v[from]! ^= v[to]!;
  };
  mix(0, 1, 5);
  rotate(0, 16);
  mix(2, 3, 8);
  mix(0, 3, 7);
  mix(2, 1, 13);
  rotate(2, 16);
}

function littleEndian(bytes: Uint8Array): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getInt32(0, true);
}

const counting = Uint8Array.from({ length: 64 }, (_, at) => at);

test("the naive hash of this test gives the published results of HalfSipHash-2-4", () => {
  // Of 0, 1, 2 and 3 bytes 00 01 02 under the seed 00 01 ... 07, as in the reference's vectors.
  const due = [0x5b9f35a9, 0xb85a4727, 0x03a662fa, 0x04e7fe8a];
  const own = due.map((_, length) =>
    halfSipHash({ c: 2, d: 4 }, counting.subarray(0, 8), counting.subarray(0, length)),
  );
  expect(own.map((hash) => hash >>> 0)).toEqual(due);
});

test("hashBytes is HalfSipHash-1-3 of any bytes under any seed", () => {
  const seeds = fc.uint8Array({ minLength: 8, maxLength: 8 });
  const property = fc.property(seeds, fc.uint8Array({ maxLength: 300 }), (seed, bytes) => {
    expect(hashOf(seed, bytes)).toBe(halfSipHash({ c: 1, d: 3 }, seed, bytes));
  });
  fc.assert(property, { numRuns: 2_000 });
});

test("hashBytes takes the range that it is told, wherever it begins", () => {
  const padded = Uint8Array.of(9, 9, 9, ...counting, 9);
  const seed = counting.subarray(0, 8);
  for (let length = 0; length <= 64; length++) {
    const inside = hashBytes(seedOf(seed), padded, 3, 3 + length);
    expect(inside).toBe(hashOf(seed, counting.subarray(0, length)));
  }
});

test("every byte and the length change the hash", () => {
  const seed = counting.subarray(0, 8);
  const seen = new Set<number>();
  let inputs = 0;
  for (let length = 0; length < 40; length++) {
    const bytes = new Uint8Array(length);
    seen.add(hashOf(seed, bytes));
    inputs++;
    for (let at = 0; at < length; at++) {
      for (const bit of [1, 128]) {
        bytes[at] = bit;
        seen.add(hashOf(seed, bytes));
        inputs++;
      }
      bytes[at] = 0;
    }
  }
  expect(seen.size).toBe(inputs);
});

test("every bit of the seed changes the hash", () => {
  const name = Buffer.from("deploy");
  const seen = new Set([hashOf(new Uint8Array(8), name)]);
  for (let bit = 0; bit < 64; bit++) {
    const seed = new Uint8Array(8);
    seed[bit >> 3] = 1 << (bit & 7);
    seen.add(hashOf(seed, name));
  }
  expect(seen.size).toBe(65);
});

function seedOf(seed: Uint8Array): { low: number; high: number } {
  return { low: littleEndian(seed.slice(0, 4)), high: littleEndian(seed.slice(4, 8)) };
}

function hashOf(seed: Uint8Array, bytes: Uint8Array): number {
  return hashBytes(seedOf(seed), bytes, 0, bytes.length);
}
