/**
 * What a command of the line protocol is, and what it may ask of the connection that
 * sent it. A command is one entry in one table (commands.ts); this is its shape.
 */
import type { Name } from "../core/name.ts";
import type { Mode, Outcome } from "../core/request.ts";
import type { Terms } from "../core/table.ts";
import type { Line } from "./line.ts";
import type { Identity, Listing } from "./listing.ts";
import type { Output } from "./output.ts";

/** One entry of the table. */
export interface Command {
  readonly name: string;
  /** As one would type it: `g NAME`. */
  readonly usage: string;
  /** What it does and answers, in a line. */
  readonly help: string;
  /**
   * Reads its arguments, acts, and puts its reply into `caller.out`.
   * @throws Fault when the arguments cannot be read.
   */
  run(caller: Caller, line: Line): void;
}

/** The connection that sent a command, as far as commands know it. */
export interface Caller {
  readonly out: Output;
  /** `-dump` and `-registry`. */
  readonly features: { readonly dump: boolean; readonly registry: boolean };
  /** `1.2.3.4:5678`, `[::1]:5678` or `unix:N`. */
  readonly address: string;
  /** The registered name, else the address; a character a byte. */
  readonly label: string;

  /** The line's whole argument as a name. @throws Fault when it is too long. */
  name(line: Line): Name;
  acquire(mode: Mode, name: Name, terms: Terms): Outcome;
  release(mode: Mode, name: Name): boolean;
  holders(mode: Mode, name: Name): number;
  /** Registers this connection's name; `""` resets it. */
  register(name: string): void;
  /** The connections that have a name, in the order in which they took one. */
  registered(): Iterable<Identity>;
  /** Key and number, sorted by key. */
  statistics(): readonly (readonly [key: string, value: number])[];
  /** Answers with lines that are gathered now or a little later, before any other reply. */
  list(listing: Listing): void;
}
