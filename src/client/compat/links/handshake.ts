/** How an HTTP connection becomes a WebSocket (RFC 6455, section 4), seen from the client. */
import { createHash, randomBytes } from "node:crypto";
import type { WebAddress } from "../address.ts";

/** Of the answer's headers; far more than any server sends. */
const answerBytesMax = 64 * 1024;
const keySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** One upgrade: ask, then feed the answer's bytes until it is complete. */
export class Handshake {
  /** What to send first. */
  readonly request: string;
  private readonly address: WebAddress;
  private readonly accept: string;
  private answer: Buffer = Buffer.alloc(0);

  constructor(address: WebAddress) {
    const key = randomBytes(16).toString("base64");
    const { authority, path } = address;
    this.address = address;
    this.accept = createHash("sha1").update(`${key}${keySuffix}`).digest("base64");
    this.request = [
      `GET ${path} HTTP/1.1`,
      `Host: ${authority}`,
      "Upgrade: websocket",
      "Connection: Upgrade",
      `Sec-WebSocket-Key: ${key}`,
      "Sec-WebSocket-Version: 13",
      `Origin: http://${authority}`,
      "\r\n",
    ].join("\r\n");
  }

  /**
   * What follows the answer, once that is complete; `undefined` before.
   * @throws Error when the server does not open a WebSocket; its message says what it said.
   */
  take(bytes: Uint8Array): Uint8Array | undefined {
    this.answer = Buffer.concat([this.answer, bytes]);
    const end = this.answer.indexOf("\r\n\r\n");
    if (end === -1 && this.answer.length <= answerBytesMax) return undefined;
    const [status = "", ...headers] = this.answer.toString("latin1", 0, end).split("\r\n");
    const accepts = headers.some((header) => {
      const [name = "", ...value] = header.split(":");
      return (
        name.toLowerCase() === "sec-websocket-accept" && value.join(":").trim() === this.accept
      );
    });
    if (!accepts || !/^HTTP\/1\.1 101\b/.test(status)) {
      const { authority, path } = this.address;
      const said = JSON.stringify(status);
      throw new Error(`ws://${authority}${path} opens no WebSocket: the server answered ${said}`);
    }
    return this.answer.subarray(end + 4);
  }
}
