/**
 * Command line flags, read as Go's flag package reads them, so that service files and
 * scripts written for the Go server work unchanged; also as people expect of GNU tools.
 * Invariant: what comes out is complete and checked; nothing on the command line or in
 * a variable that is named here is ever ignored.
 */
import { readValue, UsageError, variableOf } from "./flag.ts";
import type { Flag, FlagValues, Shorthand, Value } from "./flag.ts";
import { nearest } from "./nearest.ts";

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
    };

/**
 * Reads the arguments behind the command's name.
 * Accepted: `-flag v`, `--flag v`, `-flag=v`, `--flag=v`; booleans `-flag`, `-flag=false`
 * and `--no-flag`, which never take the next argument. The last of several wins, flags win
 * over the environment, `--` ends the flags. There are no positional arguments.
 * @throws UsageError for anything that is not understood.
 */
export function parseFlags<const T extends readonly Flag[]>(
  flags: T,
  argv: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  shorthands: readonly Shorthand[] = [],
): Parsed<T> {
  const values = new Map<string, Value>();
  const names = nameTable(flags, shorthands);
  for (let at = 0; at < argv.length;) {
    const spelled = readSpelling(argv, at, names);
    if (spelled.target === "help") return { request: "help" };
    if (spelled.target === "version") return { request: "version" };
    if (spelled.target !== "end")
      apply(spelled.target, spelled.text, spelled.dashed, flags, values);
    at = spelled.next;
  }
  const fromEnvironment = readEnvironment(flags, env);
  const given = new Set([...fromEnvironment.keys(), ...values.keys()]);
  const complete: Record<string, Value> = {};
  for (const flag of flags) {
    const source = values.has(flag.name) ? values : fromEnvironment;
    complete[flag.name] = source.has(flag.name) ? source.get(flag.name) : flag.default;
  }
  return { request: "run", values: complete as FlagValues<T>, given };
}

type Target = Flag | Shorthand | "help" | "version";

function nameTable(
  flags: readonly Flag[],
  shorthands: readonly Shorthand[],
): ReadonlyMap<string, Target> {
  const names = new Map<string, Target>([
    ["h", "help"],
    ["help", "help"],
    ["version", "version"],
  ]);
  for (const shorthand of shorthands)
    for (const name of shorthand.names) names.set(name, shorthand);
  for (const flag of flags)
    for (const name of [flag.name, ...(flag.aliases ?? [])]) names.set(name, flag);
  return names;
}

interface Spelled {
  readonly target: Target | "end";
  readonly text: string;
  /** As it was written, for messages: `--port`. */
  readonly dashed: string;
  readonly next: number;
}

function readSpelling(
  argv: readonly string[],
  at: number,
  names: ReadonlyMap<string, Target>,
): Spelled {
  const argument = argv[at] ?? "";
  if (argument === "--") {
    const stray = argv[at + 1];
    if (stray !== undefined) throw new UsageError(strayArgument(stray, undefined, names));
    return { target: "end", text: "", dashed: "--", next: at + 1 };
  }
  const match = /^(--?)([^-=][^=]*)(?:=(.*))?$/s.exec(argument);
  if (match === null) throw new UsageError(strayArgument(argument, argv[at - 1], names));
  const [, dashes = "-", name = "", written] = match;
  const dashed = dashes + name;
  const target = names.get(name);
  if (target === undefined) {
    const negated = name.startsWith("no-") ? names.get(name.slice(3)) : undefined;
    if (!isBoolean(negated)) throw new UsageError(unknownFlag(dashed, name, names));
    if (written !== undefined)
      throw new UsageError(`${dashed} takes no value; write ${dashes}${name.slice(3)}=${written}`);
    return { target: negated, text: "false", dashed, next: at + 1 };
  }
  if (target === "help" || target === "version") return { target, text: "", dashed, next: at + 1 };
  if (written !== undefined) return { target, text: written, dashed, next: at + 1 };
  if (target.kind === "boolean") return { target, text: "true", dashed, next: at + 1 };
  return {
    target,
    text: followingValue(argv[at + 1], dashed, target, names),
    dashed,
    next: at + 2,
  };
}

function isBoolean(target: Target | undefined): target is Flag | Shorthand {
  return typeof target === "object" && target.kind === "boolean";
}

/** Go would take the name of the next flag as this one's value; nobody ever means that. */
function followingValue(
  next: string | undefined,
  dashed: string,
  target: Flag | Shorthand,
  names: ReadonlyMap<string, Target>,
): string {
  const metavariable = target.value ?? "VALUE";
  if (next === undefined)
    throw new UsageError(`${dashed} needs a value: ${dashed} ${metavariable}`);
  const name = /^--?([^-=][^=]*)/.exec(next)?.[1];
  if (
    next === "--" ||
    (name !== undefined && (names.has(name) || names.has(name.replace(/^no-/, ""))))
  )
    throw new UsageError(
      `${dashed} needs a value: ${dashed} ${metavariable} (if ${next} is meant, write ${dashed}=${next})`,
    );
  return next;
}

function apply(
  target: Flag | Shorthand,
  text: string,
  dashed: string,
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

function unknownFlag(dashed: string, name: string, names: ReadonlyMap<string, Target>): string {
  const spellings = [...names].flatMap(([known, target]) =>
    isBoolean(target) ? [known, `no-${known}`] : [known],
  );
  const near = nearest(name, spellings);
  return `unknown flag ${dashed}${near === undefined ? "" : `; did you mean -${near}?`}`;
}

function strayArgument(
  stray: string,
  before: string | undefined,
  names: ReadonlyMap<string, Target>,
): string {
  const flag = before === undefined ? undefined : /^--?([^-=][^=]*)$/.exec(before)?.[1];
  const hint =
    flag !== undefined && isBoolean(names.get(flag))
      ? `; to give ${before} a value write ${before}=${stray}`
      : "";
  return `unexpected argument ${JSON.stringify(stray)}${hint}`;
}
