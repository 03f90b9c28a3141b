/**
 * A client of a scene: the same conversation over TCP, a unix socket or a WebSocket,
 * with everything that is said at once, line by line, or in the smallest pieces.
 * Invariant: what a peer hands out as one reply is what the server sent as one; over
 * a WebSocket that is one message, of the type that its bytes ask for.
 */
import type { Place } from "../../peers/byte-socket.ts";
import { LineClient } from "../../peers/line-client.ts";
import { turn } from "../../wait-for.ts";
import { isUtf8, WebClient } from "../../peers/web-client.ts";
import type { Action, Door } from "./script.ts";

/** How what is said reaches the server. */
export type Pace = "whole" | "by line" | "byte by byte";
export const paces: readonly Pace[] = ["whole", "by line", "byte by byte"];

/** What was received does not fit what a peer has to receive in any conversation. */
export class PeerError extends Error {}

export interface Peer {
  /** As the server has to print it; empty over unix sockets, where the order decides. */
  readonly address: string;
  /** Sends text that one client says without hearing anybody else in between. */
  say(text: string, pace: Pace): Promise<void>;
  /** The lines of the next reply, of which `lines` are expected. */
  hear(lines: number, patience: number): Promise<string[]>;
  /** What came and was not heard. */
  unheard(): string;
  /** Does as a scene says; resolves when the server has noticed, where that can be seen. */
  act(action: Exclude<Action, "open">): Promise<void>;
}

/** Connects through the door that `place` belongs to. */
export async function connectPeer(door: Door, place: Place): Promise<Peer> {
  if (door === "web") return new WebPeer(await WebClient.connect(place));
  return new LinePeer(await LineClient.connect(place));
}

class LinePeer implements Peer {
  readonly #client: LineClient;

  constructor(client: LineClient) {
    this.#client = client;
  }

  get address(): string {
    return this.#client.address;
  }

  async say(text: string, pace: Pace): Promise<void> {
    for (const piece of pieces(text, pace)) {
      this.#client.send(piece);
      // The server reads what is there before more of it is.
      await turn();
    }
  }

  async hear(lines: number, patience: number): Promise<string[]> {
    const client = this.#client;
    await client.socket.changes
      .until("a reply", () => client.pending >= lines || client.socket.ended || undefined, patience)
      .catch(() => undefined);
    return client.take(Math.min(lines, client.pending));
  }

  unheard(): string {
    return this.#client.unread.replace(/\n$/, "");
  }

  async act(action: Exclude<Action, "open">): Promise<void> {
    const { socket } = this.#client;
    if (action === "close") await this.#client.goodbye();
    else if (action === "half-close") socket.halfClose();
    else if (action === "reset") socket.reset();
    else if (action === "drop") socket.drop();
    else await socket.whenEnded();
  }
}

class WebPeer implements Peer {
  readonly #client: WebClient;

  constructor(client: WebClient) {
    this.#client = client;
  }

  get address(): string {
    return this.#client.address;
  }

  async say(text: string, pace: Pace): Promise<void> {
    if (pace === "whole") {
      // The last line ending is optional: here it is left out.
      this.#client.send(text.replace(/\n$/, ""));
      return turn();
    }
    for (const line of pieces(text, "by line")) {
      if (pace === "by line") {
        this.#client.send(line);
        await turn();
      } else await this.#trickle(line);
    }
  }

  /** One message in two fragments, the packets one byte each. */
  async #trickle(line: string): Promise<void> {
    for (const byte of Buffer.concat(this.#client.frames(line, 2))) {
      this.#client.socket.write(Uint8Array.of(byte));
      await turn();
    }
  }

  async hear(_lines: number, patience: number): Promise<string[]> {
    const client = this.#client;
    await client.socket.changes
      .until("a reply", () => client.pending > 0 || client.socket.ended || undefined, patience)
      .catch(() => undefined);
    if (client.pending === 0) return [];
    const { text, binary } = await client.take();
    if (!text.endsWith("\n"))
      throw new PeerError(`a message without its last LF: ${JSON.stringify(text)}`);
    if (binary === isUtf8(text)) {
      throw new PeerError(
        `a ${binary ? "binary" : "text"} message with the bytes ${JSON.stringify(text)}`,
      );
    }
    return text.slice(0, -1).split("\n");
  }

  unheard(): string {
    return this.#client.unread.replace(/\n$/, "");
  }

  async act(action: Exclude<Action, "open">): Promise<void> {
    const { socket } = this.#client;
    if (action === "close") await this.#client.goodbye();
    else if (action === "reset") socket.reset();
    else if (action === "drop") socket.drop();
    else if (action === "closed") await socket.whenEnded();
    else throw new PeerError(`a WebSocket cannot ${action}`);
  }
}

function pieces(text: string, pace: Pace): string[] {
  if (pace === "whole") return [text];
  if (pace === "by line") return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  return [...text];
}
