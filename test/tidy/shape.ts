/** How files look: their length, their names, their first words, and what is not in them. */
import { onlyCode } from "./code.ts";
import { type Complaints, modulesBelow, type Sources } from "./sources.ts";

/** A file is one idea: about this long at most, … */
const linesWished = 250;
/** … and never longer than this. */
const linesMax = 300;
/** So many of a hundred files may be longer than wished. */
const percentLonger = 3;
const functionLinesMax = 70;
const filesInFolderMax = 15;

export function longFiles(sources: Sources): Complaints {
  const lengths = written(sources).map((path) => ({
    path,
    lines: linesOf(sources.get(path) ?? ""),
  }));
  const longer = lengths.filter(({ lines }) => lines > linesWished);
  const tooLong = longer.filter(({ lines }) => lines > linesMax);
  const complaints = tooLong.map(
    ({ path, lines }) => `${path} has ${lines} lines, over ${linesMax}`,
  );
  if (longer.length <= Math.ceil((lengths.length * percentLonger) / 100)) return complaints;
  const list = longer.map(({ path, lines }) => `${path} (${lines})`).join(", ");
  return [...complaints, `too many files with more than ${linesWished} lines: ${list}`];
}

/** Functions of `src`; a test's `describe` is no function in this sense. */
export function longFunctions(sources: Sources): Complaints {
  return modulesBelow(sources, "src").flatMap((path) =>
    bodies(sources.get(path) ?? "")
      .filter(({ lines }) => lines > functionLinesMax)
      .map(
        ({ line, lines }) =>
          `${path}:${line} begins a function of ${lines} lines, over ${functionLinesMax}`,
      ),
  );
}

export function crowdedFolders(sources: Sources): Complaints {
  const counts = new Map<string, number>();
  for (const path of sources.keys()) {
    const folder = path.split("/").slice(0, -1).join("/");
    if (folder !== "") counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  return [...counts]
    .filter(([, count]) => count > filesInFolderMax)
    .map(([folder, count]) => `${folder} holds ${count} files, over ${filesInFolderMax}`);
}

/** Names that say nothing about what is inside. */
export function emptyNames(sources: Sources): Complaints {
  const empty = /(^|[-./])(utils?|helpers?|managers?|common|misc|shared-?code)([-./]|$)/;
  return [...sources.keys()]
    .filter((path) => empty.test(path))
    .map((path) => `${path} names nothing`);
}

export function missingPurpose(sources: Sources): Complaints {
  return written(sources)
    .filter((path) => !/^(#![^\n]*\n)?\/\*\*/.test(sources.get(path) ?? ""))
    .map((path) => `${path} does not begin with what it is for`);
}

/** Marks of unfinished work, wherever they stand. */
export function unfinished(sources: Sources): Complaints {
  // In pieces, so that this file may pass itself.
  const marks = new RegExp(`\\b(${["TO DO", "FIX ME", "XX X"].join("|").replaceAll(" ", "")})\\b`);
  return [...sources].flatMap(([path, text]) =>
    marks.test(text) ? [`${path} is unfinished`] : [],
  );
}

/** Tests wait for events; letting time pass is for waiting's own file. */
export function sleepingTests(sources: Sources): Complaints {
  return modulesBelow(sources, "test")
    .filter((path) => path !== "test/wait-for.ts" && path.endsWith(".test.ts"))
    .filter((path) => /\b(sleep|sleepSync|setTimeout)\(/.test(onlyCode(sources.get(path) ?? "")))
    .map((path) => `${path} sleeps`);
}

/** Every brace that opens a function, or a block that follows a condition, with its length. */
function bodies(text: string): { line: number; lines: number }[] {
  const code = onlyCode(text);
  const open: { at: number; isBody: boolean }[] = [];
  const found: { line: number; lines: number }[] = [];
  for (const { index, 0: brace } of code.matchAll(/[{}]/g)) {
    if (brace === "{") {
      open.push({ at: index, isBody: opensBody(code.slice(Math.max(0, index - 300), index)) });
      continue;
    }
    const opened = open.pop();
    if (opened?.isBody !== true) continue;
    found.push({
      line: linesOf(code.slice(0, opened.at)) + 1,
      lines: linesOf(code.slice(opened.at, index)) + 1,
    });
  }
  return found;
}

function opensBody(before: string): boolean {
  return /(=>|\)\s*(:\s*[\w$<>[\]\s|&.,()]+)?|\)\s*:\s*\{[^{}]*\}[\w$<>[\]\s|&]*)\s*$/.test(before);
}

function written(sources: Sources): string[] {
  return ["src", "test", "builds", "packaging"].flatMap((folder) => modulesBelow(sources, folder));
}

function linesOf(text: string): number {
  return text.split("\n").length - 1;
}
