/**
 * A WebSocket client made of frames, so that tests decide how messages are cut into
 * fragments and packets, and see which reply came in which message of which type.
 * Invariant: messages are handed out whole, in the order in which they came.
 */
import { createHash, randomBytes } from "node:crypto";
import { ByteSocket, type Place } from "./byte-socket.ts";

/** One message: bytes as latin1 text, and its type. */
export interface WebMessage {
  readonly text: string;
  readonly binary: boolean;
}

/** The code points of RFC 6455, section 5.2. */
const opcode = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;
const fixedAcceptSuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** One WebSocket connection. */
export class WebClient {
  readonly socket: ByteSocket;
  readonly #frames: FrameReader;

  private constructor(socket: ByteSocket, frames: FrameReader) {
    this.socket = socket;
    this.#frames = frames;
  }

  /** Connects and shakes hands; rejects with the status line when the server refuses. */
  static async connect(
    place: Place,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<WebClient> {
    const frames = new FrameReader();
    const socket = await ByteSocket.connect(place, (bytes) => frames.read(bytes));
    frames.pong = (payload) => socket.write(frame(opcode.pong, payload));
    const key = randomBytes(16).toString("base64");
    const request = {
      Host: "localhost",
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Key": key,
      "Sec-WebSocket-Version": "13",
      ...headers,
    };
    const lines = Object.entries(request).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.write(Buffer.from(`GET / HTTP/1.1\r\n${lines.join("")}\r\n`));
    const head = await socket.changes.until("the WebSocket handshake", () => {
      if (frames.head !== undefined || !socket.ended) return frames.head;
      throw new Error("the server ended the connection during the handshake");
    });
    const accept = createHash("sha1")
      .update(key + fixedAcceptSuffix)
      .digest("base64");
    if (!head.startsWith("HTTP/1.1 101 ") || !head.includes(accept)) {
      throw new Error(`the server did not upgrade: ${head.split("\r\n")[0]}`);
    }
    return new WebClient(socket, frames);
  }

  /** The address as the server has to print it. */
  get address(): string {
    return this.socket.address;
  }

  /** Whole messages that have come and were not taken. */
  get pending(): number {
    return this.#frames.messages.length;
  }

  /** What has come and was not taken, as text. */
  get unread(): string {
    return this.#frames.messages.map(({ text }) => text).join("");
  }

  /** The status of the server's close frame, if one came. */
  get closeStatus(): number | undefined {
    return this.#frames.closeStatus;
  }

  /** Sends `text` (latin1) as one message: text if it is UTF-8 and nothing else is asked. */
  send(text: string, type?: "text" | "binary"): void {
    this.socket.write(Buffer.concat(this.frames(text, 1, type)));
  }

  /** The frames of one message cut into `pieces` fragments, to be sent as the test likes. */
  frames(text: string, pieces: number, type?: "text" | "binary"): Uint8Array[] {
    const payload = Buffer.from(text, "latin1");
    const first =
      (type ?? (isUtf8(text) ? "text" : "binary")) === "text" ? opcode.text : opcode.binary;
    const length = Math.max(1, Math.ceil(payload.length / pieces));
    const frames: Uint8Array[] = [];
    for (let at = 0; at === 0 || at < payload.length; at += length) {
      const last = at + length >= payload.length;
      const code = at === 0 ? first : opcode.continuation;
      frames.push(frame(code, payload.subarray(at, at + length), last));
    }
    return frames;
  }

  /** The next message; rejects when the connection ends before. */
  take(): Promise<WebMessage> {
    return this.socket.changes.until("one more message", () => {
      const message = this.#frames.messages.shift();
      if (message !== undefined || !this.socket.ended) return message;
      throw new Error("the server ended the connection instead of sending a message");
    });
  }

  /** Whatever is here, as text. */
  takeAll(): string[] {
    return this.#frames.messages.splice(0).map(({ text }) => text);
  }

  /** Sends one command and returns its message. */
  async ask(line: string): Promise<string> {
    this.send(line);
    return (await this.take()).text;
  }

  /** Closes as the RFC says and waits until the server has ended its side. */
  async goodbye(): Promise<void> {
    this.socket.write(frame(opcode.close, Buffer.from([0x03, 0xe8])));
    await this.socket.whenEnded();
    this.socket.drop();
  }
}

/** Whether latin1 text is, as bytes, UTF-8. */
export function isUtf8(text: string): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(text, "latin1"));
    return true;
  } catch {
    return false;
  }
}

/** One masked frame, as clients have to send them. */
function frame(code: number, payload: Uint8Array, last = true): Uint8Array {
  const length = payload.length;
  const extended = length < 126 ? 0 : length < 65_536 ? 2 : 8;
  const header = Buffer.alloc(2 + extended);
  header[0] = (last ? 0x80 : 0) | code;
  header[1] = 0x80 | (extended === 0 ? length : extended === 2 ? 126 : 127);
  if (extended === 2) header.writeUInt16BE(length, 2);
  if (extended === 8) header.writeBigUInt64BE(BigInt(length), 2);
  const mask = randomBytes(4);
  const masked = Buffer.from(payload);
  for (let at = 0; at < length; at += 1) masked[at] = (masked[at] ?? 0) ^ (mask[at & 3] ?? 0);
  return Buffer.concat([header, mask, masked]);
}

/** Takes the server's bytes apart: the handshake's head, then frames into messages. */
class FrameReader {
  readonly messages: WebMessage[] = [];
  head: string | undefined;
  closeStatus: number | undefined;
  pong: (payload: Uint8Array) => void = () => {};
  #bytes: Buffer = Buffer.alloc(0);
  #fragments: Buffer[] = [];
  #binary = false;

  read(bytes: Uint8Array): void {
    this.#bytes = Buffer.concat([this.#bytes, bytes]);
    if (this.head === undefined) {
      const end = this.#bytes.indexOf("\r\n\r\n");
      if (end < 0) return;
      this.head = this.#bytes.toString("latin1", 0, end + 4);
      this.#bytes = this.#bytes.subarray(end + 4);
    }
    while (this.#readFrame());
  }

  #readFrame(): boolean {
    const bytes = this.#bytes;
    if (bytes.length < 2) return false;
    const [first = 0, second = 0] = bytes;
    let start = 2;
    let length = second & 0x7f;
    if (length >= 126) {
      start = length === 126 ? 4 : 10;
      if (bytes.length < start) return false;
      length = start === 4 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
    }
    if (bytes.length < start + length) return false;
    this.#bytes = bytes.subarray(start + length);
    this.#take(first & 0x0f, (first & 0x80) !== 0, bytes.subarray(start, start + length));
    return true;
  }

  #take(code: number, last: boolean, payload: Buffer): void {
    if (code === opcode.close) {
      this.closeStatus = payload.length >= 2 ? payload.readUInt16BE(0) : 1005;
      return;
    }
    if (code === opcode.ping) return this.pong(payload);
    if (code === opcode.pong) return;
    if (code !== opcode.continuation) this.#binary = code === opcode.binary;
    this.#fragments.push(payload);
    if (!last) return;
    const text = Buffer.concat(this.#fragments).toString("latin1");
    this.#fragments = [];
    this.messages.push({ text, binary: this.#binary });
  }
}
