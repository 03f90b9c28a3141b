/**
 * `glockd hash`: a secret from standard input, its hash for the file of credentials to
 * standard output.
 * Invariant: the secret is never shown, nor taken from the command line, which others see.
 */
import { defineCommand } from "citty";
import { hashSecret } from "../auth/verifier.ts";
import { parseFlags, UsageError } from "../flags.ts";
import { versionLine } from "../version.ts";
import { exitStatus } from "./exit-status.ts";
import { complain, print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

export const usage: Usage = {
  summary: "glockd hash: reads a secret from standard input and prints its argon2id hash.",
  synopsis: ["glockd hash", "glockd hash <FILE"],
  flags: [],
  notes: [
    "On a terminal, what is typed is not shown. A line end behind the secret is not part of it.",
    "The hash belongs into the file that -auth-file names: ROLE NAME HASH [PREFIX ...].",
  ],
  examples: [
    ['echo "lock deploy $(glockd hash <secret)" >>credentials', "a credential for -auth-file"],
  ],
};

export default defineCommand({
  meta: { name: "hash", description: "Hash a secret for the file of credentials." },
  run: async ({ rawArgs }) => {
    const parsed = parseFlags([], rawArgs);
    if (parsed.request === "help") return print(renderUsage(usage));
    if (parsed.request === "version") return print(`${versionLine}\n`);
    const typed = process.stdin.isTTY === true ? await readTyped() : await Bun.stdin.bytes();
    print(`${await hashSecret(checkedSecret(typed))}\n`);
    // A terminal that was read from would keep the process.
    process.exit();
  },
});

/** @throws UsageError for what could never be sent as a secret. */
export function checkedSecret(bytes: Uint8Array): string {
  let text;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError("the secret on standard input is no UTF-8 text");
  }
  const secret = text.replace(/\r?\n$/, "");
  if (secret === "") throw new UsageError("there is no secret on standard input");
  if (/[\s\p{Cc}]/u.test(secret))
    throw new UsageError(
      "the secret has white space or control characters in it, which commands cannot carry",
    );
  return secret;
}

const [interrupt, endOfInput, backspace, lineFeed, carriageReturn, deletion] = [
  3, 4, 8, 10, 13, 127,
];

/** A line from the terminal, which shows nothing of it. */
async function readTyped(): Promise<Uint8Array> {
  const { stdin } = process;
  // Before it asks: what is typed from then on is not to be shown.
  stdin.setRawMode(true);
  complain("Secret: ");
  try {
    const typed: number[] = [];
    for await (const chunk of stdin as AsyncIterable<Buffer>) {
      for (const byte of chunk) {
        if (byte === interrupt) return giveUp();
        if (byte === lineFeed || byte === carriageReturn || byte === endOfInput) {
          return Uint8Array.from(typed);
        }
        if (byte === backspace || byte === deletion) takeBack(typed);
        else typed.push(byte);
      }
    }
    return Uint8Array.from(typed);
  } finally {
    stdin.setRawMode(false);
    complain("\n");
  }
}

/** Drops the last character, of however many bytes. */
function takeBack(typed: number[]): void {
  while (typed.length > 0 && (typed.pop()! & 0xc0) === 0x80);
}

function giveUp(): never {
  process.stdin.setRawMode(false);
  complain("\n");
  process.exit(exitStatus.signalled(2));
}
