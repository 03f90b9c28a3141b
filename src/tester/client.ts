/**
 * One client in a rule's conversation: it sends a command and says what was due.
 * Invariant: a reply that is wrong, late or missing ends the rule with all three of
 * what was sent, what came and what was due.
 */
import type { Connection } from "./connection/connection.ts";
import { NoReply, RuleFailure, visible } from "./failure.ts";

/** What the clients of one rule share. */
export interface Talk {
  readonly limitMilliseconds: number;
  /** All that was said, newest last. */
  readonly conversation: Said[];
  /** Whether the server answers several commands of one packet. */
  readonly pipelining: boolean;
  /** A name that nobody ever holds. */
  readonly freeName: () => string;
}

/** A line of a conversation, as it was on the wire: it is made readable only to be shown. */
export interface Said {
  /** `a>` sent, `a<` received. */
  readonly mark: string;
  readonly bytes: string;
}

/** A server without pipelining gets its next command when it has been quiet for so long, or for this part of a limit. */
const quietMilliseconds = 150;
const quietPart = 1 / 8;
/** Between two looks at what cannot be waited for, and how many there are at least. */
const pollMilliseconds = 2;
const looksMin = 20;
const conversationLinesMax = 12;

export class Client {
  readonly connection: Connection;
  /** How it is called in what is shown: `a`. */
  readonly label: string;
  readonly #talk: Talk;

  constructor(connection: Connection, label: string, talk: Talk) {
    this.connection = connection;
    this.label = label;
    this.#talk = talk;
  }

  /** Sends one command; the line ending is added. */
  send(command: string): void {
    this.#say(">", command);
    this.connection.send(`${command}\n`);
  }

  /** The next reply line. `sent` and `due`, as bytes, are shown when there is none. */
  async reply(sent: string, due: string | RegExp): Promise<string> {
    try {
      const line = await this.connection.inbox.line(this.#talk.limitMilliseconds);
      this.#say("<", line);
      return line;
    } catch (error) {
      if (error instanceof NoReply) throw this.failure(visible(sent), error.message, shown(due));
      throw error;
    }
  }

  /** The next reply line, which has to be `due`. */
  async receive(sent: string, due: string | RegExp): Promise<string> {
    const came = await this.reply(sent, due);
    if (!matches(came, due)) throw this.failure(visible(sent), visible(came), shown(due));
    return came;
  }

  async ask(command: string, due: string | RegExp = "a reply"): Promise<string> {
    this.send(command);
    return await this.reply(command, due);
  }

  /** Sends a command whose only reply has to be `due`. */
  async expect(command: string, due: string | RegExp): Promise<string> {
    this.send(command);
    return await this.receive(command, due);
  }

  /**
   * All lines that answer a command whose number of lines is not known, none included.
   * A second command behind it shows where they end.
   */
  async listing(command: string): Promise<readonly string[]> {
    const lines: string[] = [];
    const sentinel = this.#talk.freeName();
    const last = `0 Lock Not Locked: ${sentinel}`;
    if (this.#talk.pipelining) this.send(`${command}\ni ${sentinel}`);
    else {
      this.send(command);
      await this.#linesUntilQuiet(lines);
      this.send(`i ${sentinel}`);
    }
    for (;;) {
      const line = await this.reply(`${command}\ni ${sentinel}\n`, `lines, then ${last}`);
      if (line === last) return lines;
      lines.push(line);
    }
  }

  async #linesUntilQuiet(lines: string[]): Promise<void> {
    const quiet = Math.min(quietMilliseconds, this.#talk.limitMilliseconds * quietPart);
    try {
      for (;;) lines.push(await this.connection.inbox.line(quiet));
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
    }
  }

  /**
   * Sends a command that must not be answered: one that is none, or that has a tag and
   * has to wait, which is then in line when this resolves.
   */
  async expectNothing(command: string): Promise<void> {
    const [came] = await this.listing(command);
    if (came !== undefined) throw this.failure(visible(command), visible(came), "no reply");
  }

  /** Nothing was sent to this client that it has not read, whatever happened elsewhere. */
  async expectQuiet(after: string): Promise<void> {
    const free = this.#talk.freeName();
    const due = `0 Lock Not Locked: ${free}`;
    const came = await this.ask(`i ${free}`, due);
    if (came !== due) throw this.failure(`nothing, after ${after}`, visible(came), "no reply");
  }

  /** Asks again and again until the reply is `due`, for what ends without a word. */
  async becomes(command: string, due: string): Promise<void> {
    await this.until(
      () => this.ask(command, due),
      (came) => came === due,
      { sent: command, due },
    );
  }

  /** Looks again and again until `good` is content with what it sees; returns that. */
  async until<T>(
    look: () => Promise<T>,
    good: (seen: T) => boolean,
    told: { readonly sent: string; readonly due: string },
  ): Promise<T> {
    const { limitMilliseconds } = this.#talk;
    const deadline = performance.now() + limitMilliseconds;
    for (let looks = 1; ; looks += 1) {
      const seen = await look();
      if (good(seen)) return seen;
      if (looks >= looksMin && performance.now() > deadline)
        throw this.failure(
          visible(told.sent),
          `${visible(String(seen))} for ${limitMilliseconds} ms`,
          visible(told.due),
        );
      await Bun.sleep(pollMilliseconds);
    }
  }

  /** The server has to end the connection, with nothing unread. */
  async expectEnd(sent: string): Promise<void> {
    const due = "the end of the connection";
    try {
      const rest = await this.connection.inbox.ended(this.#talk.limitMilliseconds);
      if (rest !== "") throw this.failure(visible(sent), visible(rest), due);
    } catch (error) {
      if (error instanceof NoReply) throw this.failure(visible(sent), error.message, due);
      throw error;
    }
  }

  /** All three are text for people. */
  failure(sent: string, came: string, due: string): RuleFailure {
    return new RuleFailure({ sent: `${this.label}> ${sent}`, came, due });
  }

  #say(direction: ">" | "<", bytes: string): void {
    const { conversation } = this.#talk;
    conversation.push({ mark: `${this.label}${direction}`, bytes });
    if (conversation.length > conversationLinesMax) conversation.shift();
  }
}

function matches(came: string, due: string | RegExp): boolean {
  return typeof due === "string" ? came === due : due.test(came);
}

function shown(due: string | RegExp): string {
  return typeof due === "string" ? visible(due) : `${due}`;
}
