/**
 * An HTTP connection as bytes, so that tests see what is on the wire, and decide how
 * requests are cut into packets.
 * Invariant: answers are handed out whole, in the order in which they came.
 */
import { ByteSocket, type Place } from "./byte-socket.ts";

/** One answer, its body as latin1 text. */
export interface RawAnswer {
  /** `HTTP/1.1 423 Locked`. */
  readonly statusLine: string;
  readonly status: number;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class HttpClient {
  readonly socket: ByteSocket;
  readonly #answers: RawAnswer[] = [];
  #bytes = "";

  private constructor(connect: (read: (bytes: Uint8Array) => void) => ByteSocket) {
    this.socket = connect((bytes) => this.#read(bytes));
  }

  static async connect(place: Place): Promise<HttpClient> {
    let read: ((bytes: Uint8Array) => void) | null = null;
    const socket = await ByteSocket.connect(place, (bytes) => read?.(bytes));
    return new HttpClient((reader) => {
      read = reader;
      return socket;
    });
  }

  /** What has come and is no whole answer, such as the chunks of a stream. */
  get unread(): string {
    return this.#bytes;
  }

  /** Sends text (latin1) as it is. */
  write(text: string): void {
    this.socket.write(Buffer.from(text, "latin1"));
  }

  /** Sends a request; a body gets its length told. */
  send(method: string, path: string, body?: string, headers: Record<string, string> = {}): void {
    const bytes = body === undefined ? "" : Buffer.from(body, "utf8").toString("latin1");
    const all = {
      Host: "localhost",
      ...(body === undefined ? {} : { "Content-Length": String(bytes.length) }),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    this.write(`${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n${bytes}`);
  }

  /** The next answer; `null` when the server has ended the connection instead. */
  take(): Promise<RawAnswer | null> {
    return this.socket.changes.until("one more answer", () => {
      const answer = this.#answers.shift();
      return answer ?? (this.socket.ended ? null : undefined);
    });
  }

  /** Sends a request and takes its answer. */
  async ask(
    method: string,
    path: string,
    body?: string,
    headers?: Record<string, string>,
  ): Promise<RawAnswer> {
    this.send(method, path, body, headers);
    const answer = await this.take();
    if (answer === null) throw new Error(`no answer to ${method} ${path}`);
    return answer;
  }

  #read(bytes: Uint8Array): void {
    this.#bytes += Buffer.from(bytes).toString("latin1");
    while (this.#readAnswer());
  }

  #readAnswer(): boolean {
    const end = this.#bytes.indexOf("\r\n\r\n");
    if (end < 0) return false;
    const [statusLine = "", ...lines] = this.#bytes.slice(0, end).split("\r\n");
    const headers = Object.fromEntries(
      lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
    );
    const length = Number(headers["content-length"] ?? 0);
    if (this.#bytes.length < end + 4 + length) return false;
    const body = this.#bytes.slice(end + 4, end + 4 + length);
    this.#bytes = this.#bytes.slice(end + 4 + length);
    const status = Number(statusLine.split(" ")[1]);
    this.#answers.push({ statusLine, status, headers, body });
    return true;
  }
}
