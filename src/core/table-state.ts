/** What the two name spaces of one table have in common, and what they report. */
import type { Deadlines } from "./deadlines.ts";
import type { Fences } from "./fences.ts";
import type { KeyedHold, Mode, Outcome, Wait } from "./request.ts";
import type { Sessions } from "./sessions.ts";

/** A hold that ends without its holder's asking; valid only during the call. */
export interface EndingHold {
  readonly mode: Mode;
  readonly name: Uint8Array;
  /** Whoever the outer rooms know the session as; `null` when the hold outlived it. */
  readonly owner: unknown;
  readonly keyed: KeyedHold | null;
}

/** Told of holds that end without their holders' asking, before they end. */
export interface TableEvents {
  /** Its connection has ended. */
  orphaned(hold: EndingHold): void;
  /** Its time is over. */
  lapsed(hold: EndingHold): void;
}

/** How a wait ended. */
export interface Decision {
  readonly wait: Wait;
  readonly outcome: Outcome;
}

/** Shared by the spaces of a table. */
export interface TableState {
  readonly sessions: Sessions;
  readonly fences: Fences;
  readonly deadlines: Deadlines<Wait | KeyedHold>;
  /** Waits that ended and whose sessions are yet to be told, in order. */
  readonly decided: Decision[];
  readonly events: TableEvents | null;
  /** Set by whoever enters the table. */
  wallMilliseconds: number;
  monotonicMilliseconds: number;
}
