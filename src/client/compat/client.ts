/**
 * The client object of the older Node package: methods with callbacks, requests one after
 * the other, events `connect`, `close` and `error`.
 *
 * Invariant: a callback is called exactly once, and never before its method has returned.
 */
import { EventEmitter } from "node:events";
import { Conversation } from "./conversation.ts";
import { listing, oneLine, type Question, statistics } from "./exchange.ts";
import type { Dial } from "./links/link.ts";
import * as replies from "./replies.ts";

/** Called with an error, or with `null` and the reply's number and message. */
export type ReplyCallback = (error: Error | null, number?: number, message?: string | null) => void;
/** Called with an error, or with `null` and a value. */
export type Callback<T> = (error: Error | null, value?: T) => void;
/** Called with an error, or with `null`, the connection's address and its name. */
export type NameCallback = (error: Error | null, address?: string, name?: string) => void;

/** Values by name: holders by lock, addresses by client, counts by key. */
export type ByName<T> = Record<string, T>;

export interface ClientOptions {
  /** Milliseconds that connecting may take; by default as many as the system allows. */
  readonly timeout?: number | undefined;
  /** Milliseconds that the server may be silent while a reply is due; 100 by default. */
  readonly readTimeout?: number | undefined;
}

const readMillisecondsDefault = 100;

/** A connection to a server. */
export class LockdClient extends EventEmitter {
  readonly #conversation: Conversation;

