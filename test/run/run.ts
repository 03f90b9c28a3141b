/**
 * Runs `bun test` with the arguments given and ends with one line that counts:
 * `N passed, N failed` (and `, N skipped`).
 * Invariant: a failed test, an error outside of tests, a crash of Bun, nothing to run or
 * a file that a test leaves behind is never reported as success, neither in the line nor
 * in the exit status.
 */
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
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

/**
 * Runs them with a directory for temporary files of their own. What they leave there is
 * told and counts as one failure; it is gone afterwards, also when the run is cut short.
 */
async function main(): Promise<void> {
  const directory = mkdtempSync(join(tmpdir(), "glockd-run-"));
  try {
    const { counts, exitCode } = await run(directory);
    const left = readdirSync(directory);
    if (left.length !== 0) {
      counts.set("error", (counts.get("error") ?? 0) + 1);
      process.stderr.write(`left behind in the directory for temporary files: ${left.join(" ")}\n`);
    }
    const { line, failed } = summary(counts, exitCode);
    process.stdout.write(`${line}\n`);
    process.exitCode = failed === 0 ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function run(directory: string): Promise<{ counts: Counts; exitCode: number }> {
  const bun = Bun.spawn([process.execPath, "test", "--timeout=60000", ...process.argv.slice(2)], {
    cwd: join(import.meta.dir, "../.."),
    env: { ...process.env, TMPDIR: directory },
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
  });
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.once(signal, () => {
      bun.kill(signal);
      // Bun's children may still write there: so first they, then the directory.
      void bun.exited.then(() => {
        rmSync(directory, { recursive: true, force: true });
        process.exit(128 + constants.signals[signal]);
      });
    });
  }
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
  return { counts, exitCode: await bun.exited };
}

if (import.meta.main) await main();
