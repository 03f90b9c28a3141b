/**
 * One call of `acquire` or its likes, from the call to the handle or the error: its turn
 * in this process, its wait for a connection, its wait on the server.
 *
 * Invariant: its promise is settled once; and whatever the server grants after that is
 * given back at once.
 */
import type { Claim, Holder } from "../holds/claim.ts";
import type { Connection, Submission } from "../connection/connection.ts";
import type { Question } from "../connection/conversation.ts";
import type { Link } from "../connection/link.ts";
import { Deadline } from "../deadline.ts";
import { type Deferred, deferred } from "../deferred.ts";
import { CancelledError, type GlockdError } from "../errors.ts";
import { checkName } from "../names.ts";
import { seconds } from "../options.ts";
import { failureOf, isTaken, notSpoken, numberOf, stopping, taken } from "./replies.ts";
import type { Applicant, Turns } from "./turns.ts";
import { getCommand, modeOf, plainCommand, secondsText, type Want } from "./wants.ts";

/** How long to wait for a lock, and what ends the wait. */
export interface AcquireOptions {
  /** Seconds; 0 does not wait. For ever unless given. */
  readonly wait?: number | undefined;
  /** Ends the wait when it is aborted. */
  readonly signal?: AbortSignal | undefined;
}

/** What an acquisition needs of the client. */
export interface Office {
  readonly patienceMilliseconds: number;
  turns(mode: "exclusive" | "shared"): Turns;
  connection(seat: number): Connection;
  /** Gives back what was granted to nobody. */
  giveBack(claim: Claim): void;
  /** The server may or may not have granted it; nobody here will ever know. */
  uncertain(claim: Claim): void;
}

/** What is asked for, and what is made of it. */
export interface Order<H extends Holder> {
  readonly name: string;
  readonly want: Want;
  readonly options: AcquireOptions;
  readonly makeHandle: (claim: Claim) => H;
  /** Whether to resolve with null when the lock is taken. */
  readonly isTry: boolean;
}

type State = "new" | "standing" | "unsent" | "asked" | "given up" | "done";

export class Acquisition<H extends Holder> implements Applicant, Submission, Question {
  readonly name: string;
  readonly want: Want;
  private readonly office: Office;
  private readonly order: Order<H>;
  private state: State = "new";
  /** Seconds; `Infinity` for ever. */
  private wait = Infinity;
  /** By `performance.now()`. */
  private waitEndsAt = Infinity;
  private deadline: Deadline | null = null;
  private claim: Claim | null = null;
  private link: Link | null = null;
  private tag = 0;
  private askedAt = 0;
  private readonly outcome: Deferred<H | null> = deferred();

  constructor(office: Office, order: Order<H>) {
    this.office = office;
    this.order = order;
    this.name = order.name;
    this.want = order.want;
  }

  /** Resolves with the handle; with null when the lock is taken and it was only a try. */
  start(): Promise<H | null> {
    try {
      this.begin();
    } catch (error) {
      this.settleWith(error as Error);
    }
    return this.outcome.promise;
  }

  enter(claim: Claim): void {
    this.leaveLine();
    this.claim = claim;
    this.state = "unsent";
    this.office.connection(claim.seat).submit(this);
  }

  join(claim: Claim): void {
    this.leaveLine();
    this.finish(claim);
  }

  patienceMilliseconds(): number {
    const { patienceMilliseconds } = this.office;
    return this.wait === 0
      ? patienceMilliseconds
      : Math.min(patienceMilliseconds, this.milliseconds());
  }

  send(link: Link): void {
    if (link.isStopping) return this.fail(stopping());
    const { want, name, wait } = this;
    const left = wait === 0 || wait === Infinity ? wait : this.milliseconds() / 1000;
    if (left <= 0 && wait > 0) return this.fail(taken(this.name, this.wait));
    this.state = "asked";
    this.link = link;
    if (want.kind === "detached") this.askedAt = performance.now();
    if (link.knowsTags) {
      const text = left === Infinity ? "-" : secondsText(left);
      this.tag = link.ask(getCommand(want, text, name), this);
      return;
    }
    const command = plainCommand(want, wait > 0, name);
    const what = want.kind === "exclusive" ? "waiting for a lock" : `a ${want.kind} hold`;
    if (command === undefined) this.fail(notSpoken(what));
    else link.ask(command, this);
  }

