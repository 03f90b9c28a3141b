/**
 * Arguments of the commands that take more than a name: words are taken off the front,
 * what is left is the name.
 */
import { badRequest } from "./fault.ts";
import type { Line } from "./line.ts";

/** Thirty days: no wait and no TTL is longer. */
export const secondsMax = 2_592_000;

const decimal = /^(?:\d+\.?\d*|\.\d+)$/;
const digits = /^\d+$/;
const tag = /^[A-Za-z0-9._-]{1,32}$/;

/** Takes the next word. `what` is how the usage calls it. @throws Fault when there is none. */
function takeWord(line: Line, what: string): string {
  line.shift();
  if (line.start === line.end) throw badRequest(`${what} is missing`);
  return line.word();
}

/** How long to wait, in milliseconds: seconds with decimals, or `-` for ever. */
export function takeWait(line: Line): number {
  const word = takeWord(line, "SECONDS");
  return word === "-" ? Infinity : milliseconds(word, "SECONDS");
}

/** A time to live in milliseconds; `0` until released; `-` as long as the connection: `null`. */
export function takeTtl(line: Line): number | null {
  const word = takeWord(line, "TTL");
  return word === "-" ? null : milliseconds(word, "TTL");
}

/** Seconds, `0` allowed, in milliseconds. */
export function takeSeconds(line: Line): number {
  return milliseconds(takeWord(line, "SECONDS"), "SECONDS");
}

/** How many may hold a shared lock; `0`: any number. */
export function takeLimit(line: Line): number {
  const word = takeWord(line, "LIMIT");
  const limit = digits.test(word) ? Number(word) : NaN;
  if (!Number.isSafeInteger(limit))
    throw badRequest("LIMIT must be a whole number, 0 for no limit");
  return limit;
}

/** A key, a character a byte. */
export function takeKey(line: Line, keyBytesMax: number): string {
  const key = takeWord(line, "KEY");
  if (key.length > keyBytesMax) throw badRequest(`KEY is longer than ${keyBytesMax} bytes`);
  return key;
}

/** A tag without its `@`. */
export function takeTag(line: Line): string {
  const word = takeWord(line, "TAG");
  if (!isTag(word)) throw badRequest("TAG must be 1 to 32 of A-Z a-z 0-9 . _ -");
  return word;
}

export function isTag(word: string): boolean {
  return tag.test(word);
}

/** For commands that take nothing but what they took. @throws Fault */
export function expectEnd(line: Line): void {
  line.shift();
  if (line.start !== line.end) throw badRequest("too many arguments");
}

function milliseconds(word: string, what: string): number {
  if (!decimal.test(word)) throw badRequest(`${what} must be a number of seconds`);
  const seconds = Number(word);
  if (seconds > secondsMax) throw badRequest(`${what} must be at most ${secondsMax}`);
  return seconds * 1000;
}
