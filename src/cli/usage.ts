/** What `-help` prints: a command's flags in columns, from the table that parses them. */
import { variableOf } from "../flag.ts";
import type { Flag, Shorthand } from "../flag.ts";

export interface Usage {
  /** What the command is, in a sentence. */
  readonly summary: string;
  /** How it is called, one line each: `glockd [serve] [FLAGS]`. */
  readonly synopsis: readonly string[];
  readonly flags: readonly Flag[];
  /** What its operand can be, where that is known: completed by shells. */
  readonly operandChoices?: readonly string[];
  readonly shorthands?: readonly Shorthand[];
  /** Paragraphs below the flags. */
  readonly notes?: readonly string[];
  /** Command lines as somebody would type them, with what each is for. */
  readonly examples?: readonly (readonly [line: string, purpose: string])[];
}

/** The usage as lines of at most 80 columns (where words allow), the last LF included. */
export function renderUsage(usage: Usage): string {
  const rows = [
    ...usage.flags.map((flag) => [spellings(flag), flag.help + hints(flag)] as const),
    ...(usage.shorthands ?? []).map(
      (shorthand) =>
        [withValue(shorthand.names, shorthand.value, shorthand.kind), shorthand.help] as const,
    ),
    ["-h, -help", "Print this and stop."] as const,
    ["-version", "Print the version and stop."] as const,
  ];
  return [
    usage.summary,
    "",
    ...usage.synopsis.map((line, index) => `${index === 0 ? "Usage: " : "       "}${line}`),
    "",
    "Flags (one dash or two; -flag VALUE or -flag=VALUE):",
    ...rows.flatMap(([left, right]) => columns(left, right)),
    ...(usage.notes ?? []).flatMap((note) => ["", ...wrap(note, pageColumns)]),
    ...examplesOf(usage),
    "",
  ].join("\n");
}

const pageColumns = 80;
const leftColumns = 26;

function spellings(flag: Flag): string {
  return withValue([flag.name, ...(flag.aliases ?? [])], flag.value, flag.kind);
}

function withValue(names: readonly string[], value: string | undefined, kind: string): string {
  const written = names.map((name) => `-${name}`).join(", ");
  return kind === "boolean" ? written : `${written} ${value ?? "VALUE"}`;
}

function hints(flag: Flag): string {
  const texts = [];
  if (flag.default !== undefined) {
    const octal = flag.kind === "octal" && typeof flag.default === "number";
    texts.push(octal ? flag.default.toString(8).padStart(4, "0") : String(flag.default));
  }
  if (flag.env === true) texts.push(variableOf(flag));
  return texts.length === 0 ? "" : ` [${texts.join("; ")}]`;
}

function examplesOf({ examples = [] }: Usage): string[] {
  if (examples.length === 0) return [];
  const lines = examples.flatMap(([line, purpose]) => [`  ${line}`, `      ${purpose}`]);
  return ["", "Examples:", ...lines];
}

function columns(left: string, right: string): string[] {
  const lines = wrap(right, pageColumns - leftColumns);
  const indent = " ".repeat(leftColumns);
  const first = `  ${left}`;
  return first.length < leftColumns
    ? lines.map((line, index) => (index === 0 ? first.padEnd(leftColumns) : indent) + line)
    : [first, ...lines.map((line) => indent + line)];
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
