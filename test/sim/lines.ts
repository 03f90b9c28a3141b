/**
 * Lines as nobody would write them: commands with odd names and white space, half
 * commands, binary, far too long ones. Text is latin1, without the line's ending.
 */
import type { Random } from "./random.ts";

/** The commands of part 1 that take a name, and those that list. */
export const namedCommands = ["g", "r", "i", "sg", "sr", "si"] as const;
export const listingCommands = ["d", "sd", "who", "dump", "dump shared", "q"] as const;
const whiteSpace = [" ", "  ", "\t", " \v", "\f ", "\r", " \t\v\f\r "] as const;
const waiting = [
  "gw 0",
  "gw 0.01",
  "gw -",
  "sgw 2 0.01",
  "sgw 0 -",
  "kg k 0.01 0",
  "kg - - 0",
] as const;
const malformed = [
  "gw",
  "gw x y",
  "sgw 1",
  "kg",
  "kg a b c d",
  "x",
  "x nothing",
  "f",
  "beat -1",
] as const;
const words = [
  "G",
  "gg",
  "hello",
  "\x00",
  "\xff\xfe",
  "GET / HTTP/1.1",
  "__proto__",
  "@",
  "@!",
  "@tag",
] as const;

/** A name: mostly one of few, so that clients meet; sometimes a new, long or binary one. */
export function randomName(random: Random): string {
  const kind = random.below(100);
  if (kind < 80) return `name-${random.below(50)}`;
  if (kind < 84) return "";
  if (kind < 88) return `two${random.pick(whiteSpace)}words`;
  if (kind < 94) return randomBytes(random, 1 + random.below(20));
  if (kind < 98) return `new-${random.below(1_000_000)}`;
  return "n".repeat(1_020 + random.below(10));
}

/** A line of part 1, valid or not, that the reference understands as well. */
export function plainLine(random: Random): string {
  const kind = random.below(1_000);
  if (kind < 850) return spaced(random, random.pick(namedCommands), randomName(random));
  if (kind < 880) return spaced(random, "iam", randomName(random));
  if (kind < 900) return spaced(random, random.pick(["d", "sd", "who"]), randomName(random));
  if (kind < 910) return random.pick(listingCommands);
  if (kind < 930) return "me";
  if (kind < 950) return random.pick(whiteSpace);
  if (kind < 997) return random.pick(words.filter((word) => !word.startsWith("@")));
  return random.pick(["g ", "x", " "]).repeat(8_000 + random.below(400));
}

/** Any line at all: also tags, commands that wait, malformed ones, megabytes. */
export function anyLine(random: Random): string {
  const kind = random.below(10_000);
  if (kind < 7_000) return plainLine(random);
  if (kind < 7_800) return randomBytes(random, random.below(60));
  if (kind < 8_300) return random.pick(words);
  if (kind < 8_800) return random.pick(malformed);
  if (kind < 9_300) return `@t${random.below(20)} ${plainLine(random)}`;
  if (kind < 9_800) return `@t${random.below(20)} ${random.pick(waiting)} ${randomName(random)}`;
  // Untagged waits are short: what is said after one without end is not heard.
  if (kind < 9_803) return `${random.pick(["gw 0.001", "sgw 1 0.001"])} ${randomName(random)}`;
  if (kind < 9_804) return "z".repeat(random.below(1_000_000));
  return random.pick(["ping", "version", "help", "notify on", "notify off", "ls", "f name-1"]);
}

/** `text` cut into packets at any places. */
export function cutAnywhere(random: Random, text: string): string[] {
  const packets: string[] = [];
  for (let at = 0; at < text.length;) {
    const size = random.chance(0.1) ? 1 + random.below(10) : 1 + random.below(20_000);
    packets.push(text.slice(at, at + size));
    at += size;
  }
  return packets;
}

function spaced(random: Random, command: string, name: string): string {
  if (random.chance(0.9)) return `${command} ${name}`;
  const [before, between, after] = [0, 1, 2].map(() => random.pick(whiteSpace));
  return `${before}${command}${between}${name}${after}`;
}

/** Bytes without LF: with one they would be several lines. */
function randomBytes(random: Random, length: number): string {
  const bytes = Array.from({ length }, () => {
    const byte = random.below(256);
    return byte === 0x0a ? 0x0b : byte;
  });
  return String.fromCharCode(...bytes);
}
