/** What the table of commands knows of each. */
import type { CommandDef } from "citty";
import type { Usage } from "../usage.ts";

/** One command; its module is loaded when it runs, so that a server pays for none of the others. */
export interface CliCommand {
  readonly name: string;
  /** What it does, in a few words: a completion's hint. */
  readonly summary: string;
  load(): Promise<{ readonly default: CommandDef; readonly usage: Usage }>;
}
