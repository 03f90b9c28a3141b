/**
 * Plays the sessions of a document, one after the other, against a server:
 *
 *     one> g deploy                     a client sends a line, connecting at first mention
 *     one< 1 Lock Get Success: deploy   and receives one
 *     two: Ctrl-C                       its process is interrupted
 *
 * Invariant: the server has looked at a line before the next one is sent, so that the
 * conversation is the document's and no other; nothing comes that is not shown.
 */
import type { Place } from "../peers/byte-socket.ts";
import { LineClient } from "../peers/line-client.ts";
import { eventually } from "../wait-for.ts";
import { Shown } from "./shown.ts";

type Statistics = Record<string, number>;

/** The clients of one document. */
export class Conversation {
  private readonly place: Place;
  private readonly observer: LineClient;
  private readonly clients = new Map<string, LineClient>();
  private readonly shown = new Shown();

  private constructor(place: Place, observer: LineClient) {
    this.place = place;
    this.observer = observer;
  }

  /** Of a server that nobody else talks to. */
  static async begin(place: Place): Promise<Conversation> {
    return new Conversation(place, await LineClient.connect(place));
  }

  /** Plays one session. @throws Error that names the line that went otherwise. */
  async play(session: string): Promise<void> {
    for (const line of session.trimEnd().split("\n")) {
      const [, client = "", sign = "", text = ""] = /^(\w+)([><:]) ?(.*)$/.exec(line) ?? [];
      if (sign === ">") await this.send(client, text);
      else if (sign === "<") await this.receive(client, text);
      else if (sign === ":" && text === "Ctrl-C") await this.interrupt(client);
      else throw new Error(`${JSON.stringify(line)} is no line of a session`);
    }
    this.expectSilence();
  }

  /** Nothing of what the document sends was unknown to the server. */
  async end(): Promise<void> {
    const { invalid_commands: invalid } = await this.observer.statistics();
    for (const client of [this.observer, ...this.clients.values()]) client.socket.drop();
    if (invalid !== 0) throw new Error(`the server did not know ${invalid} of the commands shown`);
  }

  private async send(name: string, text: string): Promise<void> {
    this.expectSilence();
    let client = this.clients.get(name);
    if (client === undefined) {
      client = await LineClient.connect(this.place);
      this.clients.set(name, client);
    }
    const [talker, before] = [client, lookedAt(await this.observer.statistics())];
    talker.command(text);
    await this.observed(
      `the server looks at ${JSON.stringify(text)}`,
      (now) => lookedAt(now) > before || talker.pending > 0,
    );
  }

  private async receive(name: string, text: string): Promise<void> {
    const [came = ""] = (await this.clients.get(name)?.take(1)) ?? [];
    const difference = this.shown.difference(text, came);
    if (difference !== undefined) throw new Error(`${name}: ${difference}`);
  }

  private async interrupt(name: string): Promise<void> {
    const before = (await this.observer.statistics())["connections"] ?? 0;
    this.clients.get(name)?.socket.drop();
    this.clients.delete(name);
    await this.observed(`the server sees ${name} go`, (now) => now["connections"] === before - 1);
  }

  private async observed(what: string, good: (now: Statistics) => boolean): Promise<void> {
    await eventually(what, () => this.observer.statistics(), good);
  }

  private expectSilence(): void {
    for (const [name, client] of this.clients) {
      if (client.pending > 0)
        throw new Error(`${name} received ${JSON.stringify(client.unread)}, which is not shown`);
    }
  }
}

/** How many lines the server has taken for commands, known or not; `q` is the observer's. */
function lookedAt(now: Statistics): number {
  const commands = Object.entries(now).filter(([key]) => /^(?:command_(?!q$)|invalid)/.test(key));
  return commands.reduce((sum, [, count]) => sum + count, 0);
}
