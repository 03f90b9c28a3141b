/**
 * Text of requests into bytes and back: paths and queries are percent-encoded, JSON is
 * Unicode, and inside everything is bytes, in strings a character a byte (latin1).
 */
import { Problem } from "./problem.ts";

const percent = 37;
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Percent-encoded text as bytes. @throws Problem at a `%` without two hexadecimal digits. */
export function percentDecoded(text: string): Uint8Array {
  if (!text.includes("%")) return Buffer.from(text, "utf8");
  const from = Buffer.from(text, "utf8");
  const to = new Uint8Array(from.length);
  let length = 0;
  for (let at = 0; at < from.length; at++) {
    if (from[at] !== percent) {
      to[length++] = from[at]!;
      continue;
    }
    const digits = from.toString("latin1", at + 1, at + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) {
      throw new Problem(400, "invalid_name", `%${digits} in the address is no encoded byte`);
    }
    to[length++] = Number.parseInt(digits, 16);
    at += 2;
  }
  return to.subarray(0, length);
}

/** Bytes as Unicode; `null` when they are not UTF-8. */
export function unicodeOf(bytes: Uint8Array): string | null {
  try {
    return strict.decode(bytes);
  } catch {
    return null;
  }
}

/** Unicode as the bytes of its UTF-8, a character a byte. */
export function latin1Of(text: string): string {
  return Buffer.from(text, "utf8").toString("latin1");
}

/** The reverse of `latin1Of`; bytes that are not UTF-8 are shown as U+FFFD. */
export function fromLatin1(text: string): string {
  return Buffer.from(text, "latin1").toString("utf8");
}

/**
 * The bytes of a lock's name that was given as text. The line protocol must be able to
 * say the same name: no control characters, no white space at its ends or in runs.
 * @throws Problem
 */
export function lockNameBytes(encoded: string, nameBytesMax: number): Uint8Array {
  const bytes = percentDecoded(encoded);
  const text = unicodeOf(bytes);
  const why =
    text === null || text.includes("\uFFFD")
      ? "is not UTF-8"
      : /[\u0000-\u001F\u007F]/.test(text)
        ? "has a control character"
        : /^ | $| {2}/.test(text)
          ? "has white space at its ends, or in a run"
          : bytes.length > nameBytesMax
            ? `is longer than ${nameBytesMax} bytes`
            : null;
  if (why !== null) throw new Problem(400, "invalid_name", `the lock's name ${why}`);
  return bytes;
}
