/**
 * What a document shows and a reader can try: code blocks that a comment in front marks.
 *
 *     <!-- session -->          commands and replies, see conversation.ts
 *     <!-- example python -->   a program, and in the block after it what it prints
 *     <!-- script deploy -->    a file that other programs stand around
 *
 * Invariant: a mark without its block is an error, never an example that is left out.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dir, "../..");

/** A program that a document shows. */
export interface Example {
  /** What runs it: `sh`, `bash`, `php`, `python`, `node`, `bun`. */
  readonly runner: string;
  readonly program: string;
  readonly prints: string;
}

/** The text of a file of this project. */
export function documentText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

/** The sessions of a document, in order. */
export function sessionsOf(document: string): string[] {
  return marks(document, "session").map(({ rest }) => blocks(rest, 1)[0] ?? "");
}

/** The scripts of a document by their names: `<!-- script NAME -->`. */
export function scriptsOf(document: string): ReadonlyMap<string, string> {
  return new Map(
    marks(document, "script").map(({ argument, rest }) => [argument, blocks(rest, 1)[0] ?? ""]),
  );
}

/** The programs of a document, in order. */
export function examplesOf(document: string): Example[] {
  return marks(document, "example").map(({ argument, rest }) => {
    const [program = "", prints = ""] = blocks(rest, 2);
    return { runner: argument, program, prints };
  });
}

function marks(document: string, kind: string): { argument: string; rest: string }[] {
  const found = document.matchAll(new RegExp(`^<!-- ${kind}(?: (\\w+))? -->\\n(?=\`\`\`)`, "gm"));
  const marked = [...found].map((match) => ({
    argument: match[1] ?? "",
    rest: document.slice(match.index + match[0].length),
  }));
  const written = document.split(`<!-- ${kind}`).length - 1;
  if (marked.length !== written)
    throw new Error(`${written - marked.length} marks \`${kind}\` have no code block behind them`);
  return marked;
}

/** The first `count` fenced blocks of a text, without their fences. */
function blocks(text: string, count: number): string[] {
  const found = [...text.matchAll(/^```\w*\n([^]*?)^```$/gm)].slice(0, count);
  if (found.length < count) throw new Error("a code block is missing behind a mark");
  return found.map((match) => match[1] ?? "");
}
