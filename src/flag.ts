/**
 * One command line flag: what it is called, what it takes and how its text becomes a value.
 * Invariant: a value that `readValue` returns is within the flag's kind and bounds.
 */

/** A flag's values, as text is turned into them; see `readers` for what each kind takes. */
export type FlagKind = "string" | "boolean" | "integer" | "number" | "octal" | "choice";

/** One flag. A table of them (`as const satisfies readonly Flag[]`) types what `parseFlags` returns. */
export interface Flag {
  /** Without dashes, words joined by `-`. */
  readonly name: string;
  readonly kind: FlagKind;
  /** What holds when nobody says otherwise; `undefined` where there may be no value. */
  readonly default: string | number | boolean | undefined;
  /** What the usage calls the value, say `PATH`; not for booleans. */
  readonly value?: string;
  /** What it means without a value; only then may the value be left out. `value` says so: `[S]`. */
  readonly bare?: string;
  /** One or two sentences for the usage. */
  readonly help: string;
  /** Other names of the same flag. */
  readonly aliases?: readonly string[];
  /** Also read from `GLOCKD_NAME` when true. An empty variable counts as absent. */
  readonly env?: boolean;
  /** Bounds of numbers, both allowed; 0 and no bound unless given. */
  readonly min?: number;
  readonly max?: number;
  /** The values of a choice. */
  readonly choices?: readonly string[];
}

/** A spelling that stands for other flags, such as `-t HOST:PORT` for `-host` and `-port`. */
export interface Shorthand {
  readonly names: readonly string[];
  readonly kind: "string" | "boolean";
  readonly value?: string;
  readonly help: string;
  /** What it stands for, as `[flag, text]`; throws UsageError with the reason when it cannot be read. */
  readonly expand: (text: string) => readonly (readonly [flag: string, text: string])[];
}

type Widened<F extends Flag> = F["kind"] extends "boolean"
  ? boolean
  : F["kind"] extends "integer" | "number" | "octal"
    ? number | (undefined extends F["default"] ? undefined : never)
    : F extends { readonly choices: readonly (infer C)[] }
      ? C
      : string | (undefined extends F["default"] ? undefined : never);

/** Every flag's value by its name. */
export type FlagValues<T extends readonly Flag[]> = {
  readonly [F in T[number] as F["name"]]: Widened<F>;
};

/** A command line that cannot be followed; the message is for people, the exit status 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

export type Value = string | number | boolean | undefined;

const variablePrefix = "GLOCKD_";

/** Names of the variables that may stand for flags. */
export function variablesIn(env: Readonly<Record<string, string | undefined>>): string[] {
  const names = [];
  for (const name in env) if (name.startsWith(variablePrefix)) names.push(name);
  return names;
}

/** The variable that stands for a flag: `unix-mode` is `GLOCKD_UNIX_MODE`. */
export function variableOf(flag: Flag): string {
  return `${variablePrefix}${flag.name.replaceAll("-", "_").toUpperCase()}`;
}

/**
 * The value that `text` means for `flag`.
 * @throws UsageError that starts with `where` it was written: `-port`, `GLOCKD_PORT`.
 */
export function readValue(flag: Flag, text: string, where: string): Value {
  const value = readers[flag.kind](text, flag);
  if (!(value instanceof UsageError)) return value;
  throw new UsageError(`${where}: ${JSON.stringify(text)} is not ${value.message}`);
}

/** What Go's strconv.ParseBool takes; `undefined` for anything else. */
export function readBoolean(text: string): boolean | undefined {
  return truths.get(text);
}

const readers: Readonly<Record<FlagKind, (text: string, flag: Flag) => Value | UsageError>> = {
  // An empty string means "none" where there need not be one, as in `-pidfile=`.
  string: (text, flag) => (text === "" && flag.default === undefined ? undefined : text),
  boolean: (text) =>
    readBoolean(text) ?? new UsageError("true or false (1, t, true, 0, f or false)"),
  // No leading zero: Go reads 010 as 8.
  integer: (text, flag) =>
    inBounds(/^(0|[1-9]\d{0,14})$/.test(text) ? Number(text) : Number.NaN, flag) ??
    new UsageError(`a whole number${boundsOf(flag)}`),
  number: (text, flag) =>
    inBounds(/^\d{1,15}(\.\d{1,15})?$/.test(text) ? Number(text) : Number.NaN, flag) ??
    new UsageError(`a number${boundsOf(flag)}`),
  octal: (text, flag) =>
    inBounds(
      /^(0o)?[0-7]{1,6}$/.test(text) ? Number.parseInt(text.replace("0o", ""), 8) : Number.NaN,
      flag,
    ) ?? new UsageError("an octal file mode such as 0660"),
  choice: (text, flag) =>
    flag.choices?.includes(text) === true
      ? text
      : new UsageError(`one of ${flag.choices?.join(", ")}`),
};

const truths: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "true", "TRUE", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((text) => [text, false] as const),
]);

function inBounds(value: number, { min = 0, max = Infinity }: Flag): number | undefined {
  return value >= min && value <= max ? value : undefined;
}

function boundsOf({ min = 0, max }: Flag): string {
  return max === undefined ? ` of ${min} or more` : ` between ${min} and ${max}`;
}
