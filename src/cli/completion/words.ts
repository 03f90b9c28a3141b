/** The words of the command line, from the tables that parse it, for all shells alike. */
import type { Flag, Shorthand } from "../../flags.ts";
import type { CliCommand } from "./command.ts";

/** What stands behind a flag. */
export type Argument =
  | { readonly kind: "none" }
  | { readonly kind: "path" }
  | { readonly kind: "choice"; readonly choices: readonly string[] }
  | { readonly kind: "other" };

export interface FlagWords {
  /** With dashes, the long one first: `--wait`, `-w`. */
  readonly spellings: readonly string[];
  readonly hint: string;
  readonly argument: Argument;
}

export interface CommandWords {
  readonly name: string;
  readonly hint: string;
  readonly flags: readonly FlagWords[];
  /** What its operand can be; empty where a shell cannot know. */
  readonly choices: readonly string[];
  /** Whether another command stands behind `--`. */
  readonly takesCommand: boolean;
}

/** Loads every command for its table. */
export function wordsOf(commands: readonly CliCommand[]): Promise<readonly CommandWords[]> {
  return Promise.all(
    commands.map(async ({ name, summary, load }) => {
      const { usage } = await load();
      const { flags, shorthands = [], operandChoices = [], synopsis } = usage;
      return {
        name,
        hint: summary,
        flags: [...flags.map(ofFlag), ...shorthands.map(ofShorthand), help],
        choices: operandChoices,
        takesCommand: synopsis.some((line) => line.includes(" -- ")),
      };
    }),
  );
}

const help: FlagWords = {
  spellings: ["--help", "-h"],
  hint: "Print the usage.",
  argument: { kind: "none" },
};

function ofFlag(flag: Flag): FlagWords {
  const names = [flag.name, ...(flag.aliases ?? [])];
  return { spellings: names.map(dashed), hint: firstSentence(flag.help), argument: behind(flag) };
}

function ofShorthand({ names, kind, help: text }: Shorthand): FlagWords {
  const argument: Argument = { kind: kind === "boolean" ? "none" : "other" };
  return { spellings: names.map(dashed), hint: firstSentence(text), argument };
}

function behind({ kind, value = "", choices, bare }: Flag): Argument {
  if (kind === "boolean" || bare !== undefined) return { kind: "none" };
  if (choices !== undefined) return { kind: "choice", choices };
  return /FILE|PATH|DIR/.test(value) ? { kind: "path" } : { kind: "other" };
}

function dashed(name: string): string {
  return name.length === 1 ? `-${name}` : `--${name}`;
}

function firstSentence(text: string): string {
  return /^.*?[.;](?= |$)/.exec(text)?.[0].slice(0, -1) ?? text;
}
