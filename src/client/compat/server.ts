/**
 * A server inside this process, as the older package's `listen` made one. The server
 * itself is imported late, since it needs Bun, and clients under Node do without.
 *
 * Invariant: it says `ready` or `error` once, unless it is closed before.
 */
import { EventEmitter } from "node:events";
import { parseHostPort, parseWebAddress } from "./address.ts";

/** Where to listen: none, one or more of three ways. */
export interface ListenOptions {
  /** `host:port` or `port`. */
  readonly tcp?: string | number | undefined;
  /** Path of a unix socket. */
  readonly unix?: string | undefined;
  /** `ws://host:port`. */
  readonly websocket?: string | undefined;
  /** What clients may do; everything by default. */
  readonly features?: { readonly dump?: boolean; readonly registry?: boolean } | undefined;
}

/** Where the server's bytes for a connection without a socket go. */
export interface Peer {
  receive(bytes: Uint8Array): void;
  /** The connection has ended; nothing more comes. */
  ended(): void;
}

/** A connection without a socket. */
export interface Connection {
  send(bytes: Uint8Array): void;
  end(): void;
  destroy(): void;
}

/** The part of a running server that is needed here. */
interface Running {
  connect(peer: Peer): Connection;
  stop(flushMilliseconds?: number): Promise<void>;
}

/** The settings that are made of `ListenOptions`; the rest is as on the command line. */
interface Settings {
  readonly host: string | undefined;
  readonly port: number;
  readonly ws: number;
  readonly unix: string | undefined;
  readonly dump: boolean;
  readonly registry: boolean;
}

/** A server. */
export class LockdServer extends EventEmitter {
  /** Settles when it listens, or cannot. */
  readonly #starting: Promise<Running>;
  #stopping: Promise<void> | undefined;

  /** @throws Error under Node, and for options that cannot be. */
  constructor(options: ListenOptions) {
    super();
    if (process.versions.bun === undefined) {
      throw new Error(
        "lockd.listen needs Bun: run this program with bun, or start the glockd binary and connect to it",
      );
    }
    this.#starting = start(settingsOf(options));
    this.#starting.then(
      () => this.#tell("ready"),
      (error: unknown) => this.#tell("error", error),
    );
  }

  /** Takes nobody in, lets all clients have the replies that are due, and ends. */
  close(callback?: (error: null) => void): void {
    this.#end(callback);
  }

  /** Ends at once, and all connections with it. */
  destroy(callback?: (error: null) => void): void {
    this.#end(callback, 0);
  }

  /** A connection to this server, once it runs. @throws Error when it does not. */
  async reach(peer: Peer): Promise<Connection> {
    const running = await this.#starting;
    if (this.#stopping !== undefined) throw new Error("The lockd server is closed.");
    return running.connect(peer);
  }

  #end(callback: ((error: null) => void) | undefined, flushMilliseconds?: number): void {
    const stopped = (this.#stopping ??= this.#stop(flushMilliseconds));
    void stopped.then(() => process.nextTick(() => callback?.(null)));
  }

  async #stop(flushMilliseconds: number | undefined): Promise<void> {
    const running = await this.#starting.catch(() => undefined);
    await running?.stop(flushMilliseconds);
    process.nextTick(() => this.emit("close"));
  }

  #tell(event: string, ...about: unknown[]): void {
    if (this.#stopping === undefined) process.nextTick(() => this.emit(event, ...about));
  }
}

async function start(settings: Settings): Promise<Running> {
  const { defaultConfig } = await import("../../config.ts");
  const { startServer } = await import("../../server.ts");
  return startServer(defaultConfig(settings));
}

/** @throws Error for addresses that cannot be, or not together. */
function settingsOf({ tcp, unix, websocket, features = {} }: ListenOptions): Settings {
  const stream = tcp === undefined || tcp === "" ? undefined : parseHostPort(tcp);
  const web = websocket ? parseWebAddress(websocket) : undefined;
  if (web !== undefined && web.path !== "/") {
    throw new Error(`Cannot listen on ${websocket}: write ws://host:port`);
  }
  if (stream !== undefined && web !== undefined && stream.host !== web.host) {
    throw new Error(
      `tcp (${tcp}) and websocket (${websocket}) name different hosts: a server listens on one`,
    );
  }
  return {
    host: stream?.host ?? web?.host,
    port: stream?.port ?? 0,
    ws: web?.port ?? 0,
    unix: unix || undefined,
    dump: features.dump ?? true,
    registry: features.registry ?? true,
  };
}
