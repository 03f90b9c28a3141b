/**
 * The one table of commands: dispatch, `help`, the statistics and the documentation all
 * come from here.
 */
import type { Command } from "./command.ts";
import { administrationCommands } from "./commands/administration.ts";
import { connectionCommands } from "./commands/connection.ts";
import { exclusiveCommands } from "./commands/exclusive.ts";
import { keyedCommands } from "./commands/keyed.ts";
import { listingCommands } from "./commands/listings.ts";
import { sharedCommands } from "./commands/shared.ts";
import { waitingCommands } from "./commands/waiting.ts";
import type { Line } from "./line.ts";
import { textPages } from "./pages.ts";

const help: Command = {
  name: "help",
  usage: "help",
  help: "these commands, a line each",
  needs: "nothing",
  run(caller) {
    const width = Math.max(...commands.map(({ usage }) => usage.length));
    const lines = commands.map((command) => `${command.usage.padEnd(width)}  ${command.help}`);
    caller.list({ modes: [], only: null, pages: () => textPages(lines) });
  },
};

export const commands: readonly Command[] = [
  ...exclusiveCommands,
  ...sharedCommands,
  ...listingCommands,
  ...connectionCommands,
  ...waitingCommands,
  ...keyedCommands,
  ...administrationCommands,
  help,
];

/** These are in the statistics from the start; any other command once it was used. */
export const countedFromStart: readonly string[] = [
  "d",
  "dump",
  "g",
  "i",
  "q",
  "r",
  "sd",
  "sg",
  "si",
  "sr",
];

/** The table's index of the line's first word; -1 when it is no command. */
export function commandIndex(line: Line): number {
  const { bytes, start, wordEnd } = line;
  const length = wordEnd - start;
  if (length === 1) return oneLetter[bytes[start]!]! - 1;
  if (length === 2) return twoLetters[pair(bytes[start]!, bytes[start + 1]!)]! - 1;
  if (length > longest) return -1;
  return byWord.get(line.word()) ?? -1;
}

const byWord = new Map(commands.map((command, index) => [command.name, index]));
const longest = Math.max(...commands.map((command) => command.name.length));
/**
 * The commands that lock servers live on have one or two letters: no text is made for
 * them. 0 is none and others are one more, so that memory without commands stays untouched.
 */
const oneLetter = new Uint8Array(256);
const twoLetters = new Uint8Array(1 << 16);
for (const [word, index] of byWord) {
  if (word.length === 1) oneLetter[word.charCodeAt(0)] = index + 1;
  if (word.length === 2) twoLetters[pair(word.charCodeAt(0), word.charCodeAt(1))] = index + 1;
}

function pair(first: number, second: number): number {
  return (first << 8) | second;
}
