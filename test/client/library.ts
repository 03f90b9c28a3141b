/**
 * The library as users get it: `make test` has built it; a test run on its own builds it
 * when it is missing or older than a source.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { within } from "../wait-for.ts";

export const root = join(import.meta.dir, "../..");

let built: Promise<string> | undefined;

/** The path of the folder that the package is made of, up to date. */
export function builtLibrary(): Promise<string> {
  built ??= upToDate();
  return built;
}

/** What a program that has ended said, and how it ended. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program until it ends. */
export async function run(
  argv: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>> } = {},
): Promise<Ended> {
  const { cwd = root, env = {} } = options;
  const child = Bun.spawn([...argv], {
    cwd,
    env: { ...process.env, ...env },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, status] = await within(
    `the end of ${argv.slice(0, 3).join(" ")}`,
    Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]),
    100_000,
  );
  return { status, stdout, stderr };
}

async function upToDate(): Promise<string> {
  const dist = join(root, "dist");
  if (modified(join(dist, "client/index.js")) <= newestSource()) {
    const { status, stdout, stderr } = await run(["make", "--silent", "library"]);
    if (status !== 0) throw new Error(`the library cannot be built:\n${stdout}${stderr}`);
  }
  return dist;
}

function newestSource(): number {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join(root, "src", path));
  return Math.max(...[...sources, join(root, "tsconfig.library.json")].map(modified));
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
