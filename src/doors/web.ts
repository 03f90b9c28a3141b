/**
 * The web listener: WebSockets on `/` that speak the line protocol, and HTTP.
 *
 * A message holds one or more lines, the last LF optional. Each reply is one message: a
 * text, or bytes when a name in it is not UTF-8.
 */
import { isUtf8 } from "node:buffer";
import type { Server, ServerWebSocket } from "bun";
import {
  bodyBytesReadMax,
  requestSeconds,
  webSocketMessageBytesMax,
  webSocketPayloadBytesMax,
} from "../limits.ts";
import type { Output } from "../protocol/output.ts";
import type { HttpDoor } from "./http/door.ts";
import { Exchange } from "./http/exchange.ts";
import type { Lobby } from "./lobby.ts";
import type { Port } from "./port.ts";
import type { Arrival } from "./relay/relay.ts";
import type { Relays } from "./relay/relays.ts";
import { Session } from "./session.ts";

interface SocketData {
  readonly address: string;
  readonly arrival: Arrival | null;
  port: MessagePort | null;
  session: Session | null;
}

const newline = 10;

/** @throws when the port cannot be had. */
export function listenWeb(
  lobby: Lobby,
  options: {
    readonly host: string;
    readonly port: number;
    readonly http: HttpDoor;
    /** `null`: plain. */
    readonly tls: Bun.TLSOptions | null;
    /** Whether another listener of this process may have the port as well. */
    readonly shared: boolean;
    /** Who brings connections here; `null` when clients come by themselves. */
    readonly relays: Relays | null;
  },
): Server<SocketData> {
  const { http, relays } = options;
  return Bun.serve<SocketData>({
    hostname: options.host,
    port: options.port,
    idleTimeout: requestSeconds,
    maxRequestBodySize: bodyBytesReadMax,
    reusePort: options.shared,
    ...(options.tls === null ? {} : { tls: options.tls }),
    fetch(request, server) {
      const arrival = relays?.arrivalOf(server.requestIP(request)) ?? null;
      if (relays !== null && arrival === null) return notRelayed();
      const exchange = new Exchange(request, server, arrival);
      if (exchange.path !== "/" || !isUpgrade(request)) return http.handle(exchange);
      const refusal = http.refuseUpgrade(exchange);
      if (refusal !== null) return refusal;
      const { address } = exchange;
      const data: SocketData = { address, arrival, port: null, session: null };
      return server.upgrade(request, { data }) ? undefined : http.refuseHandshake(exchange);
    },
    error: (error) => http.crash(error),
    websocket: {
      // A peer that is silent is not gone: it may hold a lock and work. TCP keepalive tells.
      idleTimeout: 0,
      sendPings: false,
      perMessageDeflate: false,
      maxPayloadLength: webSocketPayloadBytesMax,
      backpressureLimit: lobby.limits.outputBytesMax,
      open: (socket) => open(lobby, socket),
      message(socket, message) {
        socket.data.session?.receive(messageBytes(message));
      },
      drain(socket) {
        socket.data.port?.drain();
      },
      close(socket, code) {
        socket.data.session?.end(code === 1000 || code === 1005 ? "closed" : `closed ${code}`);
      },
    },
  });
}

/** Another program of this machine has found the port that only relays should use. */
function notRelayed(): Response {
  return new Response("come by the web port\n", { status: 403, headers: { Connection: "close" } });
}

function isUpgrade(request: Request): boolean {
  return /^websocket$/i.test(request.headers.get("upgrade") ?? "");
}

function open(lobby: Lobby, socket: ServerWebSocket<SocketData>): void {
  const refusal = lobby.refusal();
  if (refusal !== null) {
    lobby.logger.warn("refused a connection", { reason: refusal });
    socket.sendText(`${refusal}\n`);
    socket.close(1013, "try again later");
    return;
  }
  const { data } = socket;
  data.port = new MessagePort(socket, lobby.limits.outputBytesMax);
  const commonName = data.arrival?.commonName ?? null;
  data.session = new Session(lobby, {
    address: data.address,
    local: false,
    credential: commonName === null ? null : lobby.authority.ofCommonName(commonName),
    port: data.port,
  });
  data.port.session = data.session;
}

/** The message's bytes; the last line is ended if the client did not. */
function messageBytes(message: string | Buffer): Uint8Array {
  const bytes = typeof message === "string" ? Buffer.from(message, "utf8") : message;
  if (bytes.length === 0 || bytes[bytes.length - 1] === newline) return bytes;
  const ended = new Uint8Array(bytes.length + 1);
  ended.set(bytes);
  ended[bytes.length] = newline;
  return ended;
}

/** The session's port over a WebSocket: a message a reply, so nothing is ever committed. */
class MessagePort implements Port {
  /** Set right after it is made: a session needs its port first. */
  session: Session | null = null;
  private readonly socket: ServerWebSocket<SocketData>;
  private readonly pendingBytesMax: number;
  private begun: Uint8Array[] = [];
  private begunBytes = 0;
  private finishing = false;
  private closed = false;

  constructor(socket: ServerWebSocket<SocketData>, pendingBytesMax: number) {
    this.socket = socket;
    this.pendingBytesMax = pendingBytesMax;
  }

  get blocked(): boolean {
    return this.pendingBytes !== 0;
  }

  get pendingBytes(): number {
    return this.socket.getBufferedAmount();
  }

  reply(out: Output): void {
    if (this.begun.length !== 0) {
      this.part(out);
      const message = Buffer.concat(this.begun);
      this.begun = [];
      this.begunBytes = 0;
      // The last part may have filled a message to the byte.
      if (message.length !== 0) this.send(message);
    } else if (out.length !== out.committed) {
      this.send(out.takeUncommitted());
    }
  }

  part(out: Output): void {
    const part = out.takeUncommitted().slice();
    this.begun.push(part);
    this.begunBytes += part.length;
    // One line, however long, is one message: put together once, when it is complete.
    if (this.begunBytes < webSocketMessageBytesMax || !part.includes(newline)) return;
    const message = Buffer.concat(this.begun);
    const end = message.lastIndexOf(newline) + 1;
    this.begun = [message.subarray(end)];
    this.begunBytes = message.length - end;
    this.send(message.subarray(0, end));
  }

  flush(): void {
    // Every reply has left as a message of its own.
  }

  drain(): void {
    if (this.blocked) return;
    if (this.finishing) this.socket.close(1000);
    else this.session?.drained();
  }

  ignored(): void {
    // The closing handshake sees to it that nothing is lost.
  }

  finishGently(): void {
    this.finish();
  }

  finish(): void {
    this.finishing = true;
    if (!this.blocked) this.socket.close(1001);
  }

  close(): void {
    this.closed = true;
  }

  destroy(): void {
    this.socket.terminate();
    // It would read on at the pace of a client that does not.
    this.socket.data.arrival?.terminate();
  }

  private send(message: Uint8Array): void {
    if (this.closed) return;
    const sent = isUtf8(message)
      ? this.socket.sendText(
          Buffer.from(message.buffer, message.byteOffset, message.length).toString("utf8"),
        )
      : this.socket.sendBinary(message);
    // 0: dropped, because more is waiting than may, or because the socket is closed.
    if (sent === 0 || this.pendingBytes > this.pendingBytesMax) {
      this.session?.drop("replies are not read");
    }
  }
}
