/** Text over a socket of `node:net` or `node:tls`: TCP and unix sockets. */
import { connect, type Socket } from "node:net";
import { connect as connectTls, type ConnectionOptions } from "node:tls";
import { tlsMilliseconds } from "../bounds.ts";
import type { Address } from "../options.ts";
import type { Dial, Transport, TransportEvents } from "./transport.ts";

const keepaliveMilliseconds = 10_000;
const newline = 10;

export function dialStream(address: Exclude<Address, { door: "web" }>): Dial {
  return (events) => {
    const secure = address.door === "tcp" && address.tls !== undefined;
    const socket = open(address);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, keepaliveMilliseconds);
    listen(socket, secure ? "secureConnect" : "connect", events);
    if (secure) endInSilence(socket);
    return transport(socket);
  };
}

function open(address: Exclude<Address, { door: "web" }>): Socket {
  if (address.door === "unix") return connect({ path: address.path });
  const { host, port, tls } = address;
  if (tls === undefined) return connect({ host, port });
  // A certificate is for a name; an address as such is none.
  const named = /^[\d.]+$|:/.test(host) ? {} : { servername: host };
  return connectTls({ host, port, ...named, ...tls } as ConnectionOptions);
}

/**
 * A server that does not speak TLS takes what it hears for the begin of a line, and waits
 * for the rest. Its end has the code that Node has for this.
 */
function endInSilence(socket: Socket): void {
  socket.once("connect", () => {
    const seconds = tlsMilliseconds / 1000;
    const error = new Error(`nobody answers in TLS within ${seconds} s; does it speak TLS there?`);
    const end = (): void => {
      socket.destroy(Object.assign(error, { code: "ERR_TLS_HANDSHAKE_TIMEOUT" }));
    };
    const timer = setTimeout(end, tlsMilliseconds);
    for (const over of ["secureConnect", "close"]) socket.once(over, () => clearTimeout(timer));
  });
}

function listen(socket: Socket, opened: string, events: TransportEvents): void {
  let error: Error | undefined;
  let isClosed = false;
  const lines = new WholeLines();
  const close = (): void => {
    if (isClosed) return;
    isClosed = true;
    events.closed(error);
  };
  socket.on(opened, () => {
    if (!isClosed) events.opened();
  });
  socket.on("data", (bytes: Buffer) => {
    const text = lines.take(bytes);
    if (text !== "" && !isClosed) events.received(text);
  });
  socket.on("error", (cause: Error) => {
    error = cause;
  });
  // The server's last word: whatever this connection held is free by now.
  socket.on("end", close);
  socket.on("close", close);
}

/** Cuts what comes at the end of its last line, so that no line and no character is cut. */
class WholeLines {
  private begun: Buffer[] = [];

  /** The lines that `bytes` complete, as text; empty when there are none. */
  take(bytes: Buffer): string {
    const end = bytes.lastIndexOf(newline) + 1;
    if (end === 0) {
      this.begun.push(bytes);
      return "";
    }
    const { begun } = this;
    this.begun = end === bytes.length ? [] : [bytes.subarray(end)];
    if (begun.length === 0) return bytes.toString("utf8", 0, end);
    return Buffer.concat([...begun, bytes.subarray(0, end)]).toString("utf8");
  }
}

function transport(socket: Socket): Transport {
  return {
    send: (text) => void socket.write(text),
    end: () => void socket.end(),
    destroy: () => void socket.destroy(),
    descriptor: () => descriptorOf(socket),
  };
}

/** Nothing official tells it; Bun and Node both do. */
function descriptorOf(socket: Socket): number | undefined {
  const { _handle: handle } = socket as unknown as { _handle?: { readonly fd?: number } };
  const descriptor = handle?.fd;
  return descriptor !== undefined && descriptor >= 0 ? descriptor : undefined;
}
