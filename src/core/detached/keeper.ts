/**
 * What whoever keeps holds that outlive connections is told of them, as it happens.
 *
 * Invariant: a hold is told as changed after every change that a restart must know of, and
 * as gone when it has ended; one that ends with its connection is never told of.
 */
import type { KeyedHold } from "../request.ts";

/** A hold as it was before it was added to or renewed. */
export interface Former {
  readonly count: number;
  /** When it was to lapse, in monotonic milliseconds. */
  readonly at: number;
  /** It was to end with its connection: its taker's. */
  readonly bound: boolean;
}

/** What became of a hold whose change was undone: it goes on, or is no more. */
export type Undone = "detached" | "bound" | "gone";

export interface Keeper {
  /** `former` is `null` of a hold that is new. */
  changed(hold: KeyedHold, former: Former | null): void;
  gone(fence: number): void;
}
