/**
 * Where a case of the client library runs, under Bun and under Node alike: real servers on
 * unix sockets, proxies that can cut connections, and clients.
 *
 * Invariant: whatever a case starts is ended in the reverse order when the case is over.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket, connect as connectSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Client, connect, type ConnectOptions } from "../../src/client/index.ts";
import { Changes, eventually, within } from "../wait-for.ts";

/** What a theme of the client can do, a case a sentence. */
export type Cases = Readonly<Record<string, (room: Room) => Promise<void>>>;

/** Where the compiled server is: whoever runs the cases says so. */
export const binaryVariable = "GLOCKD_TEST_BINARY";

/** A server and where it listens. */
export interface RunningServer {
  readonly unix: string;
  /** Ends it without a word, as a crash would. */
  kill(): Promise<void>;
  /** Starts it again at the same place. */
  restart(): Promise<void>;
}

/** Something between client and server. */
export interface Proxy {
  readonly unix: string;
  /** All that went to the server, in packets. */
  readonly sent: string[];
  /** Connections so far. */
  readonly connections: number;
  readonly changes: Changes;
  /** Ends all connections. */
  cut(): void;
  /** Whether new ones are let through. */
  open: boolean;
}

export class Room {
  readonly #directory = mkdtempSync(join(tmpdir(), "glockd-client-"));
  readonly #ends: (() => unknown)[] = [
    () => rmSync(this.#directory, { recursive: true, force: true }),
  ];
  #paths = 0;

  /** Called when the case is over. */
  defer(end: () => unknown): void {
    this.#ends.push(end);
  }

  async leave(): Promise<void> {
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) await end();
  }

  /** A path that nothing is at yet. */
  path(): string {
    this.#paths += 1;
    return join(this.#directory, `socket-${this.#paths}`);
  }

  async server(...flags: readonly string[]): Promise<RunningServer> {
    const unix = this.path();
    let child = await startChild(["-port=0", "-ws=0", `-unix=${unix}`, ...flags]);
    this.defer(() => endChild(child));
    return {
      unix,
      kill: () => endChild(child),
      restart: async () => {
        child = await startChild(["-port=0", "-ws=0", `-unix=${unix}`, ...flags]);
      },
    };
  }

  /** A server with a WebSocket; returns its URL. */
  async webServer(): Promise<string> {
    for (let attempt = 1; ; attempt += 1) {
      const port = await freePort();
      try {
        const child = await startChild(["-host=127.0.0.1", "-port=0", `-ws=${port}`]);
        this.defer(() => endChild(child));
        return `ws://127.0.0.1:${port}/`;
      } catch (error) {
        // Somebody else may have taken a port that was free a moment ago.
        if (attempt === 5) throw error;
      }
    }
  }

  /** A client, closed when the case is over. Attempts to connect follow each other quickly. */
  client(options: ConnectOptions): Client {
    const client = connect({ backoff: { first: 2, most: 20 }, ...options });
    this.defer(() => client.close());
    return client;
  }

  /** A server of one's own making, or what stands in front of one. */
  async listen(onConnection: (socket: Socket) => void): Promise<{ unix: string; server: Server }> {
    const unix = this.path();
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => undefined);
      onConnection(socket);
    });
    await within("listening", new Promise<void>((done) => server.listen(unix, done)));
    this.defer(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    return { unix, server };
  }

  async proxy(to: string): Promise<Proxy> {
    const pairs = new Set<Socket>();
    const state = { sent: [] as string[], connections: 0, changes: new Changes(), open: true };
    const { unix } = await this.listen((near) => {
      state.connections += 1;
      if (!state.open) return void near.destroy();
      const far = connectSocket(to);
      for (const socket of [near, far]) {
        pairs.add(socket);
        socket.on("error", () => undefined);
      }
      near.on("data", (bytes: Buffer) => {
        state.sent.push(bytes.toString());
        far.write(bytes);
        state.changes.announce();
      });
      far.on("data", (bytes: Buffer) => void near.write(bytes));
      near.on("close", () => far.destroy());
      far.on("close", () => near.destroy());
    });
    const cut = (): void => {
      for (const socket of pairs) socket.destroy();
      pairs.clear();
    };
    return Object.assign(state, { unix, cut });
  }
}

/** Resolves once `count` requests wait for the lock, as another client sees it. */
export async function waiters(observer: Client, name: string, count: number): Promise<void> {
  await eventually(
    `${count} waiters for ${name}`,
    async () => (await observer.list(name))[0]?.waiters ?? 0,
    (found) => found === count,
  );
}

/** Resolves with the reason when the signal aborts. */
export function aborted(signal: AbortSignal): Promise<unknown> {
  return within(
    "the signal's abort",
    new Promise((resolve) => {
      if (signal.aborted) resolve(signal.reason);
      else signal.addEventListener("abort", () => resolve(signal.reason), { once: true });
    }),
  );
}

/** What a promise rejects with; throws when it does not. */
export async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  try {
    await within("a rejection", promise);
  } catch (error) {
    return error as Error;
  }
  throw new Error("that should have been rejected");
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function startChild(flags: readonly string[]): Promise<ChildProcess> {
  const binary = process.env[binaryVariable];
  if (binary === undefined) throw new Error(`${binaryVariable} does not say where the server is`);
  const child = spawn(binary, flags, { stdio: ["ignore", "ignore", "pipe"] });
  let log = "";
  const listening = new Promise<void>((resolve, reject) => {
    child.stderr?.on("data", (bytes: Buffer) => {
      log += bytes.toString();
      if (log.includes("listening")) resolve();
    });
    child.on("exit", () => reject(new Error(`the server ended: ${log}`)));
  });
  await within("a server that listens", listening);
  return child;
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.kill("SIGKILL");
  await within("the end of the server", ended);
}
