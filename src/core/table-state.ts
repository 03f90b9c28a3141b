/** What the two name spaces of one table have in common, and what they report. */
import type { Deadlines } from "./deadlines.ts";
import type { Fences } from "./fences.ts";
import type { Alarm, KeyedHold, Mode, Outcome, Wait } from "./request.ts";
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
  readonly orphaned?: (hold: EndingHold) => void;
  /** Its time is over. */
  readonly lapsed?: (hold: EndingHold) => void;
  /** An administrator took it. */
  readonly freed?: (hold: EndingHold) => void;
}

/** A hold that was taken from somebody who is still present. */
export interface Loss {
  readonly mode: Mode;
  readonly name: Uint8Array;
  readonly owner: unknown;
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
  readonly deadlines: Deadlines<Wait | KeyedHold | Alarm>;
  /** Waits that ended and whose sessions are yet to be told, in order. */
  readonly decided: Decision[];
  /** Holds that were taken away and whose owners are yet to be told, in order. */
  readonly losses: Loss[];
  /** Whether an owner wants to be told of its losses. */
  readonly wantsLosses: (owner: unknown) => boolean;
  readonly events: TableEvents;
  /** Set by whoever enters the table. */
  wallMilliseconds: number;
  monotonicMilliseconds: number;
}

/** Remembers to tell whoever loses this hold, if they are present and want to know. */
export function noteLoss(state: TableState, hold: EndingHold): void {
  const { sessions, losses, wantsLosses } = state;
  const owner = hold.owner ?? (hold.keyed && sessions.ownerOfBearer(hold.keyed.taker));
  if (owner === null || !wantsLosses(owner)) return;
  losses.push({ mode: hold.mode, name: hold.name.slice(), owner });
}
