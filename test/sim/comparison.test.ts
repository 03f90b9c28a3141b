/**
 * Whatever a few clients say in parts 0, 1 and 3 of the protocol, the server answers
 * what the naive reference answers.
 */
import { expect, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { type ServerHere, startHere } from "../server-in-process.ts";
import { testMilliseconds } from "../wait-for.ts";
import { cutAnywhere, plainLine } from "./lines.ts";
import { Random, seedOfRun } from "./random.ts";
import { type ReferenceConnection, ReferenceServer } from "./reference/server.ts";

const clients = 4;
const turns = 5_000;

test(
  "The server answers as the reference does, whatever is said",
  async () => {
    const seed = seedOfRun();
    await using server = await startHere();
    const random = new Random(seed);
    const meeting = new Meeting(server);
    for (let turn = 0; turn < turns; turn += 1) {
      const which = random.below(clients);
      if (random.chance(0.02)) await meeting.leave(which);
      else {
        const lines = Array.from({ length: 1 + random.below(8) }, () => plainLine(random));
        const what = `SEED=${seed} turn ${turn}: ${JSON.stringify(lines)}`;
        const { received, expected } = await meeting.say(which, lines, random);
        if (received.join("") !== expected.join("")) {
          expect({ what, replies: received }).toEqual({ what, replies: expected });
        }
      }
    }
    for (let which = 0; which < clients; which += 1) await meeting.leave(which);
  },
  testMilliseconds,
);

interface Pair {
  readonly client: LineClient;
  readonly reference: ReferenceConnection;
  replies: string[];
}

/** The same clients, connected to both servers. */
class Meeting {
  readonly #server: ServerHere;
  readonly #reference = new ReferenceServer();
  readonly #pairs = new Map<number, Pair>();

  constructor(server: ServerHere) {
    this.#server = server;
  }

  /** Says lines to both; returns what each answers, listings in an order of their own. */
  async say(
    which: number,
    lines: readonly string[],
    random: Random,
  ): Promise<{ received: string[]; expected: string[] }> {
    const pair = this.#pairs.get(which) ?? (await this.#join(which));
    // The last line shows that nothing more comes.
    const text = [...lines, "me"].map((line) => `${line}\n`).join("");
    for (const packet of cutAnywhere(random, text)) pair.client.send(packet);
    pair.replies = [];
    pair.reference.receive(text);
    const expected = pair.replies.flatMap(linesOf);
    const count = expected.length;
    const received = await pair.client.take(count);
    let at = 0;
    const grouped = pair.replies.flatMap((reply) => {
      const size = linesOf(reply).length;
      at += size;
      return received.slice(at - size, at).sort();
    });
    return { received: grouped, expected: pair.replies.flatMap((reply) => linesOf(reply).sort()) };
  }

  async leave(which: number): Promise<void> {
    const pair = this.#pairs.get(which);
    if (pair === undefined) return;
    await pair.client.goodbye();
    expect(pair.client.unread).toBe("");
    pair.reference.end();
    this.#pairs.delete(which);
  }

  async #join(which: number): Promise<Pair> {
    const client = await LineClient.connect(this.#server.doors.tcp);
    // Let in before anybody asks how many there are: the reference hears nothing of it.
    const entered = await client.ask("no-command\nme");
    expect(entered).toBe(`1 ${client.address} ${client.address}`);
    const reference = this.#reference.connect(client.address, (text) => pair.replies.push(text));
    if (typeof reference === "string") throw new Error(reference);
    const pair: Pair = { client, reference, replies: [] };
    reference.receive("no-command\nme\n");
    this.#pairs.set(which, pair);
    return pair;
  }
}

function linesOf(reply: string): string[] {
  return reply.split("\n").slice(0, -1);
}
