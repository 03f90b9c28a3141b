/**
 * A client of the line protocol over TCP or a unix socket. Text is latin1 on both
 * sides: one character is one byte, so that names that are no UTF-8 pass through.
 * Invariant: lines are handed out in the order in which they came, each once.
 */
import { ByteSocket, type Place } from "./byte-socket.ts";
import { within } from "../wait-for.ts";

/** One connection that speaks lines. */
export class LineClient {
  readonly socket: ByteSocket;
  readonly #received: { lines: string[]; first: number; partial: string };

  private constructor(
    socket: ByteSocket,
    received: { lines: string[]; first: number; partial: string },
  ) {
    this.socket = socket;
    this.#received = received;
  }

  /** Connects to a server. */
  static async connect(place: Place): Promise<LineClient> {
    const received = { lines: [] as string[], first: 0, partial: "" };
    const socket = await ByteSocket.connect(place, (bytes) => {
      const pieces = (received.partial + Buffer.from(bytes).toString("latin1")).split("\n");
      received.partial = pieces.pop() ?? "";
      // Not push(...pieces): a packet may hold more lines than a call takes arguments.
      for (const piece of pieces) received.lines.push(piece);
    });
    return new LineClient(socket, received);
  }

  /** The address as the server has to print it; empty for unix sockets. */
  get address(): string {
    return this.socket.address;
  }

  /** Whole lines that have come and were not taken. */
  get pending(): number {
    return this.#received.lines.length - this.#received.first;
  }

  /** What has come and was not taken, as text; for messages and for "nothing came". */
  get unread(): string {
    const { lines, first, partial } = this.#received;
    return [...lines.slice(first), partial].join("\n");
  }

  /** Sends bytes as they are. */
  send(text: string): void {
    this.socket.write(Buffer.from(text, "latin1"));
  }

  /** Sends commands, each with its line ending, in one write. */
  command(...lines: readonly string[]): void {
    this.send(lines.map((line) => `${line}\n`).join(""));
  }

  /** The next `count` lines; rejects when the connection ends before they are there. */
  async take(count: number): Promise<string[]> {
    await this.socket.changes.until(`${count} more lines`, () => {
      if (this.pending >= count) return true;
      if (!this.socket.ended) return undefined;
      throw new Error(
        `the server ended the connection ${count - this.pending} lines too early, after ${JSON.stringify(this.unread.slice(0, 200))}`,
      );
    });
    const received = this.#received;
    const taken = received.lines.slice(received.first, received.first + count);
    received.first += count;
    if (received.first > 10_000 && received.first * 2 > received.lines.length) {
      received.lines = received.lines.slice(received.first);
      received.first = 0;
    }
    return taken;
  }

  /** Sends one command and returns its one line. */
  async ask(line: string): Promise<string> {
    this.command(line);
    return (await this.take(1))[0] ?? "";
  }

  /** `q` as an object. Only for a connection that has nothing else under way. */
  async statistics(): Promise<Record<string, number>> {
    // The last of the sorted keys ends the listing.
    this.command("q");
    const counts: Record<string, number> = {};
    for (;;) {
      const [line = ""] = await this.take(1);
      const [key = "", value = ""] = line.split(": ");
      counts[key] = Number(value);
      if (key === "shared_orphans") return counts;
    }
  }

  /** Half-closes and waits until the server has ended its side: then it has released. */
  async goodbye(): Promise<void> {
    this.socket.halfClose();
    await this.socket.whenEnded();
    this.socket.drop();
  }
}

/** Connects `count` clients, a few at a time, so that no accept queue overflows. */
export async function connectMany(place: Place, count: number): Promise<LineClient[]> {
  const clients: LineClient[] = [];
  while (clients.length < count) {
    const batch = Math.min(100, count - clients.length);
    const connecting = Array.from({ length: batch }, () => LineClient.connect(place));
    clients.push(...(await within(`${batch} connections`, Promise.all(connecting))));
  }
  return clients;
}
