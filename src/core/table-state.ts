/** What the two name spaces of one table have in common, and what they report. */
import type { Keeper } from "./detached/keeper.ts";
import type { Deadlines } from "./deadlines.ts";
import type { Fences } from "./fences.ts";
import type { Alarm, Keyed, KeyedHold, Mode, Outcome, Wait } from "./request.ts";
import type { Sessions } from "./sessions.ts";

/** What can happen to a request, whoever asked for it. */
export type Happening =
  | "granted"
  | "released"
  /** Its connection has ended. */
  | "orphaned"
  /** Its time is over. */
  | "lapsed"
  /** An administrator took it. */
  | "freed"
  /** It stands in line … */
  | "waiting"
  /** … and left the line without a grant. */
  | "cancelled";

/** Which request something happens to; valid only during the call. */
export interface Subject {
  readonly mode: Mode;
  readonly name: Uint8Array;
  /** Whoever the outer rooms know the session as; `null` when the hold outlived it. */
  readonly owner: unknown;
  readonly keyed: Pick<Keyed, "key" | "requestor"> | null;
  /** Of a hold; 0 of one that waits. */
  readonly fence: number;
  /** How long a hold that begins was waited for; 0 when it was had at once. */
  readonly waitedMilliseconds: number;
  /** How long a hold that ends has lasted; 0 of one that begins or waits. */
  readonly heldMilliseconds: number;
}

/** Told of all that happens, as it happens: a hold ends right after, a grant is done. */
export type Watch = (happening: Happening, subject: Subject) => void;

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
  /** It is the grant of a hold that outlives its connection. */
  readonly detached: boolean;
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
  /** `null` when nobody wants to know: nothing is described then. */
  watch: Watch | null;
  /** Who keeps what outlives connections; `null` when nobody does. */
  keeper: Keeper | null;
  /** Nobody who stands in line is granted anything any more. */
  linesClosed: boolean;
  /** Set by whoever enters the table. */
  wallMilliseconds: number;
  monotonicMilliseconds: number;
}

/** Remembers to tell whoever loses this hold, if they are present and want to know. */
export function noteLoss(state: TableState, hold: Subject, keyed: KeyedHold | undefined): void {
  const { sessions, losses, wantsLosses } = state;
  const owner = hold.owner ?? (keyed === undefined ? null : sessions.ownerOfBearer(keyed.taker));
  if (owner === null || !wantsLosses(owner)) return;
  losses.push({ mode: hold.mode, name: hold.name.slice(), owner });
}
