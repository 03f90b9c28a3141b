/**
 * The commands of the binary, in the order in which people are told of them. What is
 * made from the list (the root's choice, completions, the manual) needs no other.
 */
import type { CommandDef } from "citty";
import type { Usage } from "./usage.ts";

/** One command; its module is loaded when it runs, so that a server pays for none of the others. */
export interface CliCommand {
  readonly name: string;
  /** What it does, in a few words: a completion's hint. */
  readonly summary: string;
  load(): Promise<{ readonly default: CommandDef; readonly usage: Usage }>;
}

export const cliCommands: readonly CliCommand[] = [
  { name: "serve", summary: "serve locks (the default)", load: () => import("./serve.ts") },
  { name: "run", summary: "hold a lock while a command runs", load: () => import("./run.ts") },
  { name: "hash", summary: "hash a secret for -auth-file", load: () => import("./hash.ts") },
  { name: "test", summary: "exercise a running server", load: () => import("./test.ts") },
];
