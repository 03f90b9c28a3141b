/**
 * glockd as a process of its own, for tests of what only a process shows: exit statuses,
 * signals, files. Started with an environment that has none of the tester's variables.
 * Invariant: whoever starts one awaits its end, or uses `await using`, which kills it.
 */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compiledBinary } from "../binary.ts";
import { Changes, within } from "../wait-for.ts";

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** How many files and sockets it may have open, if fewer than the tests. */
  readonly descriptors?: number;
  /** A program that becomes glockd, with its arguments: it is called with glockd's command line. */
  readonly under?: readonly string[];
}

/** What a process that has ended said. */
export interface Ended {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs glockd until it ends by itself. */
export async function glockd(argv: readonly string[], options: StartOptions = {}): Promise<Ended> {
  await using process = await Glockd.start(argv, options);
  const status = await process.exited();
  return { status, stdout: await process.stdout(), stderr: process.stderr() };
}

export class Glockd {
  readonly pid: number;
  readonly #process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly #changes = new Changes();
  readonly #reading: Promise<void>;
  #stderr = "";

  private constructor(process: Bun.Subprocess<"ignore", "pipe", "pipe">) {
    this.#process = process;
    this.pid = process.pid;
    this.#reading = this.#read();
  }

  static async start(argv: readonly string[], options: StartOptions = {}): Promise<Glockd> {
    const { env = {}, cwd = tmpdir(), descriptors, under = [] } = options;
    const limited = ["sh", "-c", `ulimit -n ${descriptors}; exec "$0" "$@"`];
    const limit = descriptors === undefined ? [] : limited;
    const command = [...limit, ...under, await compiledBinary(), ...argv];
    const path = process.env["PATH"] ?? "";
    return new Glockd(
      Bun.spawn(command, {
        cwd,
        env: { PATH: path, ...env },
        stdin: "ignore",
        stdout: "pipe",
        stderr: "pipe",
      }),
    );
  }

  /** The next line of the log, or one that is there already, that holds `text`. */
  logged(text: string): Promise<string> {
    return this.#changes.until(`a log line with ${JSON.stringify(text)}`, () => {
      const line = this.#stderr.split("\n").find((candidate) => candidate.includes(text));
      if (line === undefined && this.#process.exitCode !== null)
        throw new Error(`ended with ${this.#process.exitCode}: ${this.#stderr}`);
      return line;
    });
  }

  signal(signal: NodeJS.Signals): void {
    this.#process.kill(signal);
  }

  /** The exit status once it has ended and all that it said was read; 128 + N for signal N. */
  async exited(): Promise<number> {
    const status = await within("the end of the process", this.#process.exited);
    await this.#reading;
    return status;
  }

  stdout(): Promise<string> {
    return new Response(this.#process.stdout).text();
  }

  stderr(): string {
    return this.#stderr;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill("SIGKILL");
    await this.exited();
  }

  async #read(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.#stderr += text;
      this.#changes.announce();
    }
    await this.#process.exited;
    this.#changes.announce();
  }
}

/** A directory of its own for a test: `await using room = scratch()`. */
export function scratch(): { path(name: string): string } & AsyncDisposable {
  const directory = mkdtempSync(join(tmpdir(), "glockd-test-"));
  return {
    path: (name) => join(directory, name),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  };
}

/** Flags for a server that only this test can meet: a unix socket and nothing else. */
export function onlyUnix(path: string): string[] {
  return ["-port=0", "-ws=0", "-unix", path];
}
