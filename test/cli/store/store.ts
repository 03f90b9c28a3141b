/** `glockd store` as a process, and what it says. */
import { compiledBinary } from "../../binary.ts";

export interface Said {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

/** Runs `glockd store` with these words. */
export async function store(words: readonly string[], input = "", cwd = "/"): Promise<Said> {
  const command = [await compiledBinary(), "store", ...words];
  const run = Bun.spawnSync(command, { stdin: Buffer.from(input), cwd });
  return { status: run.exitCode, out: run.stdout.toString(), err: run.stderr.toString() };
}

/** What a dump says, its mark and its holds apart. */
export function linesOf(out: string): { mark: unknown; holds: Record<string, unknown>[] } {
  const [mark, ...holds] = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  return { mark: mark?.["fence_mark"], holds };
}
