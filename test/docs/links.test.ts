/**
 * The documents lead where they say: links, anchors, files, flags and commands that they
 * name exist.
 */
import { describe, expect, test } from "bun:test";
import { join, normalize } from "node:path";
import { cliCommands } from "../../src/cli/commands.ts";
import { commands } from "../../src/protocol/commands.ts";
import { glockd } from "../cli/glockd.ts";
import { exists } from "../server-process.ts";
import { within } from "../wait-for.ts";
import { documentText } from "./examples.ts";

const root = join(import.meta.dir, "../..");
const documents = [
  "README.md",
  "CHANGELOG.md",
  "builds/README.md",
  "docs/protocol.md",
  "docs/commands.md",
  "docs/http.md",
  "docs/recipes.md",
  "docs/performance.md",
  "docs/security.md",
  "docs/client.md",
  "docs/compat.md",
  "docs/guarantees.md",
  "docs/concourse.md",
  "docs/top.md",
  "docs/operations.md",
  "test/transcripts/README.md",
];

describe.each(documents)("%s", (path) => {
  const text = documentText(path);

  test("links to what is there", () => {
    const targets = [...prose(text).matchAll(/\]\(([^)]+)\)/g)].map(([, target = ""]) => target);
    const wrong = targets.filter((target) => !target.includes("://") && !leads(path, target));
    expect(wrong).toEqual([]);
  });

  test("names files of this project that exist", () => {
    const named = [...text.matchAll(/`((?:src|test|docs|builds)\/[\w./-]+\.\w+)`/g)];
    const gone = named.map(([, file = ""]) => file).filter((file) => !exists(join(root, file)));
    expect(gone).toEqual([]);
  });

  test("shows flags that exist", async () => {
    const known = await knownFlags();
    const shown = [...text.matchAll(/`(-{1,2}[a-z][\w-]*)/g)].map(([, flag = ""]) => flag);
    const unknown = shown.filter((flag) => !known.has(flag.replace(/^--?(no-)?/, "")));
    expect(unknown).toEqual([]);
  });
});

test("docs/protocol.md has a row for every command, and no other rows", () => {
  const rows = [...documentText("docs/protocol.md").matchAll(/^\| `(?:@TAG )?([a-z]+)[ `]/gm)];
  const named = new Set(rows.map(([, word = ""]) => word));
  expect([...named].sort()).toEqual(commands.map(({ name }) => name).sort());
});

test("docs/security.md gives each role the commands of the code", () => {
  const [, section = ""] =
    /<!-- roles -->([^]*)<!-- \/roles -->/.exec(documentText("docs/security.md")) ?? [];
  const rows = section.trim().split("\n").slice(2);
  const told = rows.map((row) => {
    const [before = ""] = row.split("|")[2]?.split(", and") ?? [];
    return Array.from(before.matchAll(/`\w+`/g), ([name]) => name);
  });
  const needs = ["nothing", "read", "lock", "admin"].map((need) =>
    commands.filter((command) => command.needs === need).map(({ name }) => `\`${name}\``),
  );
  expect(told).toEqual(needs.map((names) => names.sort()));
});

test("docs/performance.md has a part for every section of the benchmark", async () => {
  const help = await output([process.execPath, join(root, "test/bench/bench.ts"), "-help"]);
  const [, names = ""] = /Only these sections, separated by commas: ([^.]*)\./.exec(help) ?? [];
  expect(names).not.toBe("");
  const parts = [...documentText("docs/performance.md").matchAll(/^### `(\S+)`/gm)];
  expect(parts.map(([, part]) => part)).toEqual(names.split(", "));
});

/** The Go server's, which the README says are not there yet, and the end of a commit. */
const noFlags = ["ssl", "ssl-cert", "ssl-key", "ssl-ca", "dirty"];

/** What the usages of all programs tell, dashes left out. */
async function knownFlags(): Promise<Set<string>> {
  const usages = await Promise.all([
    ...cliCommands.map(async ({ name }) => (await glockd([name, "-help"])).stdout),
    output([process.execPath, join(root, "test/bench/bench.ts"), "-help"]),
  ]);
  const told = usages.join("\n").matchAll(/(?:^ {2}|, )-([a-z-]+)/gim);
  return new Set([...noFlags, ...[...told].map(([, flag = ""]) => flag)]);
}

async function output(argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "inherit" });
  const text = await within(`the end of ${argv.at(-2)}`, new Response(child.stdout).text());
  return text.replaceAll(/\n {20,}/g, " ");
}

function leads(from: string, target: string): boolean {
  const [file = "", anchor] = target.split("#");
  const path = file === "" ? from : normalize(join(from, "..", file));
  if (!exists(join(root, path))) return false;
  return anchor === undefined || anchors(documentText(path)).includes(anchor);
}

/** As the forges make them of headings. */
function anchors(text: string): string[] {
  return [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, heading = ""]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, "")
      .replaceAll(" ", "-"),
  );
}

/** Without code blocks. */
function prose(text: string): string {
  return text.replaceAll(/^```[^]*?^```$/gm, "");
}
