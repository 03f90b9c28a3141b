/**
 * A TCP socket that listens before there is a server behind it (Linux). Who connects
 * meanwhile waits in the kernel's queue, as whoever comes while a server is busy.
 * Invariant: everyone in its queue has the peer options, for they are set before it listens.
 */
import { type Libc, libc } from "../libc.ts";
import { type PeerOptions, setPeerOptions } from "../peer-options.ts";

export interface ListeningSocket {
  /** The address that it is bound to, as Bun would have been told. */
  readonly host: string;
  /** Its descriptor, which is the caller's from now on. */
  take(): number;
  /** Unless somebody has taken it. */
  close(): void;
}

/** Where to listen. */
export interface ListeningPlace extends PeerOptions {
  /** An address; `undefined`: all, IPv4 and IPv6. */
  readonly host: string | undefined;
  readonly port: number;
}

/**
 * Has the socket of a listener keep as many who come at once as the system allows: after a
 * restart all clients do, and who finds no room tries again a second later. Bun allows some
 * 512, which is enough for the web port: whoever waits there cannot be held off any more.
 */
export function widenQueue(descriptor: number): void {
  libc()?.listen(descriptor, backlog);
}

/** `null` where it cannot be, or not like this: Bun is to try, and says why not. */
export function listenOn(place: ListeningPlace): ListeningSocket | null {
  const c = process.platform === "linux" ? libc() : undefined;
  if (c === undefined) return null;
  const { host = "::", port } = place;
  const address = addressOf(c, host, port);
  if (address === null) return null;
  const isV6 = host.includes(":");
  const descriptor = c.socket(isV6 ? afInet6 : afInet, sockStream, ipprotoTcp);
  if (descriptor < 0) return null;
  const set = (level: number, option: number, value: number): boolean =>
    c.setsockopt(descriptor, level, option, Int32Array.of(value), 4) === 0;
  setPeerOptions(descriptor, place);
  const listens =
    set(solSocket, soReuseaddr, 1) &&
    (!isV6 || set(ipprotoIpv6, ipv6V6only, 0)) &&
    c.bind(descriptor, address, address.length) === 0 &&
    c.listen(descriptor, backlog) === 0;
  if (!listens) {
    c.close(descriptor);
    return null;
  }
  let isOurs = true;
  return {
    host,
    take() {
      isOurs = false;
      return descriptor;
    },
    close() {
      if (isOurs) c.close(descriptor);
    },
  };
}

const [afInet, afInet6] = [2, 10];
/** `SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC` */
const sockStream = 0o2004001;
const [solSocket, ipprotoTcp, ipprotoIpv6] = [1, 6, 41];
const soReuseaddr = 2;
const ipv6V6only = 26;
/** More than any system allows. */
const backlog = 65_535;

/** `struct sockaddr_in` or `sockaddr_in6`; `null` when `host` is a name, or has a zone. */
function addressOf(c: Libc, host: string, port: number): Uint8Array | null {
  if (!/^[\da-f.:]+$/i.test(host)) return null;
  const [family, bytes, at] = host.includes(":") ? [afInet6, 28, 8] : [afInet, 16, 4];
  const address = new Uint8Array(bytes);
  address.set([family, 0, port >> 8, port]);
  const text = new Uint8Array(host.length + 1);
  for (let index = 0; index < host.length; index++) text[index] = host.charCodeAt(index);
  return c.inetPton(family, text, address.subarray(at)) === 1 ? address : null;
}
