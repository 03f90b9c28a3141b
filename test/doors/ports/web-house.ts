/**
 * The web listener without a network: its handlers, taken from what it gives to
 * `Bun.serve`, and sockets that do as a test says.
 */
import { spyOn } from "bun:test";
import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import { open } from "../../../src/auth/authority.ts";
import { Lobby, type Owner } from "../../../src/doors/lobby.ts";
import type { HttpDoor } from "../../../src/doors/http/door.ts";
import { listenWeb } from "../../../src/doors/web.ts";
import { LocalEngine } from "../../../src/engine/local.ts";
import { defaultLimits, type Limits } from "../../../src/limits.ts";
import { silent } from "../../../src/log.ts";
import { FakeClock } from "../../clock.ts";
import { seed } from "../../core/named.ts";

/** One message that the server sent; its bytes as characters. */
export interface Sent {
  readonly text: string;
  readonly binary: boolean;
}

/** Takes messages as a WebSocket of Bun does. */
export class FakeWebSocket {
  readonly data: { address: string; port: null; session: null };
  readonly sent: Sent[] = [];
  /** "close CODE" and "terminate", in order. */
  readonly endings: string[] = [];
  /** Bytes that wait for the peer. */
  buffered = 0;
  /** The peer takes nothing: what is sent waits. */
  stalled = false;
  /** Bun takes nothing either, and drops what is sent. */
  dropping = false;

  constructor(address: string) {
    this.data = { address, port: null, session: null };
  }

  get texts(): string[] {
    return this.sent.map(({ text }) => text);
  }

  sendText(text: string): number {
    return this.take({ text: Buffer.from(text).toString("latin1"), binary: false });
  }

  sendBinary(bytes: Uint8Array): number {
    return this.take({ text: Buffer.from(bytes).toString("latin1"), binary: true });
  }

  getBufferedAmount(): number {
    return this.buffered;
  }

  close(code: number): void {
    this.endings.push(`close ${code}`);
  }

  terminate(): void {
    this.endings.push("terminate");
  }

  private take(message: Sent): number {
    if (this.dropping) return 0;
    this.sent.push(message);
    if (!this.stalled) return message.text.length;
    this.buffered += message.text.length;
    return -1;
  }
}

/** The handlers of one web listener, and what they stand on. */
export class WebHouse {
  readonly clock = new FakeClock();
  readonly lobby: Lobby;
  private readonly handlers: WebSocketHandler<unknown>;
  private connections = 0;

  constructor(limits: Partial<Limits> = {}) {
    const all = { ...defaultLimits, ...limits };
    this.lobby = new Lobby({
      engine: new LocalEngine<Owner>({ limits: all, clock: this.clock, seed }),
      authority: open,
      features: { dump: true, registry: true },
      limits: all,
      logger: silent,
      clock: this.clock,
    });
    const serve = spyOn(Bun, "serve").mockImplementation(() => ({}) as Server<unknown>);
    try {
      // Nothing here asks for HTTP.
      const http = {} as HttpDoor;
      listenWeb(this.lobby, {
        host: "127.0.0.1",
        port: 0,
        http,
        tls: null,
        shared: false,
        relays: null,
      });
      const [options] = serve.mock.calls[0] as unknown as [
        { websocket: WebSocketHandler<unknown> },
      ];
      this.handlers = options.websocket;
    } finally {
      serve.mockRestore();
    }
  }

  connect(): FakeWebSocket {
    const socket = new FakeWebSocket(`1.2.3.4:${++this.connections}`);
    void this.handlers.open?.(asSocket(socket));
    return socket;
  }

  /** The client sends a message: text, or bytes given as characters. */
  say(socket: FakeWebSocket, message: string, type: "text" | "binary" = "text"): void {
    const content = type === "text" ? message : Buffer.from(message, "latin1");
    void this.handlers.message?.(asSocket(socket), content);
  }

  /** The peer has taken everything. */
  drain(socket: FakeWebSocket): void {
    socket.buffered = 0;
    void this.handlers.drain?.(asSocket(socket));
  }

  close(socket: FakeWebSocket, code = 1000): void {
    void this.handlers.close?.(asSocket(socket), code, "");
  }
}

function asSocket(socket: FakeWebSocket): ServerWebSocket<unknown> {
  return socket as unknown as ServerWebSocket<unknown>;
}
