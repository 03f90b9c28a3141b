/**
 * Plays one scene against a server of its own and says where the conversation differs.
 * Invariant: nothing that a server sends goes unseen: every reply is expected by a
 * line of the scene, and none comes before the line that calls for it.
 */
import { turn } from "../../wait-for.ts";
import { Cast, type Reply, type Road } from "./cast.ts";
import { holds, sentText, unbound, written } from "./pattern.ts";
import type { Origin, Scene, Step } from "./script.ts";
import type { Venue } from "./venue.ts";

/** A conversation that did not go as its scene says. */
export class Mismatch extends Error {}

/** Plays `scene`; throws a Mismatch where the server does not do as it says. */
export async function play(scene: Scene, road: Road, venue: Venue): Promise<void> {
  const stage = new Stage(road, venue);
  let at = 0;
  while (at < scene.steps.length) at = await stage.step(scene.steps, at);
  await stage.finish(scene);
}

class Stage {
  readonly #cast: Cast;
  readonly #road: Road;

  constructor(road: Road, venue: Venue) {
    this.#road = road;
    this.#cast = new Cast(road, venue);
  }

  /** Does the step at `at`, and those that are said in the same breath; returns the next. */
  async step(steps: readonly Step[], at: number): Promise<number> {
    const step = steps[at];
    if (step === undefined) return at + 1;
    if (step.kind === "reply") {
      await this.#expect(step);
      return at + 1;
    }
    await turn();
    // Who speaks again before hearing out is pipelining: others may be answered meanwhile.
    if (!goesOn(steps[at - 1], step)) {
      this.#assertNothingUnheard(step, (client) => !("client" in step) || step.client !== client);
    }
    if (step.kind === "send") return this.#say(step, steps, at);
    if (step.kind === "ask") return this.#ask(step, steps[at + 1], at);
    if (step.kind === "act") await this.#act(step);
    else if (step.kind === "advance") await this.#cast.advance(step.milliseconds);
    else if (!holds(step.text, this.#cast.bindings, step)) {
      this.#fail(step, `not so: ${step.text}`, this.#known());
    }
    return at + 1;
  }

  /** After the last step nothing may have been sent that the scene does not know of. */
  async finish(scene: Scene): Promise<void> {
    await this.#cast.settle();
    this.#assertNothingUnheard(scene, () => true);
    await this.#cast.leave();
  }

  /** Says a line; as a whole, everything that the client says before anything happens elsewhere. */
  async #say(step: Step & { kind: "send" }, steps: readonly Step[], at: number): Promise<number> {
    // Connected first: the line may name the client's own address.
    const peer = await this.#cast.peer(step.client);
    const end = this.#road.pace === "whole" ? this.#endOfBreath(steps, at) : at + 1;
    const breath = steps.slice(at, end);
    const said = breath.filter((other) => other.kind === "send");
    const text = said.map((line) => this.#bytesOf(line)).join("");
    await peer.say(text, this.#road.pace).catch((error: unknown) => {
      this.#fail(step, "could not be sent", [String(error)]);
    });
    for (const other of breath) if (other.kind === "reply") await this.#expect(other);
    return end;
  }

  #bytesOf(line: Step & { kind: "send" }): string {
    return sentText(line.text, this.#cast.bindings, line) + (line.ended ? "\n" : "");
  }

  #endOfBreath(steps: readonly Step[], at: number): number {
    const first = steps[at];
    const client = first?.kind === "send" ? first.client : "";
    const { bindings } = this.#cast;
    const end = steps.findIndex((step, index) => {
      if (index <= at) return false;
      if (step.kind !== "send") return step.kind !== "reply" || step.client !== client;
      // A line that repeats what a reply tells cannot be said before it.
      return step.client !== client || unbound(step.text, bindings, step).length > 0;
    });
    return end < 0 ? steps.length : end;
  }

  async #expect(step: Reply): Promise<void> {
    const peer = await this.#cast.peer(step.client);
    const received = await peer.hear(step.lines.length, this.#road.patience ?? 10_000);
    if (!this.#cast.fits(step, received)) this.#failReply(step, received, peer.unheard());
  }

  async #ask(step: Step & { kind: "ask" }, next: Step | undefined, at: number): Promise<number> {
    if (next?.kind !== "reply" || next.client !== step.client) {
      this.#fail(step, "a question needs its reply in the next line", []);
    }
    await this.#cast.askUntilRight(step, next);
    return at + 2;
  }

  async #act(step: Step & { kind: "act" }): Promise<void> {
    if (step.action === "open") return void (await this.#cast.open(step.client));
    const peer = await this.#cast.peer(step.client);
    await peer.act(step.action);
    if (step.action === "half-close") return;
    if (step.action === "close" || step.action === "closed") {
      this.#assertNothingUnheard(step, (client) => client === step.client);
    }
    // The same letter may connect anew.
    this.#cast.peers.delete(step.client);
  }

  #assertNothingUnheard(origin: Origin, whose: (client: string) => boolean): void {
    for (const [client, peer] of this.#cast.peers) {
      const unheard = whose(client) ? peer.unheard() : "";
      if (unheard === "") continue;
      const lines = unheard.split("\n").map((line) => this.#received(client, line));
      this.#fail(origin, `before this line, ${client} received what no line expects`, [
        ...lines,
        ...this.#known(),
      ]);
    }
  }

  #failReply(step: Reply, received: readonly string[], unheard: string): never {
    const came = received.map((line) => written(line, this.#cast.bindings));
    const missing = step.lines.map(({ text }) => text).filter((text) => !came.includes(text));
    const extra = came.filter((text) => !step.lines.some((line) => line.text === text));
    const same = missing.length + extra.length === 0;
    const { client } = step;
    this.#fail(step, same ? "the lines came in this order" : "expected - and received +", [
      ...(same ? came.map((text) => `  ${client}< ${text}`) : []),
      ...missing.map((text) => `- ${client}< ${text}`),
      ...extra.map((text) => `+ ${client}< ${text}`),
      ...(came.length > 0 ? [] : ["+ (nothing)"]),
      ...(unheard === "" ? [] : ["and not expected yet:"]),
      ...(unheard === "" ? [] : unheard.split("\n").map((line) => this.#received(client, line))),
      ...this.#known(),
    ]);
  }

  #received(client: string, line: string): string {
    return `+ ${client}< ${written(line, this.#cast.bindings).slice(0, 200)}`;
  }

  #known(): string[] {
    return [...this.#cast.bindings].map(([name, value]) => `  $${name} is ${value}`);
  }

  #fail(origin: Origin, what: string, lines: readonly string[]): never {
    const road = `over ${this.#road.door}, ${this.#road.pace}`;
    throw new Mismatch([`${origin.file}:${origin.line} ${road}: ${what}`, ...lines].join("\n  "));
  }
}

/** Whether a client goes on speaking before it, or anybody, hears anything. */
export function goesOn(step: Step | undefined, next: Step | undefined): boolean {
  if (step?.kind !== "send" && step?.kind !== "act") return false;
  return (next?.kind === "send" || next?.kind === "act") && next.client === step.client;
}
