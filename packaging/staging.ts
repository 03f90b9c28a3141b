/**
 * A directory tree that is packed afterwards: the same files give the same tree, with
 * everything dated alike.
 */
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { PackagedFile } from "./contents.ts";

/** Writes the files below `directory`; `date` is in seconds since 1970. */
export function stage(directory: string, files: readonly PackagedFile[], date: number): void {
  mkdirSync(directory, { recursive: true, mode: 0o755 });
  for (const { path, mode, content } of files) {
    const target = join(directory, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o755 });
    if (typeof content === "string" || content instanceof Uint8Array)
      writeFileSync(target, content);
    else copyFileSync(content.copyOf, target);
    // Whatever the umask was.
    chmodSync(target, mode);
  }
  settle(directory, date);
}

/** Runs a program. @throws Error with what it said. */
export function run(
  argv: readonly string[],
  options: { cwd?: string; env?: Record<string, string> } = {},
): Buffer {
  const { cwd, env = {} } = options;
  const done = Bun.spawnSync([...argv], {
    ...(cwd === undefined ? {} : { cwd }),
    env: { ...process.env, LC_ALL: "C", TZ: "UTC", ...env },
    stdin: "ignore",
  });
  if (done.success) return done.stdout;
  throw new Error(`${argv.join(" ")} ended with ${done.exitCode}: ${done.stderr.toString()}`);
}

function settle(path: string, date: number): void {
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const below = join(path, entry.name);
    if (entry.isDirectory()) settle(below, date);
    else utimesSync(below, date, date);
  }
  chmodSync(path, 0o755);
  utimesSync(path, date, date);
}
