/** What `connect` is told, read once: where the server is, and how to behave. */
import {
  backoffFirstMilliseconds,
  backoffMostMilliseconds,
  beatSecondsDefault,
  connectionsMaxDefault,
  patienceSecondsDefault,
  pingSecondsDefault,
  secondsMax,
} from "./bounds.ts";
import { checkName } from "./names.ts";

/** How to check the server's certificate, and what to show it: as `node:tls` takes them. */
export interface TlsOptions {
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[];
  readonly cert?: string | Uint8Array;
  readonly key?: string | Uint8Array;
  readonly passphrase?: string;
  readonly servername?: string;
  readonly rejectUnauthorized?: boolean;
}

/** `connecting` at first and after each loss; `closed` is for good. */
export type ConnectionState = "connecting" | "connected" | "disconnected" | "closed";

/** One of `tcp`, `unix` and `websocket`, and whatever else differs from the defaults. */
export interface ConnectOptions {
  /** `host:port`, `[ipv6]:port`, or a port of this machine. */
  readonly tcp?: string | number | undefined;
  /** The path of a unix socket. */
  readonly unix?: string | undefined;
  /** `ws://host:port/` or `wss://…`. */
  readonly websocket?: string | undefined;
  /** TLS over TCP, with the platform's certificates or with these options. */
  readonly tls?: boolean | TlsOptions | undefined;
  /** The token to say `auth` with. */
  readonly auth?: string | undefined;
  /** What listings call this client. */
  readonly name?: string | undefined;
  /** Seconds between pings; 10 unless given. */
  readonly ping?: number | undefined;
  /**
   * Seconds of silence after which the server ends the connection, 0 for never. Work that
   * blocks the event loop for longer loses its locks. 60 where a proxy may stand between
   * (WebSocket, TLS), else 0.
   */
  readonly beat?: number | undefined;
  /** Seconds that a request waits for a connection; 10 unless given. `Infinity` is fine. */
  readonly patience?: number | undefined;
  /** Pauses between attempts to connect: the first, and the longest, in milliseconds. */
  readonly backoff?: { readonly first?: number; readonly most?: number } | undefined;
  /**
   * Whether a connection that was lost, or could not be made, is made anew; so it is unless
   * given. Otherwise the first failure closes the client.
   */
  readonly reconnect?: boolean | undefined;
  /** How many connections semaphores and readers of this client may use; 64 unless given. */
  readonly connectionsMax?: number | undefined;
  /** Told of each change, with what it came from. */
  readonly onState?: ((state: ConnectionState, why?: Error) => void) | undefined;
}

/** Where the server is. */
export type Address =
  | {
      readonly door: "tcp";
      readonly host: string;
      readonly port: number;
      readonly tls?: TlsOptions;
    }
  | { readonly door: "unix"; readonly path: string }
  | { readonly door: "web"; readonly url: string };

/** The options, checked and complete. */
export interface Settings {
  readonly address: Address;
  /** The address for people. */
  readonly place: string;
  readonly auth: string | undefined;
  readonly name: string | undefined;
  readonly pingMilliseconds: number;
  readonly beatSeconds: number;
  readonly patienceMilliseconds: number;
  readonly backoff: { readonly first: number; readonly most: number };
  readonly reconnect: boolean;
  readonly connectionsMax: number;
  readonly onState: (state: ConnectionState, why?: Error) => void;
}

/** @throws TypeError, RangeError or BadNameError: an option cannot be meant like that. */
export function readOptions(options: ConnectOptions): Settings {
  const { auth, name, onState = () => undefined } = options;
  const { address, place } = readAddress(options);
  const mayBeProxied = address.door === "web" || (address.door === "tcp" && address.tls);
  const beatSeconds = seconds("beat", options.beat ?? (mayBeProxied ? beatSecondsDefault : 0));
  const pingSeconds = seconds("ping", options.ping ?? pingSecondsDefault);
  if (pingSeconds === 0) throw new RangeError("ping has to be more than 0 seconds");
  const often = beatSeconds === 0 ? pingSeconds : Math.min(pingSeconds, beatSeconds / 3);
  const { first = backoffFirstMilliseconds, most = backoffMostMilliseconds } =
    options.backoff ?? {};
  const patience = options.patience ?? patienceSecondsDefault;
  return {
    address,
    place,
    auth: auth === undefined ? undefined : checkName(auth, "token"),
    name: name === undefined ? undefined : checkName(name, "client name"),
    pingMilliseconds: often * 1000,
    beatSeconds,
    patienceMilliseconds: patience === Infinity ? Infinity : seconds("patience", patience) * 1000,
    backoff: { first, most },
    reconnect: options.reconnect ?? true,
    connectionsMax: Math.max(1, options.connectionsMax ?? connectionsMaxDefault),
    onState,
  };
}

/** @throws RangeError when `value` is no number of seconds that the server would take. */
export function seconds(option: string, value: number): number {
  if (value >= 0 && value <= secondsMax) return value;
  throw new RangeError(`${option} has to be from 0 to ${secondsMax} seconds, and is ${value}`);
}

function readAddress(options: ConnectOptions): { address: Address; place: string } {
  const { tcp, unix, websocket, tls = false } = options;
  const given = [tcp, unix, websocket].filter((each) => each !== undefined);
  if (given.length !== 1) {
    throw new TypeError("connect needs one of tcp, unix and websocket, and one only");
  }
  if (tls !== false && tcp === undefined) {
    throw new TypeError("tls goes with tcp; of a websocket, wss:// says it");
  }
  if (unix !== undefined) return { address: { door: "unix", path: unix }, place: `unix:${unix}` };
  if (websocket !== undefined) return readUrl(websocket);
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d+)$/.exec(String(tcp));
  const port = Number(match?.[3]);
  if (match === null || port < 1 || port > 65_535) {
    throw new TypeError(`tcp has to be host:port or a port, and is ${JSON.stringify(tcp)}`);
  }
  const host = match[1] ?? match[2] ?? "127.0.0.1";
  const plain = { door: "tcp", host, port } as const;
  const address = tls === false ? plain : { ...plain, tls: tls === true ? {} : tls };
  return { address, place: `${host.includes(":") ? `[${host}]` : host}:${port}` };
}

function readUrl(url: string): { address: Address; place: string } {
  if (!/^wss?:\/\//.test(url)) {
    throw new TypeError(`websocket has to begin with ws:// or wss://, and is ${url}`);
  }
  if (typeof WebSocket === "undefined") {
    throw new TypeError(
      "this platform has no WebSocket (Node has one since version 22): use tcp or unix",
    );
  }
  return { address: { door: "web", url }, place: url };
}
