/**
 * What this process has asked the server for or holds there, through one connection: from
 * the moment when it may be asked for until it is given up or lost.
 *
 * Invariant: a claim that is held has at least one handle, and each of its handles is told
 * when it is lost; one that is over is told nothing.
 */
import type { Link } from "../connection/link.ts";
import type { LostError } from "../errors.ts";
import type { Want } from "../asking/wants.ts";

/** What the user has of a hold. */
export interface Holder {
  lose(error: LostError): void;
}

/** Whoever talks to the server about claims. */
export interface Keeper {
  /** The holder needs it no longer. Resolves with whether it was held until then. */
  giveUp(claim: Claim, holder: Holder): Promise<boolean>;
  /** Lets it live for its whole time from now. Resolves with whether it is still held. */
  renew(claim: Claim): Promise<boolean>;
  /** It lapsed, as far as can be told from here. */
  lapsed(claim: Claim): void;
  /** It stays, but is nobody's here any more. */
  forget(claim: Claim): void;
}

/** One for all: most claims come and go with one holder, without an array that grows. */
const none: readonly Holder[] = Object.freeze([]);

export class Claim {
  readonly name: string;
  readonly want: Want;
  /** Which of the client's connections carries it. */
  readonly seat: number;
  state: "asking" | "held" | "over" = "asking";
  /** That it was granted through, or null. */
  link: Link | null = null;
  /** Of an exclusive hold. */
  fence = 0;
  /** Of a shared lock, when it was granted. */
  sharers = 0;
  /** By `performance.now()`; only of what others may join. */
  grantedAt = 0;
  /** By `performance.now()`: when a hold lapses that nobody renews. */
  expiresAt = Infinity;
  holders: readonly Holder[] = none;

  constructor(name: string, want: Want, seat: number) {
    this.name = name;
    this.want = want;
    this.seat = seat;
  }

  join(holder: Holder): void {
    this.holders = this.holders === none ? [holder] : [...this.holders, holder];
  }

  drop(holder: Holder): void {
    this.holders =
      this.holders.length === 1 && this.holders[0] === holder
        ? none
        : this.holders.filter((each) => each !== holder);
  }

  /** Tells all who hold it, each once. */
  lose(error: LostError): void {
    const { holders } = this;
    this.state = "over";
    this.holders = none;
    for (const holder of holders) holder.lose(error);
  }
}
