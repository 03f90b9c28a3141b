/**
 * The measured servers as processes on free loopback ports.
 * Invariant: every started process is ended by its own handle, and listens when
 * `start` resolves.
 */
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "../server-process.ts";
import type { Dialect } from "./dialects.ts";

/** A kind of server that can be started. */
export interface Peer {
  readonly name: string;
  readonly dialect: Dialect;
  readonly command: (port: number) => readonly string[];
}

export interface RunningPeer {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

const root = join(import.meta.dir, "../..");
/** A server that does not listen by then does not start. */
const startMilliseconds = 20_000;

/** This project's server: the compiled binary, or `path` (a binary, or a file for bun). */
export function glockd(path: string | undefined): Peer {
  const libc = ["", "-musl"];
  const built = libc.map((suffix) =>
    join(root, `builds/${process.platform}-${process.arch}${suffix}/glockd`),
  );
  const chosen = path ?? built.find((each) => existsSync(each)) ?? join(root, "src/main.ts");
  const program = chosen.endsWith(".ts") ? [process.execPath, chosen] : [chosen];
  const name = chosen.endsWith(".ts") ? "glockd (from source)" : "glockd";
  const flags = ["-host=127.0.0.1", "-ws=0"];
  return {
    name,
    dialect: "glockd",
    command: (port) => [...program, "serve", `-port=${port}`, ...flags],
  };
}

/** The same server, told more. */
export function withFlags(peer: Peer, ...flags: readonly string[]): Peer {
  return { ...peer, command: (port) => [...peer.command(port), ...flags] };
}

/** valkey or redis if one is installed. */
export function keyValueServer(): Peer | undefined {
  for (const name of ["valkey-server", "redis-server"]) {
    const path = Bun.which(name);
    const flags = [
      "--bind",
      "127.0.0.1",
      "--save",
      "",
      "--appendonly",
      "no",
      "--loglevel",
      "warning",
      "--dir",
      tmpdir(),
    ];
    if (path !== null)
      return { name, dialect: "redis", command: (port) => [path, "--port", `${port}`, ...flags] };
  }
  return undefined;
}

export function nullServer(): Peer {
  const file = join(import.meta.dir, "null-server.ts");
  return {
    name: "null, Bun",
    dialect: "glockd",
    command: (port) => [process.execPath, file, `${port}`],
  };
}

/** The same in C, where there is a compiler and epoll; `remove` deletes what was compiled. */
export async function nullServerInC(): Promise<
  { peer: Peer; remove: () => Promise<void> } | undefined
> {
  const compiler = Bun.which("cc");
  if (compiler === null || process.platform !== "linux") return undefined;
  const directory = await mkdtemp(join(tmpdir(), "glockd-bench-"));
  const program = join(directory, "null-server");
  const source = join(import.meta.dir, "null-server.c");
  const compiling = Bun.spawn([compiler, "-O2", "-o", program, source], {
    stdout: "ignore",
    stderr: "inherit",
  });
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  if ((await compiling.exited) === 0)
    return {
      peer: { name: "null, C", dialect: "glockd", command: (port) => [program, `${port}`] },
      remove,
    };
  await remove();
  return undefined;
}

/** The null server as one file, as glockd is: what Bun itself needs to start; `remove` deletes it. */
export async function compiledNullServer(): Promise<{ peer: Peer; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), "glockd-bench-"));
  const program = join(directory, "null-server");
  await Bun.build({
    entrypoints: [join(import.meta.dir, "null-server.ts")],
    bytecode: true,
    format: "esm",
    compile: { outfile: program },
  });
  return {
    peer: { name: "null, Bun", dialect: "glockd", command: (port) => [program, `${port}`] },
    remove: () => rm(directory, { recursive: true, force: true }),
  };
}

/** @throws Error when it does not listen in time. */
export async function start(peer: Peer): Promise<RunningPeer> {
  const port = freePort();
  const child = Bun.spawn([...peer.command(port)], {
    stdin: "ignore",
    stdout: "ignore",
    stderr: "ignore",
  });
  const stop = async (): Promise<void> => {
    child.kill();
    await child.exited;
  };
  const deadline = performance.now() + startMilliseconds;
  while (!(await listens(port))) {
    if (child.exitCode !== null || performance.now() > deadline) {
      await stop();
      throw new Error(
        `${peer.name} does not start: ${peer.command(port).join(" ")} ended with ${child.exitCode}`,
      );
    }
    // No more often: whoever looks all the time slows down what it looks at.
    await Bun.sleep(1);
  }
  return { port, pid: child.pid, stop };
}

async function listens(port: number): Promise<boolean> {
  try {
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: { data: () => undefined },
    });
    socket.end();
    return true;
  } catch {
    return false;
  }
}

/** Memory of a process that is in use, in bytes; `undefined` where the system does not tell. */
export async function residentBytes(pid: number): Promise<number | undefined> {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(await readProc(`/proc/${pid}/status`))?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1_024;
}

/** Processor time that a process has used, in seconds; `undefined` where the system does not tell. */
export async function processorSeconds(pid: number): Promise<number | undefined> {
  const text = await readProc(`/proc/${pid}/stat`);
  // The program's name may hold anything, so fields count from behind its parenthesis.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  const [user, system] = [Number(fields[11]), Number(fields[12])];
  return Number.isNaN(user + system) ? undefined : (user + system) / ticksPerSecond;
}

/** USER_HZ, which Linux keeps at 100 for all programs. */
const ticksPerSecond = 100;

async function readProc(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}
