/**
 * A connection that is made anew whenever it was lost. What is to be sent waits for it,
 * in order, for a while.
 *
 * Invariant: when a link ends, whoever held something through it is told first, then its
 * open questions are broken, and only then is another link dialled.
 */
import { requestsQueuedMax } from "../bounds.ts";
import { Deadline } from "../deadline.ts";
import {
  ClosedError,
  DeniedError,
  type GlockdError,
  LostError,
  ProtocolError,
  UnavailableError,
} from "../errors.ts";
import type { ConnectionState, Settings } from "../options.ts";
import type { Dial } from "../transport/transport.ts";
import { Backoff } from "./backoff.ts";
import { Link, type LinkOwner } from "./link.ts";

/** What wants a link. One of the two is called, once. */
export interface Submission {
  send(link: Link): void;
  /** How long it would wait for one. */
  patienceMilliseconds(): number;
  /** There was none in time, or there never will be one. */
  fail(error: GlockdError): void;
}

/** Whoever is to know what becomes of links. */
export interface ConnectionOwner {
  lost: LinkOwner["lost"];
  /** Its holds are gone; nothing is broken or dialled yet. */
  ended(link: Link, error: LostError): void;
  changed(state: ConnectionState, why?: Error): void;
}

export interface ConnectionOptions {
  readonly dial: Dial;
  readonly settings: Settings;
  readonly owner: ConnectionOwner;
  /** Whether to connect although nothing was submitted. */
  readonly eager: boolean;
}

type State =
  | { readonly is: "idle" }
  | { readonly is: "connecting"; readonly link: Link }
  | { readonly is: "ready"; readonly link: Link }
  /** Everybody is being told that the link is gone. */
  | { readonly is: "ending" }
  | { readonly is: "pausing"; readonly timer: NodeJS.Timeout }
  | { readonly is: "closed"; readonly error: GlockdError };

export class Connection implements LinkOwner {
  private readonly options: ConnectionOptions;
  private readonly backoff: Backoff;
  private readonly waiting = new Map<Submission, Deadline>();
  private state: State = { is: "idle" };
  /** Why there is no link. */
  private trouble: Error | undefined;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.backoff = new Backoff(options.settings.backoff);
    if (options.eager) this.dial();
  }

  /** Of the socket, while there is a link and where the platform tells. */
  get descriptor(): number | undefined {
    return this.state.is === "ready" ? this.state.link.descriptor : undefined;
  }

  /** Sends at once, or when there is a link; fails when there is none in time. */
  submit(submission: Submission): void {
    const { state } = this;
    if (state.is === "ready") submission.send(state.link);
    else if (state.is === "closed") submission.fail(state.error);
    else this.queue(submission);
  }

  /** Forgets what has not been sent. */
  withdraw(submission: Submission): void {
    this.waiting.get(submission)?.cancel();
    this.waiting.delete(submission);
  }

  /** For good; resolves when the server knows. */
  async close(error: GlockdError): Promise<void> {
    const { state } = this;
    if (state.is === "closed") return;
    if (state.is === "pausing") clearTimeout(state.timer);
    this.state = { is: "closed", error };
    const hasLink = state.is === "connecting" || state.is === "ready";
    const gone = hasLink ? state.link.close(error) : undefined;
    this.failAll(error);
    this.options.owner.changed("closed", error instanceof ClosedError ? undefined : error);
    await gone;
  }

  ready(link: Link): void {
    this.state = { is: "ready", link };
    this.trouble = undefined;
    this.backoff.reset();
    this.options.owner.changed("connected");
    for (const [submission] of [...this.waiting]) {
      // One that was sent may have ended the link, or withdrawn others.
      if (this.state.is !== "ready") return;
      if (!this.waiting.has(submission)) continue;
      this.withdraw(submission);
      submission.send(link);
    }
  }

  lost(link: Link, mode: "exclusive" | "shared", name: string): void {
    this.options.owner.lost(link, mode, name);
  }

  ended(link: Link, error: GlockdError): void {
    const { owner, eager } = this.options;
    const wasReady = this.state.is === "ready";
    const isClosing = this.state.is === "closed";
    this.trouble = error;
    if (!isClosing) this.state = { is: "ending" };
    const loss = isClosing
      ? new LostError("this client was closed", "closed")
      : this.disconnected(error);
    owner.ended(link, loss);
    link.breakQuestions(isClosing || isFinal(error) ? error : loss);
    // Whoever was told may have closed us.
    if (this.state.is === "closed") return;
    if (isFinal(error) || !this.options.settings.reconnect) return void this.close(error);
    if (error instanceof ProtocolError) this.failAll(error);
    if (wasReady) owner.changed("disconnected", error);
    if (eager || this.waiting.size > 0) this.pause();
    else this.state = { is: "idle" };
  }

  private queue(submission: Submission): void {
    const { waiting } = this;
    if (waiting.size >= requestsQueuedMax) {
      const why = `${requestsQueuedMax} requests wait for a connection already`;
      return submission.fail(new UnavailableError(why));
    }
    const milliseconds = submission.patienceMilliseconds();
    const giveUp = (): void => {
      waiting.delete(submission);
      submission.fail(this.unavailable(milliseconds));
    };
    waiting.set(submission, new Deadline(milliseconds, giveUp));
    if (this.state.is === "idle") this.dial();
  }

  private pause(): void {
    const timer = setTimeout(() => this.dial(), this.backoff.next());
    this.state = { is: "pausing", timer };
  }

  private dial(): void {
    const { dial, settings, owner } = this.options;
    owner.changed("connecting", this.trouble);
    try {
      this.state = { is: "connecting", link: new Link(dial, settings, this) };
    } catch (cause) {
      // What the platform does not want to try it will not want later. Whoever is told may
      // still be in the midst of being made, as the first connection dials at once.
      const why = `cannot connect to ${settings.place}: ${(cause as Error).message}`;
      this.state = { is: "ending" };
      queueMicrotask(() => void this.close(new UnavailableError(why, { cause })));
    }
  }

  private failAll(error: GlockdError): void {
    const waiting = [...this.waiting.keys()];
    for (const submission of waiting) this.withdraw(submission);
    for (const submission of waiting) submission.fail(error);
  }

  private disconnected(cause: GlockdError): LostError {
    const { place } = this.options.settings;
    return new LostError(`the connection to ${place} was lost`, "disconnected", { cause });
  }

  private unavailable(milliseconds: number): UnavailableError {
    const { place } = this.options.settings;
    const { trouble } = this;
    const why = trouble === undefined ? "" : `: ${trouble.message}`;
    return new UnavailableError(
      `no connection to ${place} within ${Math.round(milliseconds) / 1000} s${why}`,
      trouble === undefined ? {} : { cause: trouble },
    );
  }
}

/** Trying again would not help, and might lock us out. */
function isFinal(error: GlockdError): boolean {
  return error instanceof DeniedError;
}
