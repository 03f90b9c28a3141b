/**
 * What the documents repeat of the code, made from the code. A section of the README
 * between `<!-- commands -->` and `<!-- /commands -->` is such a table:
 *
 *     bun test/tidy/documents.ts
 *
 * writes them anew.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { commands } from "../../src/protocol/commands.ts";
import { serveFlags } from "../../src/config/serve-flags.ts";
import type { Complaints, Sources } from "./sources.ts";

/** Tables by the name of their section. */
export type Tables = Readonly<Record<string, string>>;

/** The tables of this project's README. */
export function tables(): Tables {
  return {
    commands: table(
      ["command", "what it does"],
      commands.map(({ usage, help }) => [`\`${usage}\``, help]),
    ),
    flags: table(
      ["flag", "default", "what it is"],
      serveFlags.map((flag) => [
        `\`-${flag.name}${"value" in flag ? ` ${flag.value}` : ""}\``,
        flag.default === undefined ? "" : `\`${shown(flag)}\``,
        flag.help,
      ]),
    ),
  };
}

/** Sections that are missing, or say something else than the code. */
export function outdatedSections(readme: string, wanted: Tables): Complaints {
  return Object.entries(wanted).flatMap(([name, text]) => {
    const section = sectionOf(readme, name);
    if (section === undefined) return [`README.md has no section \`<!-- ${name} -->\``];
    return section === `\n${text}\n`
      ? []
      : [`the section ${name} of README.md differs from the code`];
  });
}

/** The README with every table that it has a section for. */
export function withTables(readme: string, wanted: Tables): string {
  return Object.entries(wanted).reduce((text, [name, tableText]) => {
    const section = sectionOf(text, name);
    if (section === undefined) return text;
    return text.replace(`<!-- ${name} -->${section}`, () => `<!-- ${name} -->\n${tableText}\n`);
  }, readme);
}

/** Commands of the table that no transcript uses. */
export function commandsWithoutTranscript(names: readonly string[], sources: Sources): Complaints {
  const used = new Set<string>();
  for (const [path, text] of sources) {
    if (!path.startsWith("test/transcripts/") || !path.endsWith(".txt")) continue;
    const lines = text.matchAll(/^[a-z](?:>|\?) +(?:@\S+ +)?(\S+)/gm);
    for (const [, command = ""] of lines) used.add(command);
  }
  return names.filter((name) => !used.has(name)).map((name) => `no transcript uses \`${name}\``);
}

/** A lock file that says where packages came from ties the project to that place. */
export function downloadAddresses(sources: Sources): Complaints {
  const lock = sources.get("package-lock.json") ?? "";
  return lock.includes('"resolved"') ? ["package-lock.json records download addresses"] : [];
}

function sectionOf(readme: string, name: string): string | undefined {
  const [, section] = new RegExp(`<!-- ${name} -->([^]*?)<!-- /${name} -->`).exec(readme) ?? [];
  return section;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), `|${head.map(() => "---").join("|")}|`, ...rows.map(row)].join("\n");
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
}

function shown(flag: { kind: string; default?: unknown }): string {
  return flag.kind === "octal" ? `0${Number(flag.default).toString(8)}` : String(flag.default);
}

if (import.meta.main) {
  const path = join(import.meta.dir, "..", "..", "README.md");
  writeFileSync(path, withTables(readFileSync(path, "utf8"), tables()));
}