  constructor(dial: Dial, options: ClientOptions) {
    super();
    // In a turn of its own: what a listener throws ends the process, not the connection.
    const tell = (event: string, ...about: unknown[]): void =>
      process.nextTick(() => this.emit(event, ...about));
    this.#conversation = new Conversation(dial, {
      connectMilliseconds: options.timeout || undefined,
      readMilliseconds: options.readTimeout || readMillisecondsDefault,
      onConnect: () => tell("connect"),
      onError: (error) => tell("error", error),
      onClose: (hadError) => tell("close", hadError),
    });
  }

  /** Gets the exclusive lock; an error when another client holds it. */
  get(name: string, callback?: ReplyCallback): void {
    this.#reply("g", name, { callback, parse: replies.parseSuccess });
  }

  /** Releases the exclusive lock; an error when this client does not hold it. */
  release(name: string, callback?: ReplyCallback): void {
    this.#reply("r", name, { callback, parse: replies.parseSuccess });
  }

  /** Whether the exclusive lock is held by anyone: 1 or 0. */
  inspect(name: string, callback?: ReplyCallback): void {
    this.#reply("i", name, { callback, parse: replies.parseInspection });
  }

  /** Who holds the exclusive lock, `null` for nobody; without a name, the holders of all. */
  dump(callback: Callback<ByName<string>>): void;
  dump(name: string, callback: Callback<string | null>): void;
  dump(...given: Given<ByName<string> & string>): void {
    const { name, callback } = optionalName(given);
    this.#holders("d", name, callback, (pairs): string | null | ByName<string> => {
      if (name !== "") return pairs[0]?.[1] ?? null;
      const holders = byName(pairs);
      // Of several holders, as our keyed locks have, the first stands for all.
      return Object.fromEntries([...holders].map(([lock, [first = ""]]) => [lock, first]));
    });
  }

  /** Gets the shared lock; the number says how many hold it now. */
  getShared(name: string, callback?: ReplyCallback): void {
    this.#reply("sg", name, { callback, parse: replies.parseSuccess });
  }

  /** Releases the shared lock; an error when this client does not hold it. */
  releaseShared(name: string, callback?: ReplyCallback): void {
    this.#reply("sr", name, { callback, parse: replies.parseSuccess });
  }

  /** How many hold the shared lock; 0 for nobody. */
  inspectShared(name: string, callback?: ReplyCallback): void {
    this.#reply("si", name, { callback, parse: replies.parseInspection });
  }

  /** Who holds the shared lock, in an array; without a name, the holders of all. */
  dumpShared(callback: Callback<ByName<string[]>>): void;
  dumpShared(name: string, callback: Callback<string[]>): void;
  dumpShared(...given: Given<ByName<string[]> & string[]>): void {
    const { name, callback } = optionalName(given);
    this.#holders("sd", name, callback, (pairs): string[] | ByName<string[]> => {
      if (name !== "") return pairs.map(([, holder]) => holder);
      return Object.fromEntries(byName(pairs));
    });
  }

  /** This connection's address, and its name, which is the address unless one was set. */
  getName(callback: NameCallback): void {
    this.#ask(oneLine("me"), callback, ([line = ""]) => {
      const { address, name } = replies.parseMe(line);
      return [address, name];
    });
  }

  /** Names this connection; `""` resets the name. */
  setName(name: string, callback?: ReplyCallback): void {
    this.#reply("iam", name, { callback, parse: replies.parseRegistered });
  }

  /** The address of the client of that name, `null` for nobody; without a name, all of them. */
  listClients(callback: Callback<ByName<string>>): void;
  listClients(name: string, callback: Callback<string | null>): void;
  listClients(...given: Given<ByName<string> & string>): void {
    const { name, callback } = optionalName(given);
    this.#ask(listing(withName("who", name)), callback, (lines) => {
      const disabledText = replies.disabledWords.who;
      const pairs = replies.parseListing(lines, { split: replies.splitAtFirst, disabledText });
      if (name !== "") return [pairs.at(-1)?.[0] ?? null];
      return [Object.fromEntries(pairs.map(([address, label]) => [label, address]))];
    });
  }

  /** The server's statistics. */
  getStats(callback: Callback<ByName<number>>): void {
    this.#ask(statistics, callback, (lines) => {
      const disabledText = replies.disabledWords.dump;
      const pairs = replies.parseListing(lines, { split: replies.splitAtFirst, disabledText });
      return [Object.fromEntries(pairs.map(([key, count]) => [key, Number(count)]))];
    });
  }

  /** Ends the connection, and with it what it holds; `callback` is called when that is done. */
  disconnect(callback?: (error: null) => void): void {
    this.#conversation.end(() => callback?.(null));
  }

  #holders(
    command: string,
    name: string,
    callback: AnyCallback | undefined,
    value: (pairs: readonly replies.Pair[]) => unknown,
  ): void {
    const beginning = `${name}: `;
    const split = (line: string): replies.Pair =>
      name !== "" && line.startsWith(beginning)
        ? [name, line.slice(beginning.length)]
        : replies.splitHolder(line);
    this.#ask(listing(withName(command, name)), callback, (lines) => [
      value(replies.parseListing(lines, { split, disabledText: replies.disabledWords.dump })),
    ]);
  }

  #reply(
    command: string,
    name: string,
    options: { callback: ReplyCallback | undefined; parse: (line: string) => replies.Reply },
  ): void {
    this.#ask(oneLine(`${command} ${name}`), options.callback, ([line = ""]) => {
      const { number, message } = options.parse(line);
      return [number, message];
    });
  }

  /** Asks, and calls back with what `results` makes of the reply, or throws. */
  #ask(
    question: Question,
    callback: AnyCallback | undefined,
    results: (lines: readonly string[]) => unknown[],
  ): void {
    const answer = callback ?? ignore;
    if (/[\r\n]/.test(question.command)) {
      const error = new Error(
        `A name cannot have a line break in it: ${JSON.stringify(question.command)}`,
      );
      return process.nextTick(answer, error);
    }
    this.#conversation.ask(question, (error, lines) => {
      if (error !== null) return answer(error);
      let values: unknown[];
      try {
        values = results(lines);
      } catch (refusal) {
        return answer(refusal as Error);
      }
      return answer(null, ...values);
    });
  }
}

// oxlint-disable-next-line typescript/no-explicit-any -- each method says what its callback gets
type AnyCallback = (error: Error | null, ...results: any[]) => void;
type Given<T> = [Callback<T>] | [string | null | undefined, Callback<T>?];

/** Arguments `(callback)` or `(name, callback)`; without a name it is empty. */
function optionalName<T>(given: Given<T>): { name: string; callback: Callback<T> | undefined } {
  const [first, second] = given;
  if (typeof first === "function") return { name: "", callback: first };
  return { name: replies.folded(String(first ?? "")), callback: second };
}

function withName(command: string, name: string): string {
  return name === "" ? command : `${command} ${name}`;
}

/** The holders of each lock, in order. */
function byName(pairs: readonly replies.Pair[]): Map<string, string[]> {
  const holders = new Map<string, string[]>();
  for (const [name, holder] of pairs) {
    const its = holders.get(name);
    if (its === undefined) holders.set(name, [holder]);
    else its.push(holder);
  }
  return holders;
}

function ignore(): void {}
