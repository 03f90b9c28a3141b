/**
 * Answers of many lines: what has to be gathered for them, and how they are put into
 * words page by page, as the client reads them.
 */
import type { Mode } from "../core/request.ts";
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
