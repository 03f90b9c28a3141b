/**
 * What a command of the line protocol is, and what it may ask of the connection that
 * sent it. A command is one entry in one table (commands.ts); this is its shape.
 */
import type { Name } from "../core/records/name.ts";
import type { Keyed, Mode, Outcome } from "../core/request.ts";
import type { Terms } from "../core/table.ts";
import type { Line } from "./line.ts";
import type { Identity, Listing } from "./listing.ts";
import type { Output } from "./output.ts";

/**
 * Who may use a command: anybody, also before saying who they are; who may look; who may
 * take and free locks; administrators.
 */
export type Need = "nothing" | "read" | "lock" | "admin";

/** One entry of the table. */
export interface Command {
  readonly name: string;
  /** As one would type it: `g NAME`. */
  readonly usage: string;
  /** What it does and answers, in a line. */
  readonly help: string;
  /** Commands that need `lock` name the lock with `caller.lockName`. */
  readonly needs: Need;
  /** It takes a lock, which is refused while the server waits for its holders to finish. */
  readonly takes?: true;
  /**
   * Reads its arguments, acts, and puts its reply into `caller.out`.
   * @throws Fault when the arguments cannot be read, or a limit is reached.
   */
  run(caller: Caller, line: Line): void;
}

/** What is asked for when waiting is possible. */
export interface Ask {
  readonly mode: Mode;
  readonly keyed: Keyed | null;
  /** Holders that a shared lock may have with this one; `0`: any number. */
  readonly limit: number;
  /** How long to wait at most; `Infinity` for ever. */
  readonly milliseconds: number;
}

/** Puts the reply that tells how a request ended. @throws Fault at a limit. */
export type Answer = (out: Output, outcome: Outcome, name: Name) => void;

/** The connection that sent a command, as far as commands know it. */
export interface Caller {
  readonly out: Output;
  /** `-dump` and `-registry`. */
  readonly features: { readonly dump: boolean; readonly registry: boolean };
  readonly keyBytesMax: number;
  /** Whether it may see keys. */
  readonly administrator: boolean;
  /** `1.2.3.4:5678`, `[::1]:5678` or `unix:N`. */
  readonly address: string;
  /** The registered name, else the address; a character a byte. */
  readonly label: string;

  /** The line's whole argument as a name. @throws Fault when it is too long. */
  name(line: Line): Name;
  /** The same of a lock that is to be taken, renewed or freed. @throws Fault when it may not be. */
  lockName(line: Line): Name;
  /** For what need not wait. */
  acquire(mode: Mode, name: Name, terms: Terms): Outcome;
  /** Answers now, or when the wait that it takes has ended, and the hold is kept if it has to be. */
  request(name: Name, ask: Ask, answer: Answer): void;
  release(mode: Mode, name: Name): boolean;
  /** Under a key, the registered name holds, or the key itself. */
  requestor(key: string): string;
  /** Answers with 1 or, when it held nothing under the key, 0; once that is kept. */
  releaseKeyed(name: Name, keyed: Omit<Keyed, "ttlMilliseconds">, answer: Answer): void;
  /** Likewise. */
  renewKeyed(name: Name, keyed: Keyed, answer: Answer): void;
  /** Ends the tagged wait; `false` when there is none. */
  cancel(tag: string): boolean;
  holders(mode: Mode, name: Name): number;
  /** Of the exclusive lock that this connection holds; 0 when it does not. */
  fence(name: Name): number;
  /** Takes the lock from all its holders; answers with how many they were, once that is kept. */
  free(mode: Mode, name: Name, answer: Answer): void;
  /** For the record: it was refused that command. */
  denied(command: string, reason: string): void;

  /** Registers this connection's name; `""` resets it. */
  register(name: string): void;
  /** The connections that have a name, in the order in which they took one. */
  registered(): Iterable<Identity>;
  /** Says who it is; answered once that is checked, before any other command is done. */
  authenticate(token: string): void;
  /** Silence that ends the connection; 0: none does. */
  beat(milliseconds: number): void;
  /** Whether it wants to be told of locks that it loses. */
  notify(on: boolean): void;
  /** Key and number, sorted by key. */
  statistics(): readonly (readonly [key: string, value: number])[];
  /** Answers with lines that are gathered now or a little later, before any other reply. */
  list(listing: Listing): void;
}
