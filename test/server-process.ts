/**
 * The compiled server as a process of its own with all doors open, for tests whose
 * subject is what happens between processes: killed clients, real peers, many sockets.
 * Invariant: it listens on free ports of the loopback and on a socket of its own
 * directory; `await using` ends it and removes the directory.
 */
import { statSync } from "node:fs";
import type { Place } from "./peers/byte-socket.ts";
import { Glockd, scratch, type StartOptions } from "./cli/glockd.ts";

/** Where each door of a server process is. */
export interface Doors {
  readonly tcp: { readonly port: number };
  readonly web: { readonly port: number };
  readonly unix: { readonly unix: string };
}

export type DoorName = keyof Doors;
export const doorNames: readonly DoorName[] = ["tcp", "unix", "web"];

/** A running server and where to reach it. */
export interface ServerProcess extends AsyncDisposable {
  readonly pid: number;
  readonly doors: Doors;
  /** What it has logged so far. */
  stderr(): string;
  /** Bytes of memory that the process occupies. */
  residentBytes(): Promise<number>;
  /** Stops it as an operator would; resolves with the exit status. */
  stop(): Promise<number>;
}

const attemptsForFreePorts = 5;

/** Starts the server with `flags` besides its doors; resolves when it listens. */
export function startProcess(...flags: readonly string[]): Promise<ServerProcess> {
  return startProcessWith({}, ...flags);
}

/** The same in surroundings of its own. */
export async function startProcessWith(
  options: StartOptions,
  ...flags: readonly string[]
): Promise<ServerProcess> {
  const directory = scratch();
  const unix = directory.path("socket");
  for (let attempt = 1; ; attempt += 1) {
    const [port, web] = freePorts();
    const doors = { tcp: { port }, web: { port: web }, unix: { unix } };
    const listen = ["-host=127.0.0.1", `-port=${port}`, `-ws=${web}`, `-unix=${unix}`];
    const process = await Glockd.start([...listen, ...flags], options);
    try {
      await process.logged("listening");
      return running(process, doors, directory);
    } catch (error) {
      await process[Symbol.asyncDispose]();
      // Somebody else may have taken a port that was free a moment ago.
      if (attempt < attemptsForFreePorts && process.stderr().includes("in use")) continue;
      await directory[Symbol.asyncDispose]();
      throw error;
    }
  }
}

/** The place of a door, for clients that take one. */
export function placeOf(server: ServerProcess, door: DoorName): Place {
  return server.doors[door];
}

function running(process: Glockd, doors: Doors, directory: AsyncDisposable): ServerProcess {
  return {
    pid: process.pid,
    doors,
    stderr: () => process.stderr(),
    residentBytes: async () => {
      const status = await Bun.file(`/proc/${process.pid}/status`).text();
      return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
    },
    stop: () => {
      process.signal("SIGTERM");
      return process.exited();
    },
    [Symbol.asyncDispose]: async () => {
      await process[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

/** A port that nobody listens on at the moment. */
export function freePort(): number {
  return freePorts()[0];
}

function freePorts(): [number, number] {
  const socket = { data: () => {} };
  const listeners = [0, 1].map(() => Bun.listen({ hostname: "127.0.0.1", port: 0, socket }));
  const [first = 0, second = 0] = listeners.map((listener) => listener.port);
  for (const listener of listeners) listener.stop(true);
  return [first, second];
}

/** Why tests that need `program` cannot run; undefined when it is there. */
export function missing(program: string): string | undefined {
  return Bun.which(program) === null ? `${program} is not installed` : undefined;
}

/** Whether `path` exists, as whatever kind of file. */
export function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
