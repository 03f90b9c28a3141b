/**
 * The compiled binary as Concourse has it: /opt/resource with links called check, in and
 * out, a request on standard input.
 * Invariant: a step that was begun ends before the test does, or is killed.
 */
import { mkdirSync, symlinkSync } from "node:fs";
import { compiledBinary } from "../../binary.ts";
import type { ServerProcess } from "../../server-process.ts";
import { Changes, within } from "../../wait-for.ts";
import { scratch } from "../glockd.ts";

export interface Request {
  readonly source: Readonly<Record<string, unknown>>;
  readonly version?: Readonly<Record<string, unknown>>;
  readonly params?: Readonly<Record<string, unknown>>;
}

/** A step that has ended. */
export interface StepEnd {
  readonly status: number;
  /** What it printed; undefined if that was nothing. */
  readonly result: unknown;
  readonly stderr: string;
}

/** A step that is under way. */
export interface Running {
  readonly pid: number;
  /** Resolves once standard error holds `text`. */
  said(text: string): Promise<void>;
  ended(): Promise<StepEnd>;
}

/** A source that means a lock of that server. */
export function sourceOf(server: ServerProcess, lock_name = "env") {
  return { locker_uri: `http://127.0.0.1:${server.doors.web.port}`, lock_name };
}

export class Resource implements AsyncDisposable {
  private readonly directory = scratch();
  private readonly processes: Bun.Subprocess[] = [];

  static async install(): Promise<Resource> {
    const resource = new Resource();
    mkdirSync(resource.path("opt/resource"), { recursive: true });
    const binary = await compiledBinary();
    for (const name of ["check", "in", "out"])
      symlinkSync(binary, resource.path(`opt/resource/${name}`));
    return resource;
  }

  path(name: string): string {
    return this.directory.path(name);
  }

  /** `request` is JSON unless it is text already. */
  begin(step: "check" | "in" | "out", request: Request | string): Running {
    const stdin = typeof request === "string" ? request : JSON.stringify(request);
    const directory = step === "check" ? [] : [this.path("work")];
    const child = Bun.spawn([this.path(`opt/resource/${step}`), ...directory], {
      stdin: Buffer.from(stdin),
      stdout: "pipe",
      stderr: "pipe",
      env: {},
    });
    this.processes.push(child);
    return running(child, step);
  }

  run(step: "check" | "in" | "out", request: Request | string): Promise<StepEnd> {
    return this.begin(step, request).ended();
  }

  /** The version that is now. */
  async ref(source: Request["source"]): Promise<string> {
    const { result, stderr } = await this.run("check", { source });
    if (result === undefined) throw new Error(stderr);
    const [version] = result as [{ ref: string }];
    return version.ref;
  }

  /** What a `get` step leaves in the file lock. */
  async lockFile(source: Request["source"]): Promise<string> {
    const { status, stderr } = await this.run("in", { source, version: { ref: "any" } });
    if (status !== 0) throw new Error(stderr);
    return await Bun.file(this.path("work/lock")).text();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const process of this.processes) process.kill("SIGKILL");
    await Promise.all(this.processes.map((process) => process.exited));
    await this.directory[Symbol.asyncDispose]();
  }
}

function running(child: Bun.Subprocess<Buffer, "pipe", "pipe">, step: string): Running {
  const changes = new Changes();
  let stderr = "";
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      stderr += text;
      changes.announce();
    }
  })();
  const stdout = new Response(child.stdout).text();
  return {
    pid: child.pid,
    said: (text) =>
      changes
        .until(`${step} says ${JSON.stringify(text)}`, () =>
          stderr.includes(text) ? true : undefined,
        )
        .then(() => undefined),
    ended: async () => {
      const [status, printed] = await within(
        `the end of ${step}: ${stderr}`,
        Promise.all([child.exited, stdout, reading]),
      );
      return { status, result: printed === "" ? undefined : JSON.parse(printed), stderr };
    },
  };
}
