/** Where a server is, as the options of `connect` and `listen` say it. */

/** Of TCP; without a host `connect` means this machine, `listen` all its addresses. */
export interface HostPort {
  readonly host: string | undefined;
  readonly port: number;
}

/** Of a WebSocket. */
export interface WebAddress {
  readonly host: string;
  readonly port: number;
  /** With the query, `/` when none was given. */
  readonly path: string;
  /** As a `Host` header has it. */
  readonly authority: string;
}

const portMax = 65_535;

/**
 * Reads `host:port` or `port`; an IPv6 host stands in brackets.
 * @throws Error with the words of the older package.
 */
export function parseHostPort(text: string | number): HostPort {
  const match = /^(?:([\w.-]+|\[[\da-fA-F:.]+(?:%\w+)?\]):)?(\d+)$/.exec(String(text));
  const port = Number(match?.[2]);
  if (match === null || port > portMax) throw new Error(`Invalid [host:]port string: ${text}`);
  if (port === 0) throw new Error("Port 0 is not valid.");
  return { host: match[1]?.replace(/^\[(.*)\]$/, "$1"), port };
}

/** Reads `ws://host:port/path`. @throws Error that names the address. */
export function parseWebAddress(text: string): WebAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "ws:") {
    throw new Error(`Invalid websocket address: ${text}; write ws://host:port`);
  }
  return {
    host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
    port: url.port === "" ? 80 : Number(url.port),
    path: url.pathname + url.search,
    authority: url.host,
  };
}
