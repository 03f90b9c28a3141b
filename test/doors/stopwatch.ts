/**
 * Measures what somebody else waits while a server is busy with one client.
 * Invariant: the commands of the measured client never wait for anything but the
 * server: each is sent when the reply of the one before is here.
 */
import { ByteSocket, type Place } from "../peers/byte-socket.ts";
import type { LineClient } from "../peers/line-client.ts";

/** Asks until `busy` is over; returns the longest wait in milliseconds. */
export async function worstWait(client: LineClient, busy: Promise<unknown>): Promise<number> {
  const watched = { over: false };
  const end = (): void => {
    watched.over = true;
  };
  busy.then(end, end);
  let worst = 0;
  while (!watched.over) {
    const asked = performance.now();
    await client.ask("i stopwatch");
    worst = Math.max(worst, performance.now() - asked);
  }
  return worst;
}

/**
 * The least of what `measure` returns, tried until it is below `limit`, but not for ever:
 * other programs on the machine only ever make a wait longer.
 */
export async function bestOf(
  attempts: number,
  limit: number,
  measure: () => Promise<number>,
): Promise<number> {
  let best = Number.POSITIVE_INFINITY;
  for (let attempt = 0; attempt < attempts && best >= limit; attempt += 1) {
    best = Math.min(best, await measure());
  }
  return best;
}

/** Gets `count` locks by `command`, named `PREFIX-0` and so on; `g` or `sg`. */
export async function getMany(
  client: LineClient,
  count: number,
  prefix: string,
  command = "g",
): Promise<void> {
  const batch = 10_000;
  for (let first = 0; first < count; first += batch) {
    const size = Math.min(batch, count - first);
    const lines = Array.from(
      { length: size },
      (_, index) => `${command} ${prefix}-${first + index}`,
    );
    client.command(...lines);
    const replies = await client.take(size);
    const refused = replies.find((reply) => !reply.startsWith("1 "));
    if (refused !== undefined) throw new Error(`a lock was refused: ${refused}`);
  }
}

/** A client that reads as fast as it can and looks at nothing but the last reply. */
export class Reader {
  readonly #socket: ByteSocket;
  readonly #end: { text: string };

  private constructor(socket: ByteSocket, end: { text: string }) {
    this.#socket = socket;
    this.#end = end;
  }

  static async connect(place: Place): Promise<Reader> {
    const end = { text: "" };
    const socket = await ByteSocket.connect(place, (bytes) => {
      const last = Buffer.from(bytes.subarray(-200)).toString("latin1");
      end.text = (end.text + last).slice(-200);
    });
    return new Reader(socket, end);
  }

  /** Sends one command and reads until all of its reply was there. */
  async readAll(command: string): Promise<void> {
    this.#end.text = "";
    this.#socket.write(Buffer.from(`${command}\nme\n`));
    const { address } = this.#socket;
    await this.#socket.changes.until(`the whole reply of ${command}`, () => {
      return this.#end.text.endsWith(`\n1 ${address} ${address}\n`) || undefined;
    });
  }
}
