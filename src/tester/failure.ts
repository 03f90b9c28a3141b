/**
 * How a rule ends early, and how bytes are shown to people.
 * Invariant: a failure always says what was sent, what came and what was due.
 */

/** What a broken rule has to say. */
export interface Evidence {
  readonly sent: string;
  readonly came: string;
  readonly due: string;
}

/** Thrown by a rule that the server broke. */
export class RuleFailure extends Error {
  override readonly name = "RuleFailure";
  readonly evidence: Evidence;

  constructor(evidence: Evidence) {
    super(`sent ${evidence.sent}; came ${evidence.came}; due ${evidence.due}`);
    this.evidence = evidence;
  }
}

/** Thrown by a rule that cannot be judged on this server; the message is the reason. */
export class RuleSkipped extends Error {
  override readonly name = "RuleSkipped";
}

/** No reply: nothing came in time, or the connection ended. The message says which. */
export class NoReply extends Error {
  override readonly name = "NoReply";
  /** Whether the connection ended. */
  readonly isEnd: boolean;

  constructor(message: string, isEnd = false) {
    super(message);
    this.isEnd = isEnd;
  }
}

/** The server cannot be reached; the message says where, why, and what to do. */
export class CannotConnect extends Error {
  override readonly name = "CannotConnect";
}

const shownCharactersMax = 160;

/** Bytes, one a character, as one printable line: UTF-8 as text, everything odd as `\xNN`. */
export function visible(bytes: string): string {
  const text = decoded(bytes).replaceAll(/[\p{C}\u2028\u2029\\]/gu, escaped);
  if (text.length <= shownCharactersMax) return text;
  return `${text.slice(0, shownCharactersMax)}… (${bytes.length} bytes)`;
}

function decoded(bytes: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(
      Buffer.from(bytes, "latin1"),
    );
  } catch {
    return bytes.replaceAll(/[\x80-\xff]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16)}`);
  }
}

const named: Readonly<Record<string, string>> = {
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  // Comes from bytes that were no text and are escaped already.
  "\\": "\\",
};

function escaped(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  return (
    named[character] ??
    (code < 256 ? `\\x${code.toString(16).padStart(2, "0")}` : `\\u{${code.toString(16)}}`)
  );
}
