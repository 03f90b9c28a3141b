/**
 * Runs rules one after another, each with connections of its own.
 * Invariant: whatever a rule does, it ends within a limit, and nothing that it opened or
 * started is left behind it.
 */
import type { Address } from "./connection/address.ts";
import { Client, type Said, type Talk } from "./client.ts";
import { connect } from "./connection/connect.ts";
import type { Connection } from "./connection/connection.ts";
import { CannotConnect, NoReply, RuleFailure, RuleSkipped, visible } from "./failure.ts";
import type { Features } from "./features.ts";
import { startHolder, type Holder } from "./holder.ts";
import type { Observations } from "./connection/inbox.ts";
import type { Outcome, Rule, RuleContext, RuleResult } from "./rule.ts";

export interface RunnerOptions {
  readonly address: Address;
  /** How long one reply may take. */
  readonly limitMilliseconds: number;
  /** How this program is started again as a child. */
  readonly ownCommand: readonly string[];
}

/** A whole rule may take this many times the limit of one reply, and never less than that. */
const repliesPerRule = 12;
const ruleMillisecondsMin = 30_000;

export class Runner {
  readonly observations: Observations = { carriageReturns: false, emptyMessages: false };
  readonly #options: RunnerOptions;
  readonly #prefix = `glockd-test-${crypto.randomUUID().slice(0, 8)}`;
  readonly #names: string[] = [];
  #freeNames = 0;
  /** Notes that were given already: each is worth saying once. */
  readonly #told = new Set<string>();
  readonly #open = new Set<Connection>();
  readonly #children = new Set<Holder>();

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** A name that no other client uses, nor another call. */
  readonly uniqueName = (label: string): string => {
    const name = `${this.#prefix}-${this.#names.length}-${label}`;
    this.#names.push(name);
    return name;
  };

  /** A name that nobody ever holds. */
  readonly freeName = (): string => `${this.#prefix}-free-${(this.#freeNames += 1)}`;

  /** @throws CannotConnect */
  async connect(): Promise<Connection> {
    const { address, limitMilliseconds } = this.#options;
    const connection = await connect({
      address,
      limitMilliseconds,
      observations: this.observations,
    });
    this.#open.add(connection);
    return connection;
  }

  async run(rule: Rule, features: Features): Promise<RuleResult> {
    const started = performance.now();
    const outcome = await this.#outcome(rule, features);
    await this.cleanUp();
    return { name: rule.name, milliseconds: performance.now() - started, ...outcome };
  }

  /** Closes every connection and kills every child. */
  async cleanUp(): Promise<void> {
    for (const connection of this.#open) connection.close();
    this.#open.clear();
    const children = [...this.#children];
    this.#children.clear();
    await Promise.all(children.map((child) => child.kill()));
  }

  async #outcome(rule: Rule, features: Features): Promise<Outcome> {
    for (const need of rule.needs) {
      const reason = features[need];
      if (reason !== undefined) return { outcome: "skip", reason };
    }
    const conversation: Said[] = [];
    const notes: string[] = [];
    try {
      await this.#withinLimit(rule.run(this.#context(features, conversation, notes)));
      return { outcome: "pass", notes };
    } catch (error) {
      if (error instanceof RuleSkipped) return { outcome: "skip", reason: error.message };
      const evidence = evidenceOf(error);
      const said = conversation.map(({ mark, bytes }) => `${mark} ${visible(bytes)}`);
      return { outcome: "fail", ...evidence, conversation: said };
    }
  }

  #context(features: Features, conversation: Said[], notes: string[]): RuleContext {
    const { address, limitMilliseconds, ownCommand } = this.#options;
    const pipelining = features.pipelining === undefined;
    const talk: Talk = { limitMilliseconds, conversation, pipelining, freeName: this.freeName };
    const connectOne = async (label: string): Promise<Client> =>
      new Client(await this.connect(), label, talk);
    return {
      limitMilliseconds,
      connect: connectOne,
      connectMany: (count) =>
        Promise.all(Array.from({ length: count }, (_, at) => connectOne(`${at + 1}`))),
      name: this.uniqueName,
      namesUsed: () => this.#names,
      process: async (doing, name) => {
        const child = await startHolder({ address, doing, name, command: ownCommand });
        this.#children.add(child);
        return child;
      },
      note: (text) => {
        if (!this.#told.has(text)) notes.push(text);
        this.#told.add(text);
      },
    };
  }

  async #withinLimit(run: Promise<void>): Promise<void> {
    const replies = this.#options.limitMilliseconds * repliesPerRule;
    const limitMilliseconds = Math.max(replies, ruleMillisecondsMin);
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => late.reject(new NoReply(`no end within ${limitMilliseconds} ms`)),
      limitMilliseconds,
    );
    try {
      await Promise.race([run, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Anything that is not of the server's making is our own bug and goes on. */
function evidenceOf(error: unknown): { sent: string; came: string; due: string } {
  if (error instanceof RuleFailure) return error.evidence;
  if (error instanceof CannotConnect)
    return { sent: "a connection", came: error.message, due: "it is accepted" };
  if (error instanceof NoReply)
    return { sent: "the rule's commands", came: error.message, due: "replies" };
  throw error;
}
