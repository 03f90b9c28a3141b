/**
 * The project's files as the checks see them: paths from the project's folder, with
 * text. What is generated, brought or hidden is left out.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** Text by path, such as `src/core/table.ts`. */
export type Sources = ReadonlyMap<string, string>;

/** What a check complains about, one sentence each; empty when all is well. */
export type Complaints = string[];

const root = join(import.meta.dir, "..", "..");

/** Everything that was written by hand. */
export function projectSources(): Sources {
  const sources = new Map<string, string>();
  for (const folder of ["src", "test", "builds", "docs", "packaging"]) {
    for (const path of filesBelow(folder))
      sources.set(path, readFileSync(join(root, path), "latin1"));
  }
  for (const path of [
    "README.md",
    "CHANGELOG.md",
    "Makefile",
    "package.json",
    "package-lock.json",
  ]) {
    const text = readText(path);
    if (text !== undefined) sources.set(path, text);
  }
  return sources;
}

/** The TypeScript files below a folder. */
export function modulesBelow(sources: Sources, folder: string): string[] {
  return [...sources.keys()].filter(
    (path) => path.startsWith(`${folder}/`) && path.endsWith(".ts"),
  );
}

/** For the checks' own tests. */
export function example(files: Readonly<Record<string, string>>): Sources {
  return new Map(Object.entries(files));
}

function filesBelow(folder: string): string[] {
  const written = /\.(ts|mjs|php|py|sh|c|txt|md)$/;
  try {
    return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
      .filter((path) => written.test(path))
      .map((path) => join(folder, path))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
