/**
 * Answers of many lines: what has to be gathered for them, and how they are put into
 * words page by page, as the client reads them.
 */
import type { Keyed, Mode } from "../core/request.ts";
import type { Snapshot } from "../core/snapshot.ts";
import type { Output } from "./output.ts";

/** Who is listed: a connection's address and its registered name, if it has one. */
export interface Identity {
  readonly address: string;
  readonly label: string;
}

/** A listing's lines, put out some at a time. */
export interface Pages {
  /** How many lines there will be. */
  readonly lines: number;
  /** A reply like any other that happens to be long, not lines to be counted. */
  readonly oneReply: boolean;
  /** Puts about `linesMax` more lines; `false` when that was all. */
  next(out: Output, linesMax: number): boolean;
}

/** An answer that needs the locks as they are at one moment. */
export interface Listing {
  /** The name spaces that it lists; none when it only needs nobody to be departing. */
  readonly modes: readonly Mode[];
  /** One lock's name, in bytes of our own; `null` for all of them. */
  readonly only: Uint8Array | null;
  /** Snapshots in the order of `modes`. */
  pages(snapshots: readonly Snapshot<Identity>[]): Pages;
}

/** A name's bytes as text; what is no UTF-8 is replaced. */
export function decoded(bytes: Uint8Array): string {
  // The first one takes Bun a millisecond to make: listening comes first.
  decoder ??= new TextDecoder("utf-8", { ignoreBOM: true });
  return decoder.decode(bytes);
}

let decoder: TextDecoder | undefined;

/**
 * What somebody is called in JSON: the requestor of a keyed hold, else the registered
 * name. `null` where there is neither, or the key itself would be told, for keys are
 * shown to administrators only.
 */
export function nameOf(
  owner: Identity | null,
  keyed: Pick<Keyed, "key" | "requestor"> | null,
  withKeys: boolean,
): string | null {
  const registered = owner !== null && owner.label !== owner.address ? owner.label : null;
  const told = keyed !== null && (withKeys || keyed.requestor !== keyed.key);
  const name = told ? keyed.requestor : registered;
  return name === null ? null : decoded(Buffer.from(name, "latin1"));
}
