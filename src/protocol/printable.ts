/** Names and lines for people: in logs, where bytes that are no text must not do harm. */

interface Bytes {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The same of bytes that are a character each, as names of clients are. */
export function printableText(text: string): string {
  const bytes = Buffer.from(text, "latin1");
  return printable({ bytes, start: 0, end: bytes.length });
}

/** UTF-8 as text; bytes that are not UTF-8 as one character each. */
export function printable(range: Bytes): string {
  const bytes = range.bytes.subarray(range.start, range.end);
  try {
    return strict.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  }
}
