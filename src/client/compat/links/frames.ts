/**
 * WebSocket frames (RFC 6455, section 5), as far as a client needs them. Written here
 * because Node 20 has no WebSocket of its own, and the Go server turns away clients
 * without an `Origin`, which those of later platforms do not send.
 *
 * Invariant: what a reader holds of a message is at most a header or a control frame;
 * payload is handed on as it comes.
 */
import { randomBytes } from "node:crypto";

export const opcodes = { text: 1, close: 8, ping: 9, pong: 10 } as const;

export interface FrameEvents {
  /** A part of a text or binary message. */
  payload(bytes: Uint8Array): void;
  messageEnd(): void;
  /** A close, ping or pong. */
  control(opcode: number, payload: Uint8Array): void;
}

/** A whole message, or a control frame, as a client has to send it: masked. */
export function clientFrame(opcode: number, payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const frame = Buffer.alloc(2 + extended + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) frame.writeUInt16BE(length, 2);
  if (extended === 8) frame.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  const start = 2 + extended + 4;
  frame.set(mask, start - 4);
  for (let i = 0; i < length; i++) frame[start + i] = payload[i]! ^ mask[i & 3]!;
  return frame;
}

/** Takes a server's frames apart. */
export class FrameReader {
  private readonly events: FrameEvents;
  private header: number[] = [];
  private opcode = 0;
  private isLast = false;
  private remainingBytes = 0;
  private control: Uint8Array[] = [];

  constructor(events: FrameEvents) {
    this.events = events;
  }

  /** @throws Error when these are no frames of a server. */
  take(bytes: Uint8Array): void {
    let at = 0;
    while (at < bytes.length) {
      if (this.remainingBytes === 0) {
        this.header.push(bytes[at++]!);
        this.readHeader();
        continue;
      }
      const part = bytes.subarray(at, at + this.remainingBytes);
      at += part.length;
      this.remainingBytes -= part.length;
      if (this.isControl) this.control.push(part);
      else this.events.payload(part);
      if (this.remainingBytes === 0) this.endFrame();
    }
  }

  private get isControl(): boolean {
    return this.opcode >= opcodes.close;
  }

  private readHeader(): void {
    const { header } = this;
    if (header.length < 2) return;
    const [first, second] = header as [number, number];
    const extended = second === 127 ? 8 : second === 126 ? 2 : 0;
    if (second > 127) throw new Error("the server masks its frames");
    if (header.length < 2 + extended) return;
    this.opcode = first & 0x0f;
    this.isLast = first >= 0x80;
    this.remainingBytes =
      extended === 0 ? second : header.slice(2).reduce((sum, byte) => sum * 256 + byte, 0);
    if (this.isControl && this.remainingBytes > 125) throw new Error("a control frame is too long");
    this.header = [];
    if (this.remainingBytes === 0) this.endFrame();
  }

  private endFrame(): void {
    if (this.isControl) {
      const payload = Buffer.concat(this.control);
      this.control = [];
      this.events.control(this.opcode, payload);
    } else if (this.isLast) {
      this.events.messageEnd();
    }
  }
}
