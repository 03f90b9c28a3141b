/**
 * One connection to a server, from dialling to its end. It never reconnects: whoever has
 * a link knows that all it holds ends with it.
 *
 * Invariant: `ended` is told once, last, and before the questions that are still open are
 * broken, so that whoever holds something learns it first.
 */
import { noToken } from "../asking/replies.ts";
import { connectMilliseconds, goodbyeMilliseconds, probeMilliseconds } from "../bounds.ts";
import { GlockdError, UnavailableError } from "../errors.ts";
import type { Settings } from "../options.ts";
import type { Dial, Transport } from "../transport/transport.ts";
import { type Conversation, nobodyAsks, type Question } from "./conversation.ts";
import { Handshake, type Welcome } from "./handshake.ts";
import { Heartbeat } from "./heartbeat.ts";
import { Tagged } from "./tagged.ts";
import { Untagged } from "./untagged.ts";

/** Whoever keeps a link. */
export interface LinkOwner {
  ready(link: Link): void;
  /** The server says that a hold was taken away. */
  lost(link: Link, mode: "exclusive" | "shared", name: string): void;
  ended(link: Link, error: GlockdError): void;
}

export class Link {
  /** Known once the link is ready. */
  welcome: Welcome = { version: null, features: [] };
  /** The server has said that it is about to stop: it grants nothing any more. */
  isStopping = false;
  private readonly settings: Settings;
  private readonly owner: LinkOwner;
  private readonly transport: Transport;
  private readonly handshake: Handshake;
  private conversation: Conversation | null = null;
  private heartbeat: Heartbeat | null = null;
  private timers: NodeJS.Timeout[] = [];
  private probed = false;
  private hasEnded = false;
  private unsent = "";
  private goodbye: (() => void) | null = null;

  constructor(dial: Dial, settings: Settings, owner: LinkOwner) {
    this.settings = settings;
    this.owner = owner;
    this.handshake = new Handshake(settings.auth);
    this.transport = dial({
      opened: () => this.opened(),
      received: (text) => this.received(text),
      closed: (error) => this.closed(error),
    });
    this.after(connectMilliseconds, () => {
      this.fail(new UnavailableError(`${settings.place} does not answer`));
    });
  }

  /** Whether the server knows the second part of the protocol. */
  get knowsTags(): boolean {
    return this.welcome.features.length > 0;
  }

  /** The socket's file descriptor, where the platform tells. */
  get descriptor(): number | undefined {
    return this.transport.descriptor();
  }

  /** Sends a command, together with all others of this turn. For `cancel`, it has a number. */
  ask(command: string, question: Question, isListing = false): number {
    return this.conversation!.ask(command, question, isListing);
  }

  /** Sends one that every server answers at once, with one line: that costs less. */
  askInOrder(command: string, question: Question): void {
    this.conversation!.askInOrder(command, question);
  }

  /** Ends a wait; its question is answered all the same. */
  cancel(tag: number): void {
    this.conversation!.cancel(tag);
  }

  /** Ends it from our side; resolves when the server has seen it. `error` is what is told. */
  close(error: GlockdError): Promise<void> {
    if (this.hasEnded) return Promise.resolve();
    this.flush();
    const { transport } = this;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.goodbye?.(), goodbyeMilliseconds);
      this.goodbye = () => {
        clearTimeout(timer);
        this.goodbye = null;
        transport.destroy();
        resolve();
      };
      transport.end();
      this.tellEnd(error);
    });
  }

  private opened(): void {
    this.transport.send(this.handshake.first);
    this.after(probeMilliseconds, () => {
      if (this.conversation !== null) return;
      this.probed = true;
      this.transport.send(this.handshake.second);
    });
  }

  private received(text: string): void {
    this.heartbeat?.heard();
    try {
      if (this.conversation === null) this.shakeHands(text);
      else if (!this.hasEnded) this.conversation.received(text);
    } catch (error) {
      if (!(error instanceof GlockdError)) throw error;
      this.fail(error);
    }
  }

  private shakeHands(text: string): void {
    let rest = text;
    while (rest !== "" && this.conversation === null) {
      const end = rest.indexOf("\n");
      const line = rest.slice(0, end).trimEnd();
      rest = rest.slice(end + 1);
      const welcome = this.handshake.take(line);
      if (welcome !== undefined) this.begin(welcome);
    }
    if (rest !== "" && !this.hasEnded) this.conversation?.received(rest);
  }

  private begin(welcome: Welcome): void {
    this.clearTimers();
    this.welcome = welcome;
    const write = (text: string): void => this.write(text);
    const notified = (text: string): void => this.notified(text);
    this.conversation = this.knowsTags
      ? new Tagged({ write, notified }, this.probed)
      : new Untagged(write, this.probed && welcome.version !== null);
    this.introduce();
    this.owner.ready(this);
  }

  /** What goes before everything else; nobody waits for the replies. */
  private introduce(): void {
    const { name, beatSeconds, pingMilliseconds } = this.settings;
    const { knowsTags } = this;
    if (knowsTags) {
      this.ask("notify on", {
        answered: (reply) => {
          if (reply === "0 auth required") this.fail(noToken());
        },
        broken: () => undefined,
      });
      if (beatSeconds > 0) this.ask(`beat ${beatSeconds}`, nobodyAsks);
    }
    if (name !== undefined) this.ask(`iam ${name}`, nobodyAsks);
    this.heartbeat = new Heartbeat({
      milliseconds: pingMilliseconds,
      ping: () => void this.ask(knowsTags ? "ping" : "me", nobodyAsks),
      silent: () => this.fail(new UnavailableError(`${this.settings.place} has fallen silent`)),
    });
  }

  private notified(text: string): void {
    if (text.startsWith("0 Shutdown: ")) this.isStopping = true;
    const [, shared, name] = /^0 (Shared )?Lock Lost: (.*)$/s.exec(text) ?? [];
    if (name === undefined) return;
    this.owner.lost(this, shared === undefined ? "exclusive" : "shared", name);
  }

  private write(text: string): void {
    if (this.unsent === "") queueMicrotask(() => this.flush());
    this.unsent += text;
  }

  private flush(): void {
    const text = this.unsent;
    if (text === "" || this.hasEnded) return;
    this.unsent = "";
    this.transport.send(text);
  }

  private closed(cause: Error | undefined): void {
    const { place } = this.settings;
    const why = cause === undefined ? "the server ended the connection" : cause.message;
    const options = cause === undefined ? {} : { cause };
    this.tellEnd(new UnavailableError(`${place}: ${why}`, options));
    this.goodbye?.();
  }

  private fail(error: GlockdError): void {
    if (this.hasEnded) return;
    this.transport.destroy();
    this.tellEnd(error);
  }

  private tellEnd(error: GlockdError): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    this.clearTimers();
    this.heartbeat?.stop();
    this.owner.ended(this, error);
  }

  /** Breaks what is still open: for the owner, once everybody knows what was lost. */
  breakQuestions(error: GlockdError): void {
    this.conversation?.end(error);
  }

  private after(milliseconds: number, run: () => void): void {
    this.timers.push(setTimeout(run, milliseconds));
  }

  private clearTimers(): void {
    for (const timer of this.timers.splice(0)) clearTimeout(timer);
  }
}
