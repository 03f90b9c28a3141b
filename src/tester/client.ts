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
  /** All that was said, newest last, ready to be shown: `a> g foo`. */
  readonly conversation: string[];
  /** Whether the server answers several commands of one packet. */
  readonly pipelining: boolean;
  /** A name that nobody ever holds. */
  readonly freeName: () => string;
}

/** A server without pipelining gets its next command when it has been quiet for so long. */
const quietMilliseconds = 150;
/** Between two looks at what cannot be waited for. */
const pollMilliseconds = 2;

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

  /** The next reply line. `sent` is shown when there is none. */
  async reply(sent: string, due: string): Promise<string> {
    try {
      const line = await this.connection.inbox.line(this.#talk.limitMilliseconds);
      this.#say("<", line);
      return line;
    } catch (error) {
      if (error instanceof NoReply) throw this.failure(sent, error.message, due);
      throw error;
    }
  }

  async ask(command: string, due = "a reply"): Promise<string> {
    this.send(command);
    return await this.reply(visible(command), due);
  }

  /** Sends a command whose only reply has to be `due`. */
  async expect(command: string, due: string | RegExp): Promise<string> {
    const shown = typeof due === "string" ? visible(due) : `${due}`;
    const came = await this.ask(command, shown);
    if (!matches(came, due)) throw this.failure(visible(command), visible(came), shown);
    return came;
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
      const line = await this.reply(visible(`${command}\ni ${sentinel}\n`), `lines, then ${last}`);
      if (line === last) return lines;
      lines.push(line);
    }
  }

  async #linesUntilQuiet(lines: string[]): Promise<void> {
    try {
      for (;;) lines.push(await this.connection.inbox.line(quietMilliseconds));
    } catch (error) {
      if (!(error instanceof NoReply)) throw error;
    }
  }

  /** Sends a command that must not be answered. */
  async expectNothing(command: string): Promise<void> {
    const [came] = await this.listing(command);
    if (came !== undefined) throw this.failure(visible(command), visible(came), "no reply");
  }

  /** Asks again and again until the reply is `due`, for what ends without a word. */
  async becomes(command: string, due: string): Promise<void> {
    const deadline = performance.now() + this.#talk.limitMilliseconds;
    for (;;) {
      const came = await this.ask(command, due);
      if (came === due) return;
      if (performance.now() > deadline)
        throw this.failure(
          visible(command),
          `${visible(came)} for ${this.#talk.limitMilliseconds} ms`,
          visible(due),
        );
      await Bun.sleep(pollMilliseconds);
    }
  }

  /** The server has to end the connection, with nothing unread. */
  async expectEnd(sent: string): Promise<void> {
    const due = "the end of the connection";
    try {
      const rest = await this.connection.inbox.ended(this.#talk.limitMilliseconds);
      if (rest !== "") throw this.failure(sent, visible(rest), due);
    } catch (error) {
      if (error instanceof NoReply) throw this.failure(sent, error.message, due);
      throw error;
    }
  }

  failure(sent: string, came: string, due: string): RuleFailure {
    return new RuleFailure({ sent: `${this.label}> ${sent}`, came, due });
  }

  #say(direction: ">" | "<", text: string): void {
    this.#talk.conversation.push(`${this.label}${direction} ${visible(text)}`);
    if (this.#talk.conversation.length > conversationLinesMax) this.#talk.conversation.shift();
  }
}

const conversationLinesMax = 12;

function matches(came: string, due: string | RegExp): boolean {
  return typeof due === "string" ? came === due : due.test(came);
}
