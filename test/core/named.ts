/** Lock names for tests, all hashed with one seed. */
import { Name } from "../../src/core/records/name.ts";

export const seed = { low: 0x01234567, high: 0x89abcdef | 0 };

/** A name in bytes of its own; text is UTF-8. */
export function named(text: string | Uint8Array): Name {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  return new Name().point(seed, bytes, 0, bytes.length);
}
