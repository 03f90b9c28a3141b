/**
 * How a flag is written: finds which one an argument means, and where its value stands.
 * Invariant: an argument is a flag that is known, an operand, the end of the flags, or a
 * complaint; none is passed over.
 */
import { readValue, UsageError } from "./flag.ts";
import type { Flag, Shorthand } from "./flag.ts";
import { nearest } from "./nearest.ts";

export type Target = Flag | Shorthand | "help" | "version";

/** Every name that flags go by, without dashes. */
export function nameTable(
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

/** What one argument means. */
export interface Spelled {
  readonly target: Target | "end" | "operand";
  /** The flag's value, or the operand. */
  readonly text: string;
  /** As it was written, for messages: `--port`. */
  readonly dashed: string;
  readonly next: number;
}

/** @throws UsageError for a flag that nobody knows, or that has no value. */
export function readSpelling(
  argv: readonly string[],
  at: number,
  names: ReadonlyMap<string, Target>,
): Spelled {
  const argument = argv[at] ?? "";
  if (argument === "--") return { target: "end", text: "", dashed: "--", next: at + 1 };
  const match = /^(--?)([^-=][^=]*)(?:=(.*))?$/s.exec(argument);
  if (match === null) {
    // A name that begins with a dash has its place behind `--`.
    if (/^-./.test(argument)) throw new UsageError(strayArgument(argument, argv[at - 1], names));
    return { target: "operand", text: argument, dashed: "", next: at + 1 };
  }
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
  const bare = "name" in target && !isValue(argv[at + 1], target) ? target.bare : undefined;
  if (bare !== undefined) return { target, text: bare, dashed, next: at + 1 };
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

/** Whether what follows can be the value of a flag that may also stand alone. */
function isValue(next: string | undefined, flag: Flag): boolean {
  if (next === undefined) return false;
  try {
    readValue(flag, next, "");
    return true;
  } catch {
    return false;
  }
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

function unknownFlag(dashed: string, name: string, names: ReadonlyMap<string, Target>): string {
  const spellings = [...names].flatMap(([known, target]) =>
    isBoolean(target) ? [known, `no-${known}`] : [known],
  );
  const near = nearest(name, spellings);
  return `unknown flag ${dashed}${near === undefined ? "" : `; did you mean -${near}?`}`;
}

/** The complaint about a word where there is no place for one. */
export function strayArgument(
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
