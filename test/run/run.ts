/**
 * Runs `bun test` with the arguments given and ends with one line that counts:
 * `N passed, N failed` (and `, N skipped`).
 * Invariant: a failed test, an error outside of tests, a crash of Bun or nothing to run
 * is never reported as success, neither in the line nor in the exit status.
 */
import { join } from "node:path";

/** Counts that Bun's own summary gives, by their word: pass, fail, skip, todo, error. */
type Counts = Map<string, number>;

/** The last line for these counts and how `bun test` ended. */
export function summary(counts: Counts, exitCode: number): { line: string; failed: number } {
  const count = (word: string): number => counts.get(word) ?? 0;
  const passed = count("pass");
  const skipped = count("skip") + count("todo");
  let failed = count("fail") + count("error");
  if (failed === 0 && (exitCode !== 0 || passed === 0)) failed = 1;
  const line = `${passed} passed, ${failed} failed`;
  return { line: skipped === 0 ? line : `${line}, ${skipped} skipped`, failed };
}

/** Reads ` 12 pass`, ` 0 fail`, ` 1 error`; other lines are none. The last of each kind counts. */
export function countLine(line: string, counts: Counts): void {
  const match = /^ *(\d+) (pass|fail|skip|todo|error)s?$/.exec(stripColors(line));
  if (match?.[1] !== undefined && match[2] !== undefined) counts.set(match[2], Number(match[1]));
}

function stripColors(text: string): string {
  return text.replace(/\x1b\[[0-9;]*m/g, "");
}

async function main(): Promise<void> {
  const root = join(import.meta.dir, "../..");
  const bun = Bun.spawn([process.execPath, "test", "--timeout=60000", ...process.argv.slice(2)], {
    cwd: root,
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
  });
  const counts: Counts = new Map();
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of bun.stderr) {
    process.stderr.write(bytes);
    const lines = (rest + decoder.decode(bytes, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) countLine(line, counts);
  }
  countLine(rest, counts);
  const { line, failed } = summary(counts, await bun.exited);
  process.stdout.write(`${line}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

if (import.meta.main) await main();
