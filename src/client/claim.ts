/**
 * What this process has asked the server for or holds there, through one connection: from
 * the moment when it may be asked for until it is given up or lost.
 *
 * Invariant: a claim that is held has at least one handle, and each of its handles is told
 * when it is lost; one that is over is told nothing.
 */
import type { Link } from "./connection/link.ts";
import type { LostError } from "./errors.ts";
import type { Want } from "./wants.ts";

/** What the user has of a hold. */
export interface Holder {
  lose(error: LostError): void;
}

export class Claim {
  readonly name: string;
  readonly want: Want;
  /** Which of the client's connections carries it. */
  readonly seat: number;
  state: "asking" | "held" | "over" = "asking";
  /** That it was granted through, or null. */
  link: Link | null = null;
  /** Of an exclusive hold. */
  fence = 0;
  /** Of a shared lock, when it was granted. */
  sharers = 0;
  /** By `performance.now()`; only of what others may join. */
  grantedAt = 0;
  readonly holders: Holder[] = [];

  constructor(name: string, want: Want, seat: number) {
    this.name = name;
    this.want = want;
    this.seat = seat;
  }

  drop(holder: Holder): void {
    const index = this.holders.indexOf(holder);
    if (index !== -1) this.holders.splice(index, 1);
  }

  /** Tells all who hold it, each once. */
  lose(error: LostError): void {
    this.state = "over";
    for (const holder of this.holders.splice(0)) holder.lose(error);
  }
}
