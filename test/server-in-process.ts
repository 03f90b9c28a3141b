/**
 * This project's server inside the test's own process, on free ports of the loopback
 * and a unix socket: for tests that move its clock or set its limits.
 * Invariant: `await using` stops it and removes its directory, which one that does not
 * start leaves behind neither.
 */
import { type Config, defaultConfig } from "../src/config.ts";
import { defaultLimits, type Limits } from "../src/limits.ts";
import { type Listener, type ServerOptions, startServer } from "../src/server.ts";
import { scratch } from "./cli/glockd.ts";
import type { Doors } from "./server-process.ts";

/** Differences from the default configuration; limits one by one. */
export interface Wishes extends Partial<Omit<Config, "limits">> {
  readonly limits?: Partial<Limits>;
}

export interface ServerHere extends AsyncDisposable {
  readonly doors: Doors;
  readonly listeners: readonly Listener[];
  reload(): Promise<void>;
  drain(seconds: number): Promise<number>;
  stop(): Promise<void>;
}

/** Starts a server with all doors open. */
export async function startHere(
  wishes: Wishes = {},
  options: ServerOptions = {},
): Promise<ServerHere> {
  const directory = scratch();
  const unix = wishes.unix ?? directory.path("socket");
  const limits = { ...defaultLimits, ...wishes.limits };
  const config = defaultConfig({
    host: "127.0.0.1",
    port: "any",
    ws: "any",
    ...wishes,
    unix,
    limits,
  });
  const server = await startServer(config, options).catch(async (error: unknown) => {
    await directory[Symbol.asyncDispose]();
    throw error;
  });
  const port = (kind: Listener["kind"]): number =>
    server.listeners.find((listener) => listener.kind === kind)?.port ?? 0;
  const stop = async (): Promise<void> => {
    await server.stop();
    await directory[Symbol.asyncDispose]();
  };
  return {
    doors: { tcp: { port: port("tcp") }, web: { port: port("web") }, unix: { unix } },
    listeners: server.listeners,
    reload: () => server.reload(),
    drain: (seconds) => server.drain(seconds),
    stop: () => server.stop(),
    [Symbol.asyncDispose]: stop,
  };
}
