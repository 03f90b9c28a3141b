/**
 * Requests of one connection, one after the other: each is sent when the one before has
 * its reply, or has waited for it in vain.
 *
 * Invariant: a line is never taken for the reply of another request. When a reply did not
 * come in time it may still come, so the next request is not sent before a mark has shown
 * that everything older is past.
 */
import { type Answered, Exchange, type Question } from "./exchange.ts";
import { Lines } from "./lines.ts";
import type { Dial, Link } from "./links/link.ts";
import { Marks } from "./marks.ts";
import { Silence } from "./silence.ts";

export interface ConversationOptions {
  /** How long connecting may take; `undefined`: as long as the system lets it. */
  readonly connectMilliseconds: number | undefined;
  /** How long a server may be silent while a reply is due. */
  readonly readMilliseconds: number;
  readonly onConnect: () => void;
  readonly onError: (error: Error) => void;
  readonly onClose: (hadError: boolean) => void;
}

/** `broken`: an error has ended it, and `close` is yet to come. */
type State = "connecting" | "open" | "broken" | "ending" | "closed";

/** A listing that has begun may pause for so many read timeouts. */
const pausePatience = 10;

/** A connection and what is asked over it. */
export class Conversation {
  private readonly options: ConversationOptions;
  private readonly link: Link;
  private readonly marks = new Marks();
  private readonly silence: Silence;
  private readonly waiting: Exchange[] = [];
  private readonly ended: (() => void)[] = [];
  private state: State = "connecting";
  private failure = new Error("The connection to the lockd server is closed.");
  private connectTimer: ReturnType<typeof setTimeout> | undefined;
  private current: Exchange | null = null;
  /** Whether the current command was sent; before that, a mark has to be answered. */
  private isAsked = false;
  /** Whether replies of requests that failed may still come. */
  private isBehind = false;
  /** The last mark that was sent before the current command. */
  private lastMark = 0;
  private marksAreAnswered = false;

  constructor(dial: Dial, options: ConversationOptions) {
    this.options = options;
    this.silence = new Silence({
      milliseconds: options.readMilliseconds,
      onStep: () => this.markAgain(),
      onEnd: () => this.giveUp(),
    });
    const lines = new Lines();
    this.link = dial({
      connect: () => this.open(),
      bytes: (bytes) => this.receive(lines.take(bytes)),
      error: (error) => this.break(error),
      close: (hadError) => this.close(hadError),
    });
    this.limitConnecting(options.connectMilliseconds);
  }

  /** Sends the question when its turn comes, be it after connecting. */
  ask(question: Question, answered: Answered): void {
    const exchange = new Exchange(question, answered);
    if (this.state !== "connecting" && this.state !== "open") return exchange.fail(this.failure);
    this.waiting.push(exchange);
    this.next();
  }

  /** Ends the connection, and with it what is still asked. */
  end(ended: () => void): void {
    if (this.state === "closed") return process.nextTick(ended);
    this.ended.push(ended);
    if (this.state === "ending") return;
    const wasOpen = this.state === "open";
    this.state = "ending";
    this.abandon();
    if (!wasOpen) return this.link.destroy();
    this.link.end();
    // Not every server ends its side.
    const timer = setTimeout(() => this.link.destroy(), this.options.readMilliseconds);
    this.ended.push(() => clearTimeout(timer));
  }

  private limitConnecting(milliseconds: number | undefined): void {
    if (milliseconds === undefined) return;
    this.connectTimer = setTimeout(() => {
      const error = new Error(`Could not connect to the lockd server within ${milliseconds} ms`);
      this.break(Object.assign(error, { code: "ETIMEDOUT" }));
      this.link.destroy();
    }, milliseconds);
  }

  private open(): void {
    clearTimeout(this.connectTimer);
    if (this.state !== "connecting") return;
    this.state = "open";
    this.options.onConnect();
    this.next();
  }

  private break(error: Error): void {
    if (this.state !== "connecting" && this.state !== "open") return;
    this.state = "broken";
    this.failure = error;
    this.abandon();
    this.options.onError(error);
  }

  private close(hadError: boolean): void {
    const { state } = this;
    clearTimeout(this.connectTimer);
    this.state = "closed";
    this.abandon();
    for (const ended of this.ended.splice(0)) process.nextTick(ended);
    // Who ended the connection knows; a listener would take it for a loss.
    if (state !== "ending") this.options.onClose(hadError);
  }

  /** Nothing that is asked will be answered any more. */
  private abandon(): void {
    this.silence.stop();
    const { current, failure } = this;
    this.current = null;
    current?.fail(failure);
    for (const exchange of this.waiting.splice(0)) exchange.fail(failure);
  }

  private next(): void {
    if (this.state !== "open" || this.current !== null) return;
    this.current = this.waiting.shift() ?? null;
    if (this.current === null) return;
    this.lastMark = this.marks.count;
    this.isAsked = false;
    if (this.isBehind) this.mark();
    else this.send(this.current);
    this.silence.begin();
  }

  private send({ question }: Exchange): void {
    this.isAsked = true;
    this.lastMark = this.marks.count;
    this.link.send(`${question.command}\n`);
    if (question.needsMark && this.link.keepsCommandsApart) this.mark();
  }

  private mark(): void {
    this.link.send(`${this.marks.next()}\n`);
  }

  /** The last mark may have been lost, in a packet of which only the first line was read. */
  private markAgain(): void {
    if (this.current === null) return;
    if (!this.isAsked || this.current.question.needsMark) this.mark();
  }

  private receive(lines: readonly string[]): void {
    for (const line of lines) if (this.state === "open") this.hear(line);
    if (this.current !== null) this.silence.begin();
  }

  private hear(line: string): void {
    const number = this.marks.numberOf(line);
    if (number !== undefined) return this.hearMark(number);
    const { current } = this;
    if (current !== null && this.isAsked) return this.hearReply(current, line);
    if (!this.isBehind) {
      this.options.onError(new Error(`Unexpected data received from lockd server: ${line}`));
    }
  }

  private hearReply(current: Exchange, line: string): void {
    if (current.take(line)) return this.settle(() => current.succeed());
    // Now the server has read the command, so this comes in a packet of its own.
    if (current.question.needsMark && this.marks.count === this.lastMark) this.mark();
  }

  private hearMark(number: number): void {
    const { current } = this;
    // One that was sent twice.
    if (current === null || number <= this.lastMark) return;
    this.marksAreAnswered = true;
    this.isBehind = false;
    if (this.isAsked) this.settle(() => current.succeed());
    else this.send(current);
  }

  private settle(settle: () => void): void {
    this.silence.stop();
    this.current = null;
    settle();
    this.next();
  }

  /** The server was silent for the read timeout. */
  private giveUp(): void {
    const { current } = this;
    if (current === null) return;
    const count = current.lines.length;
    if (count === 0) {
      this.isBehind = true;
      return this.settle(() => current.fail(new Error("Expected 1 line but got 0")));
    }
    if (this.silence.times < pausePatience) return this.silence.goOn();
    // A server that knows no marks: its listings end when nothing more comes.
    if (!this.marksAreAnswered) return this.settle(() => current.succeed());
    this.isBehind = true;
    const got = `${count} line${count === 1 ? "" : "s"}`;
    const message = `Expected the end of the listing but got ${got} and no more`;
    this.settle(() => current.fail(new Error(message)));
  }
}
