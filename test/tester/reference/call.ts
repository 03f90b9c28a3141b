/** One command of one peer, as those who answer it see it. */
import type { Fault } from "./fault.ts";
import type { Locks } from "./locks.ts";
import type { Peer } from "./request.ts";

/** The reference, as far as its commands need it. */
export interface Host {
  readonly fault: Fault | undefined;
  readonly disabled: ReadonlySet<string>;
  readonly locks: Locks;
  readonly peers: ReadonlySet<Peer>;
  /** Refused so far, for who errs now and then. */
  refusals: number;
  /** The numbers of `q`. */
  statistics(): readonly (readonly [string, number])[];
  /** A beat starts anew. */
  heard(peer: Peer): void;
  /** What stood behind a wait without a tag. */
  goOn(peer: Peer): void;
}

export interface Call {
  readonly reference: Host;
  readonly peer: Peer;
  readonly command: string;
  /** What stands behind the command. */
  readonly words: readonly string[];
  /** The same in one piece. */
  readonly name: string;
  readonly tag: string | undefined;
  /** A reply with the tag in front. */
  readonly prefixed: (reply: string) => string;
  /** Says something when the command is long done. */
  readonly later: (lines: readonly string[]) => void;
}

/** The lines of the reply; `undefined` when it comes later. */
export type Command = (call: Call) => readonly string[] | undefined;
