/**
 * The clients of one scene and what its placeholders stand for.
 * Invariant: a letter is one connection at a time; its address is bound from the
 * moment it connects and, after a reconnect, bound anew.
 */
import { eventually, turn } from "../../wait-for.ts";
import { type Bindings, matches, sentText } from "./pattern.ts";
import { connectPeer, type Pace, type Peer } from "./peer.ts";
import type { Door, ExpectedLine, Step } from "./script.ts";
import type { Venue } from "./venue.ts";

export type Reply = Step & { readonly kind: "reply" };
type Question = Step & { readonly kind: "ask" };

/** Which way a scene's conversation goes. */
export interface Road {
  readonly door: Door;
  readonly pace: Pace;
  /** How long a reply may take, in milliseconds. */
  readonly patience?: number;
}

/** Connects, speaks and listens for all clients of a scene. */
export class Cast {
  readonly bindings: Bindings = new Map();
  readonly peers = new Map<string, Peer>();
  readonly #road: Road;
  readonly #venue: Venue;
  #unixConnections = 0;

  constructor(road: Road, venue: Venue) {
    this.#road = road;
    this.#venue = venue;
  }

  /** The peer of a letter, connected if it is not. */
  async peer(client: string): Promise<Peer> {
    return this.peers.get(client) ?? this.open(client);
  }

  async open(client: string): Promise<Peer> {
    const { door } = this.#road;
    const peer = await connectPeer(door, this.#venue.place(door));
    if (door === "unix") this.#unixConnections += 1;
    this.peers.set(client, peer);
    const address = door === "unix" ? `unix:${this.#unixConnections}` : peer.address;
    this.bindings.set(client.toUpperCase(), address);
    return peer;
  }

  /** Whether received lines are the reply; binds what it captured if they are. */
  fits(step: Reply, received: readonly string[]): boolean {
    if (received.length !== step.lines.length) return false;
    const fit = (line: ExpectedLine, text: string | undefined): boolean =>
      text !== undefined && matches(line.text, text, this.bindings, line);
    if (!step.anyOrder) return step.lines.every((line, index) => fit(line, received[index]));
    const left = [...received];
    return step.lines.every((line) => {
      const index = left.findIndex((text) => fit(line, text));
      if (index >= 0) left.splice(index, 1);
      return index >= 0;
    });
  }

  /** `b? …`: asked again until the reply is the expected one. */
  async askUntilRight(step: Question, reply: Reply): Promise<void> {
    const peer = await this.peer(step.client);
    const ask = async (): Promise<string[]> => {
      await peer.say(`${sentText(step.text, this.bindings, step)}\n`, "whole");
      return peer.hear(reply.lines.length, 10_000);
    };
    const what = `${step.file}:${step.line}: ${step.text}`;
    await eventually(what, ask, (received) => this.fits(reply, received));
  }

  /** Lets the server's clock run, and what it does then arrive. */
  async advance(milliseconds: number): Promise<void> {
    this.#venue.advance(milliseconds);
    await turn();
  }

  /**
   * Returns when everything that the server has sent so far has arrived: it was sent
   * before a newcomer is answered (or refused), so it is here when that answer is.
   */
  async settle(): Promise<void> {
    const newcomer = await connectPeer("tcp", this.#venue.place("tcp"));
    await newcomer.say("me\n", "whole");
    await newcomer.hear(1, 10_000);
    await newcomer.act("drop");
    await turn();
  }

  async leave(): Promise<void> {
    for (const peer of this.peers.values()) await peer.act("drop");
  }
}
