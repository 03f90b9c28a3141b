/**
 * A request that stands in line for a lock. It is a visitor like any connection: it is
 * listed, it counts against the limit of connections, and it is told when the server
 * stops.
 *
 * Invariant: it ends once: granted, refused, or given up because everybody who waits for
 * its answer has hung up. When it has ended, it stands in no line. What is granted and only
 * has to be kept is not given up any more.
 */
import type { Credential } from "../../auth/authority.ts";
import type { HoldState } from "../../core/keys.ts";
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
  /** What was granted, while it is not kept yet. */
  private granted: HoldState | null = null;
  private isCommitting = false;
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
    return this.isCommitting ? 0 : 1;
  }

  lost(): void {
    // It holds nothing by itself.
  }

  /** Asks the table. */
  begin(): void {
    const { engine } = this.lobby;
    engine.enter();
    const outcome = this.operations.acquire(this.session, this.want, this);
    if (outcome !== Refusal.waiting) this.decided(outcome);
    engine.leave();
  }

  /** One more request wants to know: the first, or one that was sent again. */
  join(exchange: Exchange): Promise<Taken> {
    if (this.over) return this.outcome;
    this.asking++;
    exchange.beginLong();
    const { signal } = exchange.request;
    const left = (): void => {
      if (--this.asking === 0 && !this.isCommitting) this.giveUp(new HungUp());
    };
    if (signal.aborted) left();
    else signal.addEventListener("abort", left, { once: true });
    return this.outcome.finally(() => {
      signal.removeEventListener("abort", left);
      exchange.endLong();
    });
  }

  committing(): void {
    this.isCommitting = true;
    // As it is now: until it is kept, others may add to it or end it.
    this.granted = this.operations.holdNow(this.want);
  }

  decided(outcome: Outcome): void {
    const { operations, lobby, exchange, want } = this;
    if (outcome === Refusal.unavailable) {
      return this.end(() => this.settle.reject(unavailable(lobby.engine.keeping!.why)));
    }
    const hold = this.granted ?? (outcome > 0 ? operations.holdNow(want) : null);
    const taken = operations.taken(exchange, want, { outcome, hold });
    this.end(() => this.settle.resolve(taken));
  }

  refuseWaits(): void {
    if (!this.isCommitting) this.giveUp(unavailable("the server is shutting down"));
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
