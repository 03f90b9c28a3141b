/**
 * A link over a WebSocket: a command is a message, and each message that comes is one or
 * more whole lines.
 */
import { connect, type Socket } from "node:net";
import type { WebAddress } from "../address.ts";
import type { Dial, Link, LinkEvents } from "./link.ts";
import { clientFrame, FrameReader, opcodes } from "./frames.ts";
import { Handshake } from "./handshake.ts";

const lineEnd = Uint8Array.of(10);
/** Status 1000: nothing is wrong. */
const normalClosure = Uint8Array.of(0x03, 0xe8);

/** To a server's WebSocket. */
export function dialWebSocket(address: WebAddress): Dial {
  return (events) => new WebSocketLink(address, events);
}

class WebSocketLink implements Link {
  readonly keepsCommandsApart = true;
  private readonly socket: Socket;
  private readonly events: LinkEvents;
  private readonly handshake: Handshake;
  private readonly frames: FrameReader;
  private isOpen = false;
  private hasFailed = false;
  private saidGoodbye = false;

  constructor(address: WebAddress, events: LinkEvents) {
    this.events = events;
    this.handshake = new Handshake(address);
    this.frames = new FrameReader({
      payload: (bytes) => events.bytes(bytes),
      // The last line of a message may lack its end; what this adds else is a blank line.
      messageEnd: () => events.bytes(lineEnd),
      control: (opcode, payload) => this.obey(opcode, payload),
    });
    const socket = connect(address.port, address.host);
    this.socket = socket;
    socket.setNoDelay(true);
    socket.on("connect", () => socket.write(this.handshake.request));
    socket.on("data", (bytes: Uint8Array) => this.receive(bytes));
    socket.on("error", (error) => this.fail(error));
    socket.on("close", () => events.close(this.hasFailed));
  }

  send(line: string): void {
    this.socket.write(clientFrame(opcodes.text, Buffer.from(line, "utf8")));
  }

  end(): void {
    this.sayGoodbye(normalClosure);
  }

  destroy(): void {
    this.socket.destroy();
  }

  private receive(bytes: Uint8Array): void {
    if (this.hasFailed) return;
    try {
      if (this.isOpen) return this.frames.take(bytes);
      const rest = this.handshake.take(bytes);
      if (rest === undefined) return;
      this.isOpen = true;
      this.events.connect();
      this.frames.take(rest);
    } catch (error) {
      this.fail(error as Error);
      this.socket.destroy();
    }
  }

  private obey(opcode: number, payload: Uint8Array): void {
    if (opcode === opcodes.ping) this.socket.write(clientFrame(opcodes.pong, payload));
    if (opcode !== opcodes.close) return;
    this.sayGoodbye(payload);
    this.socket.end();
  }

  private sayGoodbye(payload: Uint8Array): void {
    if (this.saidGoodbye) return;
    this.saidGoodbye = true;
    this.socket.write(clientFrame(opcodes.close, payload));
  }

  private fail(error: Error): void {
    this.hasFailed = true;
    this.events.error(error);
  }
}
