/** Numbers that nobody can guess. */

/** So many random bytes, for keys and seeds. `node:crypto` has the same, and takes 8 ms to load. */
export function randomBytes(count: number): Buffer {
  return crypto.getRandomValues(Buffer.alloc(count));
}
