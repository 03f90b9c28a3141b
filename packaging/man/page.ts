/**
 * glockd(1), made from what `--help` is made of: the commands with their flags, notes and
 * examples, the variables, and the commands of the line protocol.
 */
import { type CliCommand, cliCommands } from "../../src/cli/commands.ts";
import type { Usage } from "../../src/cli/usage.ts";
import { type Flag, type Shorthand, variableOf } from "../../src/flag.ts";
import { commands } from "../../src/protocol/commands.ts";
import { literal, macro, prose } from "./roff.ts";

export interface PageOptions {
  readonly version: string;
  /** Seconds since 1970. */
  readonly date: number;
}

interface Described {
  readonly command: CliCommand;
  readonly usage: Usage;
}

const exitStatusNote = "Exit status: ";

/** The whole page, the last LF included. */
export async function manPage({ version, date }: PageOptions): Promise<string> {
  const described = await Promise.all(
    cliCommands.map(async (command) => ({ command, usage: (await command.load()).usage })),
  );
  const [serve] = described;
  if (serve === undefined) throw new Error("there is no command");
  const day = new Date(date * 1000).toISOString().slice(0, 10);
  return [
    // The date as it is: escaped, it would be read as none.
    `.TH GLOCKD 1 ${day} "glockd ${version}" "User Commands"`,
    macro("SH", "NAME"),
    literal("glockd - network lock server"),
    ...synopsis(described),
    ...description(serve.usage),
    ...described.flatMap((one) => commandSection(one, one === described[0])),
    ...exitStatuses(serve.usage),
    ...environment(described),
    ...signals(),
    ...protocol(),
    macro("SH", "SEE ALSO"),
    ...prose("nc(1), systemd.service(5), and the documents that come with the sources."),
    "",
  ].join("\n");
}

function synopsis(described: readonly Described[]): string[] {
  const lines = described.flatMap(({ usage }, index) =>
    // The first command's synopsis names the others as well.
    usage.synopsis.filter((line) => index > 0 || !/^glockd [a-z]+ /.test(line)),
  );
  return [
    macro("SH", "SYNOPSIS"),
    ".nf",
    ...[...new Set(lines.map(withoutPurpose))].map(literal),
    ".fi",
  ];
}

/** `glockd hash            hashes a secret` without what it does. */
function withoutPurpose(line: string): string {
  return line.replace(/ {2,}.*/, "");
}

function description({ summary }: Usage): string[] {
  return [
    macro("SH", "DESCRIPTION"),
    ...prose(summary.replace(/^glockd: a/, "A")),
    ...prose(
      "A connection may hold locks; when it ends, in whatever way, all that it held is released. " +
        "Clients talk to the server in lines of text over TCP, unix sockets and WebSocket, or in HTTP.",
    ),
    ".PP",
    ...prose(
      "Flags take one dash or two, and their values behind a space or an equals sign. " +
        "Without a command, glockd serves.",
    ),
  ];
}

/** `main`: its exit statuses have a section of their own. */
function commandSection({ command, usage }: Described, main: boolean): string[] {
  const notes = (usage.notes ?? []).filter((note) => !main || !note.startsWith(exitStatusNote));
  const examples = usage.examples ?? [];
  return [
    macro("SH", `GLOCKD ${command.name.toUpperCase()}`),
    ...prose(usage.summary),
    ...usage.flags.flatMap((flag) => item(flagTerm(flag), flag.help + hints(flag))),
    ...(usage.shorthands ?? []).flatMap((one) => item(shorthandTerm(one), one.help)),
    ...notes.flatMap((note) => [".PP", ...prose(note)]),
    ...examples.flatMap(([line, purpose]) => item(line, purpose)),
  ];
}

function item(term: string, text: string): string[] {
  return [".TP", macro("B", term), ...prose(text)];
}

function flagTerm(flag: Flag): string {
  return withValue([flag.name, ...(flag.aliases ?? [])], flag.kind, flag.value);
}

function shorthandTerm({ names, kind, value }: Shorthand): string {
  return withValue(names, kind, value);
}

function withValue(names: readonly string[], kind: string, value = "VALUE"): string {
  const written = names.map((name) => `-${name}`).join(", ");
  return kind === "boolean" ? written : `${written} ${value}`;
}

function hints({ default: value, kind }: Flag): string {
  if (value === undefined) return "";
  const shown =
    kind === "octal" && typeof value === "number"
      ? value.toString(8).padStart(4, "0")
      : String(value);
  return ` Default: ${shown}.`;
}

/** From the note that `-help` ends with: `Exit status: 0 stopped cleanly; 1 a listener failed`. */
function exitStatuses({ notes = [] }: Usage): string[] {
  const note = notes.find((one) => one.startsWith(exitStatusNote));
  if (note === undefined) throw new Error("the usage of serve tells no exit status");
  const statuses = note.slice(exitStatusNote.length).replace(/\.$/, "").split("; ");
  return [
    macro("SH", "EXIT STATUS"),
    ...statuses.flatMap((status) => {
      const [, number = "", text = ""] = /^(\d+)(?: (?=\S))(.*)$/.exec(status) ?? [];
      return item(number, text);
    }),
  ];
}

function environment(described: readonly Described[]): string[] {
  const users = new Map<string, string>();
  for (const { command, usage } of described) {
    for (const flag of usage.flags) {
      const variable = variableOf(flag);
      if (flag.env !== true) continue;
      const told = users.get(variable);
      users.set(
        variable,
        told === undefined ? `-${flag.name} of ${command.name}` : `${told}, ${command.name}`,
      );
    }
  }
  return [
    macro("SH", "ENVIRONMENT"),
    ...prose("Variables stand for flags, which win over them:"),
    ...[...users].flatMap(([variable, flag]) => item(variable, `${flag}`)),
    ...item("AUTH_USER, AUTH_PASS", "Together they make one credential that may lock."),
  ];
}

function signals(): string[] {
  return [
    macro("SH", "SIGNALS"),
    ...item("SIGTERM, SIGINT", "Stop cleanly; a second one stops at once."),
    ...item(
      "SIGHUP",
      "Reread credentials and certificates, and open the audit log anew, so that it can be rotated.",
    ),
  ];
}

function protocol(): string[] {
  return [
    macro("SH", "PROTOCOL"),
    ...prose("Commands of the line protocol, each a line:"),
    ...commands.flatMap(({ usage, help }) => item(usage, help)),
  ];
}
