/**
 * A request that stands in line for a lock. It is a visitor like any connection: it is
 * listed, it counts against the limit of connections, and it is told when the server
 * stops.
 *
 * Invariant: it ends once: granted, refused, or given up because everybody who waits for
 * its answer has hung up. When it has ended, it stands in no line.
 */
import type { Credential } from "../../auth/authority.ts";
import type { Outcome, Patience, Wait } from "../../core/request.ts";
import { Refusal } from "../../core/request.ts";
import type { SessionId } from "../../core/sessions.ts";
import type { Lobby, Owner, Visitor } from "../lobby.ts";
import { isStillKnown } from "./credentials.ts";
import type { Exchange } from "./exchange.ts";
import type { Operations, Taken, Want } from "./operations.ts";
import { unavailable } from "./problem.ts";

/** Nobody is there to be answered. */
export class HungUp extends Error {
  override readonly name = "HungUp";
}

/** One wait, and all requests that ask for its outcome. */
export class Standing implements Patience, Visitor, Owner {
  readonly milliseconds: number;
  readonly blocking = false;
  readonly notified = false;
  readonly number: number;
  readonly sinceWallMilliseconds: number;
  readonly address: string;
  readonly label: string;
  readonly credential: Credential | null;
  /** Rejects with `HungUp` when it was given up, with a `Problem` when the server stops. */
  readonly outcome: Promise<Taken>;
  /** Set by the table while the request stands in line. */
  wait: Wait | null = null;
  private readonly operations: Operations;
  private readonly lobby: Lobby;
  private readonly want: Want;
  private readonly exchange: Exchange;
  private readonly session: SessionId;
  private readonly settle: PromiseWithResolvers<Taken>;
  private asking = 0;
  private over = false;

  constructor(
    operations: Operations,
    options: { exchange: Exchange; want: Want; milliseconds: number },
  ) {
    const { exchange, want, milliseconds } = options;
    const { lobby } = operations;
    this.operations = operations;
    this.lobby = lobby;
    this.want = want;
    this.exchange = exchange;
    this.milliseconds = milliseconds;
    this.address = exchange.address;
    this.label = exchange.label;
    this.credential = exchange.credential;
    this.number = lobby.nextNumber();
    this.sinceWallMilliseconds = lobby.clock.wallMs();
    this.settle = Promise.withResolvers();
    this.outcome = this.settle.promise;
    // Somebody asks for it before this can be told of: see `join`.
    this.outcome.catch(() => {});
    this.session = lobby.engine.open(this);
    lobby.sessions.add(this);
  }

  get guest(): this {
    return this;
  }

  holds(): number {
    return 0;
  }

  waits(): number {
    return 1;
  }

  lost(): void {
    // It holds nothing by itself.
  }

  /** Asks the table. */
  begin(): void {
    const { engine } = this.lobby;
    engine.enter();
    const taken = this.operations.acquire(this.exchange, this.session, this.want, this);
    if (taken.outcome !== Refusal.waiting) this.end(() => this.settle.resolve(taken));
    engine.leave();
  }

  /** One more request wants to know: the first, or one that was sent again. */
  join(exchange: Exchange): Promise<Taken> {
    if (this.over) return this.outcome;
    this.asking++;
    exchange.beginLong();
    const { signal } = exchange.request;
    const left = (): void => {
      if (--this.asking === 0) this.giveUp(new HungUp());
    };
    if (signal.aborted) left();
    else signal.addEventListener("abort", left, { once: true });
    return this.outcome.finally(() => {
      signal.removeEventListener("abort", left);
      exchange.endLong();
    });
  }

  decided(outcome: Outcome): void {
    const taken = this.operations.taken(this.exchange, this.want, outcome);
    this.end(() => this.settle.resolve(taken));
  }

  refuseWaits(): void {
    this.giveUp(unavailable("the server is shutting down"));
  }

  drain(): void {
    this.refuseWaits();
  }

  dismiss(): void {
    this.refuseWaits();
  }

  drop(reason: string): void {
    this.giveUp(unavailable(`this request was ended: ${reason}`));
  }

  /** It was the credential's to ask; whether it may lock that name is asked anew by the next. */
  credentialsChanged(): void {
    if (!isStillKnown(this.lobby.authority, this.exchange)) this.drop("its credential was removed");
  }

  private giveUp(why: Error): void {
    if (this.over) return;
    const { engine } = this.lobby;
    engine.enter();
    if (this.wait !== null) engine.cancel(this.wait);
    this.end(() => this.settle.reject(why));
    engine.leave();
  }

  private end(tell: () => void): void {
    if (this.over) return;
    this.over = true;
    this.lobby.engine.end(this.session);
    this.lobby.forget(this);
    tell();
  }
}
