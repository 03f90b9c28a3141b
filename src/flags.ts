/**
 * Command line flags, read as Go's flag package reads them, so that service files and
 * scripts written for the Go server work unchanged; also as people expect of GNU tools.
 * Invariant: what comes out is complete and checked; nothing on the command line or in
 * a variable that is named here is ever ignored.
 */
import { readValue, UsageError, variableOf, variablesIn } from "./flag.ts";
import type { Flag, FlagValues, Shorthand, Value } from "./flag.ts";
import { nameTable, readSpelling, strayArgument, type Spelled } from "./flag-spelling.ts";

export { UsageError, type Flag, type FlagValues, type Shorthand } from "./flag.ts";

/** What a command line asks for. */
export type Parsed<T extends readonly Flag[]> =
  | { readonly request: "help" }
  | { readonly request: "version" }
  | {
      readonly request: "run";
      readonly values: FlagValues<T>;
      /** Names of the flags that somebody set, on the command line or in the environment. */
      readonly given: ReadonlySet<string>;
      /** Those of them that were set on the command line. */
      readonly typed: ReadonlySet<string>;
      /** What stands beside the flags, as many as `Operands` asks for. */
      readonly operands: readonly string[];
      /** What stands behind `--`, unread. */
      readonly command: readonly string[];
    };

/** What a command takes beside its flags. */
export interface Operands {
  /** What they are called, in their order: `NAME`. */
  readonly names: readonly string[];
  /** How many there have to be; all of them unless given. */
  readonly least?: number;
  /** What has to stand behind `--`, say `CMD ARG...`. Without it `--` only ends the flags. */
  readonly command?: string;
}

const noOperands: Operands = { names: [] };

/**
 * Reads the arguments behind the command's name.
 * Accepted: `-flag v`, `--flag v`, `-flag=v`, `--flag=v`; booleans `-flag`, `-flag=false`
 * and `--no-flag`, which never take the next argument. The last of several wins, flags win
 * over the environment, `--` ends the flags. Operands stand before, between and behind them.
 * @throws UsageError for anything that is not understood.
 */
export function parseFlags<const T extends readonly Flag[]>(
  flags: T,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  shorthands: readonly Shorthand[] = [],
  wanted: Operands = noOperands,
): Parsed<T> {
  const typed = new Map<string, Value>();
  const operands: string[] = [];
  const names = nameTable(flags, shorthands);
  let command: readonly string[] | undefined;
  for (let at = 0; at < argv.length && command === undefined;) {
    const spelled = readSpelling(argv, at, names);
    const { target } = spelled;
    if (target === "help" || target === "version") return { request: target };
    if (target === "end") command = argv.slice(spelled.next);
    else if (target !== "operand") apply(target, spelled, flags, typed);
    else if (operands.length < wanted.names.length) operands.push(spelled.text);
    else throw new UsageError(tooMany(spelled.text, argv[at - 1], wanted, names));
    at = spelled.next;
  }
  const behind = placeRest(command, operands, wanted, names);
  const values = readEnvironment(flags, env);
  for (const [name, value] of typed) values.set(name, value);
  const complete: Record<string, Value> = {};
  for (const flag of flags) {
    complete[flag.name] = values.has(flag.name) ? values.get(flag.name) : flag.default;
  }
  return {
    request: "run",
    values: complete as FlagValues<T>,
    given: new Set(values.keys()),
    typed: new Set(typed.keys()),
    operands,
    command: behind,
  };
}

type Names = ReturnType<typeof nameTable>;

/** What stands behind `--` is the command, or further operands; and all that has to be is there. */
function placeRest(
  rest: readonly string[] | undefined,
  operands: string[],
  wanted: Operands,
  names: Names,
): readonly string[] {
  const { least = wanted.names.length, command } = wanted;
  if (command === undefined) {
    for (const word of rest ?? []) {
      if (operands.length === wanted.names.length)
        throw new UsageError(strayArgument(word, undefined, names));
      operands.push(word);
    }
  }
  if (operands.length < least) throw new UsageError(`there is no ${wanted.names[operands.length]}`);
  if (command === undefined) return [];
  if (rest === undefined || rest.length === 0)
    throw new UsageError(`there is no command: write ${wanted.names.join(" ")} -- ${command}`);
  return rest;
}

function tooMany(
  word: string,
  before: string | undefined,
  { names, command }: Operands,
  known: Names,
): string {
  const stray = strayArgument(word, before, known);
  if (command === undefined || stray.includes(";")) return stray;
  return `${stray}; the command goes behind --: ${names.join(" ")} -- ${command}`;
}

function apply(
  target: Flag | Shorthand,
  { text, dashed }: Spelled,
  flags: readonly Flag[],
  values: Map<string, Value>,
): void {
  if ("name" in target) {
    values.set(target.name, readValue(target, text, dashed));
    return;
  }
  let expanded;
  try {
    expanded = target.expand(text);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    throw new UsageError(`${dashed}: ${error.message}`);
  }
  for (const [name, part] of expanded) {
    const flag = flags.find((candidate) => candidate.name === name);
    if (flag !== undefined) values.set(name, readValue(flag, part, dashed));
  }
}

function readEnvironment(
  flags: readonly Flag[],
  env: Readonly<Record<string, string | undefined>>,
): Map<string, Value> {
  const values = new Map<string, Value>();
  // Mostly there is none; and a start should not wait for the names of all that there could be.
  // Windows finds them in any case.
  if (process.platform !== "win32" && variablesIn(env).length === 0) return values;
  for (const flag of flags) {
    const variable = variableOf(flag);
    const text = flag.env === true ? env[variable] : undefined;
    if (text === undefined || text === "") continue;
    if (text.startsWith("tcp://"))
      throw new UsageError(
        `${variable}: ${JSON.stringify(text)} is what Kubernetes tells of a service of this name; ` +
          "set enableServiceLinks: false for the pod",
      );
    values.set(flag.name, readValue(flag, text, variable));
  }
  return values;
}
