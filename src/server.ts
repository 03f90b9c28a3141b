/**
 * Wires engine and doors together: starts, and stops cleanly.
 *
 * Invariant: when `startServer` throws, nothing listens and no file is left behind.
 */
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import { type Authority, open as nobodyRequired } from "./auth/authority.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { HashSeed } from "./core/records/hash.ts";
import type { Happening, Watch } from "./core/table-state.ts";
import { InProcessDoor, type InProcessConnection, type InProcessPeer } from "./doors/in-process.ts";
import { Lobby, type Owner } from "./doors/lobby.ts";
import { listenTcp } from "./doors/tcp.ts";
import { listenUnix } from "./doors/unix.ts";
import { HttpDoor } from "./doors/http/door.ts";
import { httpService } from "./doors/http/service.ts";
import { listenWeb } from "./doors/web.ts";
import { LocalEngine } from "./engine/local.ts";
import { stopFlushMilliseconds } from "./limits.ts";
import { type Logger, silent } from "./log.ts";
import { printable } from "./protocol/printable.ts";
import { openedSockets, setPeerOptions } from "./system/peer-options.ts";
import { reasonOf } from "./system/reason.ts";
import { commit, version } from "./version.ts";

export interface ServerOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** Who may do what; everybody everything but administration unless given. */
  readonly authority?: Authority;
}

/** Where a server can be reached. */
export interface Listener {
  readonly kind: "tcp" | "unix" | "web";
  /** `[::]:9999`, `127.0.0.1:9998`, or a path. */
  readonly address: string;
  /** Absent for unix. */
  readonly port?: number;
}

export interface RunningServer {
  readonly listeners: readonly Listener[];
  /** A connection without a socket, for whoever is in this process. */
  connect(peer: InProcessPeer): InProcessConnection;
  /**
   * Lets nobody in, hands over the replies that are due, closes everything; whoever has not
   * taken its replies within `flushMilliseconds`, half a second unless given, is cut off.
   */
  stop(flushMilliseconds?: number): Promise<void>;
}

/** A listener could not be had; the message says which, why, and what to do. */
export class ListenError extends Error {
  override readonly name = "ListenError";
  readonly listener: string;

  constructor(listener: string, cause: unknown, remedy: string) {
    super(`cannot listen on ${listener}: ${reasonOf(cause)}; ${remedy}`, { cause });
    this.listener = listener;
  }
}

/** What has to be undone when the server stops. */
interface Opened {
  readonly listener: Listener;
  /** Lets nobody in any more. */
  close(): void;
  /** Ends connections that nobody has taken leave of. */
  end?(): Promise<void>;
}

/** @throws ListenError */
export async function startServer(
  config: Config,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const { clock = systemClock, logger = silent, authority = nobodyRequired } = options;
  const engine = new LocalEngine<Owner>({
    limits: config.limits,
    clock,
    seed: randomSeed(),
  });
  if (logger.verbose) engine.watch(tracedEndings(logger));
  const lobby = new Lobby({
    engine,
    features: { dump: config.dump, registry: config.registry },
    limits: config.limits,
    logger,
    clock,
  });
  const opened: Opened[] = [];
  try {
    if (config.unix !== undefined) opened.push(await openUnix(lobby, config, config.unix));
    if (config.port !== 0) opened.push(onPort(config, config.port, openTcp(lobby, config)));
    if (config.ws !== 0) opened.push(onPort(config, config.ws, openWeb(lobby, config, authority)));
  } catch (error) {
    for (const { close } of opened) close();
    engine.stop();
    throw error;
  }
  const inProcess = new InProcessDoor(lobby);
  return {
    listeners: opened.map(({ listener }) => listener),
    connect: (peer) => inProcess.connect(peer),
    async stop(flushMilliseconds = stopFlushMilliseconds) {
      lobby.close();
      for (const { close } of opened) close();
      await lobby.farewell(flushMilliseconds);
      for (const { end } of opened) await end?.();
      engine.stop();
    },
  };
}

async function openUnix(lobby: Lobby, config: Config, path: string): Promise<Opened> {
  try {
    const listener = await listenUnix(lobby, { path, mode: config.unixMode });
    return { listener: { kind: "unix", address: path }, close: () => listener.stop() };
  } catch (error) {
    throw new ListenError(path, error, "choose another path with -unix");
  }
}

const portRemedy = "choose other addresses with -host, -port and -ws, or stop what listens there";

type Open = (host: string, port: number) => Opened;

function openTcp(lobby: Lobby, config: Config): Open {
  return (host, port) => {
    const listener = listenTcp(lobby, { host, port, keepaliveSeconds: config.keepaliveSeconds });
    // Bun has it, its types do not.
    setPeerOptions((listener as unknown as { fd: number }).fd, config);
    return {
      listener: listenerOf("tcp", host, listener.port),
      close: () => listener.stop(),
    };
  };
}

function openWeb(lobby: Lobby, config: Config, authority: Authority): Open {
  const settings = {
    browsers: {
      allowedOrigins: new Set(config.allowOrigins),
      allowedHosts: new Set(config.allowHosts),
    },
    keyedList: config.keyedList,
    metricsOpen: config.metricsOpen,
    about: { version, commit, node: hostname(), engine: "local" },
  };
  return (host, port) => {
    const http = new HttpDoor(httpService(lobby, { authority, settings }));
    const listen = (): ReturnType<typeof listenWeb> => listenWeb(lobby, { host, port, http });
    const { result: server, descriptors } = openedSockets(listen);
    for (const descriptor of descriptors) setPeerOptions(descriptor, config);
    return {
      listener: listenerOf("web", host, server.port ?? port),
      close: () => void server.stop(),
      async end() {
        // Answers that are due are written in this turn.
        await new Promise((resolve) => setImmediate(resolve));
        void server.stop(true);
      },
    };
  };
}

/** All addresses are IPv6 and IPv4 together, or IPv4 alone on a machine without IPv6. */
function onPort(config: Config, port: number | "any", open: Open): Opened {
  const number = port === "any" ? 0 : port;
  if (config.host !== undefined) return openAt(config.host, number, open);
  try {
    return open("::", number);
  } catch (error) {
    if ((error as { code?: string }).code === "EADDRINUSE") {
      throw new ListenError(hostAndPort("::", number), error, portRemedy);
    }
    return openAt("0.0.0.0", number, open);
  }
}

function openAt(host: string, port: number, open: Open): Opened {
  try {
    return open(host, port);
  } catch (error) {
    throw new ListenError(hostAndPort(host, port), error, portRemedy);
  }
}

function listenerOf(kind: "tcp" | "web", host: string, port: number): Listener {
  return { kind, address: hostAndPort(host, port), port };
}

function hostAndPort(host: string, port: number): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

function randomSeed(): HashSeed {
  const bytes = randomBytes(8);
  return { low: bytes.readInt32LE(0), high: bytes.readInt32LE(4) };
}

/** Holds that end without their holders' asking, for the log; sessions tell the rest. */
function tracedEndings(logger: Logger): Watch {
  const traced = new Set<Happening>(["orphaned", "lapsed", "freed"]);
  return (happening, { mode, name, owner }) => {
    if (!traced.has(happening)) return;
    const lock = printable({ bytes: name, start: 0, end: name.length });
    logger.trace(happening, { mode, lock, client: (owner as Owner | null)?.address });
  };
}
