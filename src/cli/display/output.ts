/** What a command says: its answer on standard output, complaints on standard error. */
import { fs } from "../../late.ts";
import { reasonOf } from "../../system/reason.ts";
import { isTerminal } from "../../system/terminal.ts";
import { exitStatus } from "../exit-status.ts";

/**
 * Writes all of it to standard output, however slowly it is read; a reader that has gone
 * away (`| head`) is no error. What cannot be written ends the process: half of an answer
 * must not look like a whole one.
 */
export function print(text: string | Uint8Array): void {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let at = 0; at < bytes.length;) {
    try {
      at += fs().writeSync(1, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      if (code === "EAGAIN") Bun.sleepSync(readerMilliseconds);
      else {
        complain(`glockd: cannot write to standard output: ${reasonOf(error)}\n`);
        process.exit(exitStatus.usage);
      }
    }
  }
}

/** How long the reader of a full pipe is given before it is tried again. */
const readerMilliseconds = 2;

/** Writes to standard error. The exit status tells it too, should nobody be there to read. */
export function complain(text: string): void {
  try {
    fs().writeSync(2, text);
  } catch {
    // There is nowhere left to say it.
  }
}

/** For people only: cron would send it by mail, and the exit status tells it, too. */
export function complainOnTerminal(text: string): void {
  if (isTerminal(2)) complain(text);
}