  answered(reply: string): void {
    const { claim, office } = this;
    const number = numberOf(reply);
    if (number === 0) {
      this.leave();
      if (this.state === "given up") return;
      if (this.wait === 0 && isTaken(reply)) this.refuse();
      else if (this.link!.isStopping && isTaken(reply)) this.settleWith(stopping());
      else this.settleWith(failureOf(reply, { name: this.name, wait: this.wait }));
      return;
    }
    this.grant(claim!, number);
    if (this.state === "given up") return office.giveBack(claim!);
    this.finish(claim!);
    const { kind } = this.want;
    if (kind === "read" || kind === "shared") office.turns(modeOf(this.want)).granted(claim!);
  }

  /** The connection ended while the server was asked. */
  broken(error: GlockdError): void {
    if (this.want.kind === "detached") this.office.uncertain(this.claim!);
    this.fail(error);
  }

  /** It will never be sent. */
  fail(error: GlockdError): void {
    this.leave();
    if (this.state !== "given up") this.settleWith(error);
  }

  /** Called by the AbortSignal. */
  handleEvent(): void {
    const { signal } = this.order.options;
    this.abandon(new CancelledError("the request was cancelled", { cause: signal?.reason }));
  }

  /** Ends it, wherever it stands. */
  abandon(error: GlockdError): void {
    const { state, claim, office } = this;
    if (state === "done" || state === "given up") return;
    if (state === "standing") {
      this.leaveLine();
      office.turns(modeOf(this.want)).withdraw(this);
    } else if (state === "unsent") {
      office.connection(claim!.seat).withdraw(this);
      this.leave();
    } else if (state === "asked" && this.link?.knowsTags === true) {
      this.link.cancel(this.tag);
    }
    this.settleWith(error);
    // Its answer is still to come, and so may a grant be.
    if (state === "asked") this.state = "given up";
  }

  private begin(): void {
    checkName(this.name);
    const { wait = Infinity, signal } = this.order.options;
    if (wait !== Infinity) {
      this.wait = seconds("wait", wait);
      this.waitEndsAt = performance.now() + wait * 1000;
    }
    if (signal !== undefined) {
      if (signal.aborted) return this.handleEvent();
      signal.addEventListener("abort", this, { once: true });
    }
    const turns = this.office.turns(modeOf(this.want));
    if (turns.apply(this)) return;
    if (wait === 0) return this.refuse();
    this.state = "standing";
    turns.stand(this);
    if (wait !== Infinity) {
      this.deadline = new Deadline(wait * 1000, () => this.abandon(taken(this.name, this.wait)));
    }
  }

  private refuse(): void {
    if (this.order.isTry) this.resolve(null);
    else this.settleWith(taken(this.name, 0));
  }

  private grant(claim: Claim, number: number): void {
    claim.state = "held";
    claim.link = this.link;
    const { kind } = this.want;
    if (kind === "shared" || kind === "permit") claim.sharers = number;
    else if (this.link?.knowsTags === true) claim.fence = number;
    if (kind === "read") claim.grantedAt = performance.now();
    if (this.want.kind === "detached" && this.want.ttl !== "0") {
      claim.expiresAt = this.askedAt + Number(this.want.ttl) * 1000;
    }
  }

  private finish(claim: Claim): void {
    const handle = this.order.makeHandle(claim);
    claim.join(handle);
    this.resolve(handle);
  }

  private leave(): void {
    if (this.claim !== null) this.office.turns(modeOf(this.want)).leave(this.claim);
  }

  private leaveLine(): void {
    this.deadline?.cancel();
    this.deadline = null;
  }

  private resolve(handle: H | null): void {
    this.settle();
    this.outcome.resolve(handle);
  }

  private settleWith(error: Error): void {
    this.settle();
    this.outcome.reject(error);
  }

  private settle(): void {
    this.state = "done";
    this.order.options.signal?.removeEventListener("abort", this);
  }

  private milliseconds(): number {
    return this.waitEndsAt - performance.now();
  }
}
