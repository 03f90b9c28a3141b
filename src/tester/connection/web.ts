/**
 * A connection over a WebSocket.
 * Invariant: text goes out as a text message, bytes that are no UTF-8 as a binary one,
 * as the protocol has it; both come back as the same bytes.
 */
import type { Address } from "./address.ts";
import type { Connection } from "./connection.ts";
import { Inbox, type Observations } from "./inbox.ts";

/** An address with a WebSocket's URL. */
export type WebAddress = Extract<Address, { readonly door: "web" }>;

/** Bun's WebSocket, with the TLS that the address says. */
export function webSocket({ url, access }: WebAddress): WebSocket {
  if (access?.tls === undefined) return new WebSocket(url);
  const { servername, ...texts } = access.tls;
  const tls = servername === undefined ? texts : { ...texts, serverName: servername };
  return new WebSocket(url, { tls });
}

/** A WebSocket does not tell what went wrong: a plain connection may, else it is what it can have been. */
export async function whyNot({ url }: WebAddress): Promise<Error> {
  const { hostname: name, port, protocol } = new URL(url);
  const hostname = name.replace(/^\[|\]$/g, "");
  const place = { hostname, port: Number(port) || (protocol === "wss:" ? 443 : 80) };
  try {
    const socket = await Bun.connect({ ...place, socket: { data() {} } });
    socket.terminate();
  } catch (error) {
    return error as Error;
  }
  const orElse = url.startsWith("wss:")
    ? "or its certificate is not trusted: see -tls-ca"
    : "or only with TLS: wss://";
  return new Error(`no WebSocket is offered there, ${orElse}`);
}

/** @throws Error with what is known, which for WebSockets is little. */
export function openWeb(
  address: WebAddress,
  observations: Observations,
  late: AbortSignal,
): Promise<Connection> {
  const inbox = new Inbox(observations);
  const messages: string[] = [];
  const socket = webSocket(address);
  socket.binaryType = "arraybuffer";
  const { promise, resolve, reject } = Promise.withResolvers<Connection>();
  socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => {
    const bytes =
      typeof event.data === "string" ? Buffer.from(event.data, "utf8") : Buffer.from(event.data);
    const message = bytes.toString("latin1");
    messages.push(message);
    if (message === "") observations.emptyMessages = true;
    inbox.push(message);
  };
  let opening = true;
  const fail = (): void => {
    if (opening) void whyNot(address).then(reject);
    opening = false;
  };
  socket.onerror = fail;
  socket.onclose = (event) => {
    fail();
    inbox.end(`the end of the connection (code ${event.code})`);
  };
  late.addEventListener("abort", () => socket.terminate());
  socket.onopen = () => {
    opening = false;
    resolve({
      inbox,
      messages,
      send: (bytes) => socket.send(asMessage(bytes)),
      halfClose: () => undefined,
      close: () => socket.close(),
      reset: () => socket.terminate(),
    });
  };
  return promise;
}

/** The message that carries these bytes: text if they are UTF-8. */
export function asMessage(bytes: string): string | Buffer {
  const buffer = Buffer.from(bytes, "latin1");
  const text = buffer.toString("utf8");
  return text.includes("\uFFFD") ? buffer : text;
}
