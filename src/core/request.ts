/**
 * The words that the lock table is asked and answers in.
 */
import type { Timed } from "./deadlines.ts";
import type { Bearer, SessionId } from "./sessions.ts";

/** The two name spaces: `g foo` and `sg foo` do not meet. */
export type Mode = "exclusive" | "shared";

/**
 * What became of a request. A positive number is a grant: the fence of an exclusive
 * lock, the number of holders of a shared one. The rest are `Refusal`s.
 */
export type Outcome = number;

export const Refusal = {
  held: 0,
  /** Not decided yet: the answer comes through `Patience.decided`. */
  waiting: -1,
  /** The wait would have closed a cycle of connections that block each other. */
  deadlock: -2,
  locksLimit: -3,
  lockWaitersLimit: -4,
  waitersLimit: -5,
  /** What would have to be kept cannot be; nothing is granted, and a renewal is none. */
  unavailable: -6,
} as const;

/** The key that is nobody's: it is never shared, and anyone may release it. */
export const nobodysKey = "-";

/** What a keyed request asks under; both are bytes in latin1. */
export interface Keyed {
  readonly key: string;
  readonly requestor: string;
  /** `null`: ends with the connection; `0`: until released; else from the take or renewal on. */
  readonly ttlMilliseconds: number | null;
}

/** Who wants to know how a request ended that was answered with `waiting`. */
export interface Continuation {
  /** It is done, and told once it is kept; nothing can end it any more. */
  committing?(): void;
  /**
   * Called once, when the table is whole again: with what would have been answered at
   * once, or with how a wait ended: a grant, `held`, `deadlock` or `unavailable`.
   */
  decided(outcome: Outcome): void;
}

/** How long a request may wait, and who wants to know how it ended. */
export interface Patience extends Continuation {
  /** `Infinity` waits for ever. */
  readonly milliseconds: number;
  /** The connection does nothing else meanwhile, so the wait can be part of a deadlock. */
  readonly blocking: boolean;
  /** Set by the table while the request stands in line. */
  wait: Wait | null;
}

/** A request that stands in line. */
export interface Wait extends Timed {
  readonly kind: "wait";
  readonly mode: Mode;
  readonly request: number;
  readonly session: SessionId;
  readonly keyed: Keyed | null;
  /** A shared request holds while fewer than this many stand before it; `0`: always. */
  readonly limit: number;
  /** Since when it stands in line. */
  readonly sinceWallMilliseconds: number;
  readonly patience: Patience;
}

/** A hold under a key. */
export interface KeyedHold extends Timed {
  readonly kind: "lease";
  readonly mode: Mode;
  readonly request: number;
  readonly key: string;
  readonly requestor: string;
  count: number;
  /** Who took it, to be told when it is lost. */
  readonly taker: Bearer;
}

/** Something else that is due once, such as the end of a silence. */
export interface Alarm extends Timed {
  readonly kind: "alarm";
  ring(): void;
}
