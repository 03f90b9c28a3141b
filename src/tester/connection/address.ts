/**
 * Where the tested server listens, as `--host`, `--unix` and `--ws` say it.
 * Invariant: an `Address` can be handed to a socket as it is; what could not was refused here.
 */
import { UsageError } from "../../flag.ts";

/** What it takes to be let in. */
export interface Access {
  /** NAME:SECRET for `auth`, which each connection says first. */
  readonly token?: string;
  /** Speak TLS; over a WebSocket its URL says whether to. */
  readonly tls?: TlsOptions;
  /** The flags that lead another `glockd test` there; none that tells a secret. */
  readonly flags: readonly string[];
}

/** PEM texts, as the client library has them. */
export interface TlsOptions {
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  /** What the server's certificate is for, when that is not the host. */
  readonly servername?: string;
}

/** One door of a server. */
export type Address = (
  | { readonly door: "tcp"; readonly host: string; readonly port: number }
  | { readonly door: "unix"; readonly path: string }
  | { readonly door: "web"; readonly url: string }
) & { readonly access?: Access };

/** A door through which bytes flow without borders. */
export type StreamAddress = Extract<Address, { readonly door: "tcp" | "unix" }>;

export const defaultHost = "127.0.0.1";
export const defaultPort = 9_999;

/**
 * Reads `HOST`, `HOST:PORT`, `:PORT` or `[IPV6]:PORT`; what is left out is 127.0.0.1 or 9999.
 * @throws UsageError when it is none of these, which tells `where` it stands.
 */
export function tcpAddress(text: string, where = "--host"): Address {
  const match = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (match === null || port < 1 || port > 65_535)
    throw new UsageError(
      `${where}: ${JSON.stringify(text)} is not HOST:PORT; an IPv6 address is written [::1]:9999`,
    );
  return { door: "tcp", host: match[1] ?? (match[2] || defaultHost), port };
}

/**
 * Reads a WebSocket address; `HOST:PORT` alone stands for `ws://HOST:PORT/`, or with `tls`
 * for `wss://HOST:PORT/`.
 * @throws UsageError when it is none.
 */
export function webAddress(text: string, tls = false): Address {
  const written = /^[a-z]+:\/\//i.test(text) ? text : `${tls ? "wss" : "ws"}://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^wss?:$/.test(url.protocol))
    throw new UsageError(
      `--ws: ${JSON.stringify(text)} is not a WebSocket address such as ws://127.0.0.1:9998/`,
    );
  return { door: "web", url: url.href };
}

/** For people: `127.0.0.1:9999`, `unix /run/glockd.sock`, `ws://127.0.0.1:9998/`. */
export function describeAddress(address: Address): string {
  if (address.door === "unix") return `unix ${address.path}`;
  if (address.door === "web") return address.url;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

/** The flags that lead another `glockd test` to the same door; a token is in the environment. */
export function addressFlags(address: Address): readonly string[] {
  return [doorFlag(address), ...(address.access?.flags ?? [])];
}

function doorFlag(address: Address): string {
  if (address.door === "unix") return `--unix=${address.path}`;
  if (address.door === "web") return `--ws=${address.url}`;
  return `--host=${describeAddress(address)}`;
}
