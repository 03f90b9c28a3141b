/**
 * What one connection of a load sends, over and over: commands as bytes, made before the
 * clock runs, with what the first byte of each reply has to be.
 * Invariant: any run of up to `spanMax` commands is one slice of `bytes`, so that sending
 * costs no copy.
 */
import { assert } from "../../assert.ts";

/** One command of a script. */
export interface Step {
  /** As sent, line endings included; one character a byte. */
  readonly command: string;
  /** The characters of which the reply's first has to be one, say `1` or `123456789`. */
  readonly due: string;
}

export interface Script {
  readonly steps: readonly Step[];
  /** All steps, and again as many from the start as `spanMax` asks for. */
  readonly bytes: Buffer;
  /** Where each command starts in `bytes`; one more entry for the end. */
  readonly offsets: Uint32Array;
  /** How many commands one slice may hold. */
  readonly spanMax: number;
  /** By step and first byte: 1 where it is due. */
  readonly due: readonly Uint8Array[];
}

export function makeScript(steps: readonly Step[], spanMax: number): Script {
  assert(steps.length > 0, "a script has a step");
  const count = steps.length + spanMax;
  const offsets = new Uint32Array(count + 1);
  const commands: string[] = [];
  for (let at = 0; at < count; at += 1) {
    const command = steps[at % steps.length]?.command ?? "";
    commands.push(command);
    offsets[at + 1] = (offsets[at] ?? 0) + command.length;
  }
  const bytes = Buffer.from(commands.join(""), "latin1");
  return { steps, bytes, offsets, spanMax, due: steps.map((step) => firstBytes(step.due)) };
}

function firstBytes(due: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const character of due) table[character.charCodeAt(0)] = 1;
  return table;
}

/** Any number of 1 or more starts with one of these. */
export const positive = "123456789";
