/**
 * The compat library as a package that programs of both runtimes can `require`, made from
 * the sources: what users have, before there is a release.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "../../cli/glockd.ts";
import { missing } from "../../server-process.ts";
import { within } from "../../wait-for.ts";

export type Runtime = "bun" | "node";

/** The runtimes, and why one cannot be tried. */
export const runtimes: readonly (readonly [Runtime, string | undefined])[] = [
  ["bun", undefined],
  ["node", missing("node")],
];

/** Those that can be tried, for tables of tests; elsewhere their absence is a skip. */
export const tried = runtimes.filter(([, reason]) => reason === undefined);

/** What a test's name adds when it is skipped. */
export function because(reason: string | undefined): string {
  return reason === undefined ? "" : ` (skipped: ${reason})`;
}

const entry = join(import.meta.dir, "../../../src/client/compat/index.ts");

/** A folder in which `require("glockd/compat")` finds the library. */
export interface Library extends AsyncDisposable {
  /** Runs a program, of that many words of input, and gives what it prints. */
  run(runtime: Runtime, program: string, input?: unknown): Promise<string>;
}

/** Builds the library into a folder of its own. */
export async function library(): Promise<Library> {
  const room = scratch();
  const home = room.path("node_modules/glockd");
  const built = await Bun.build({
    entrypoints: [entry],
    outdir: join(home, "dist"),
    target: "node",
    // The server, which is imported late, stays out of what is loaded at once.
    splitting: true,
    external: ["bun", "bun:*"],
  });
  if (!built.success) throw new AggregateError(built.logs, "the library cannot be built");
  mkdirSync(home, { recursive: true });
  const exports = { "./compat": "./dist/index.js" };
  writeFileSync(
    join(home, "package.json"),
    JSON.stringify({ name: "glockd", type: "module", exports }),
  );
  let programs = 0;
  return {
    run: (runtime, program, input = null) => {
      const file = room.path(`program-${(programs += 1)}.cjs`);
      writeFileSync(file, program);
      return output([runtime === "bun" ? process.execPath : "node", file, JSON.stringify(input)]);
    },
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
}

async function output(argv: string[]): Promise<string> {
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, status] = await within(
    `the end of ${argv.join(" ")}`,
    Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]),
  );
  if (status !== 0 || stderr !== "") throw new Error(`ended with ${status}: ${stderr}`);
  return stdout;
}
