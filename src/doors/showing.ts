/**
 * One listing on its way to a client: gathered, then put out page by page, as fast as
 * the client reads.
 *
 * Invariant: `done` is called exactly once, whether the listing was read to its end or
 * its connection is no more; then its snapshot is free.
 */
import type { Alarm } from "../core/request.ts";
import { linesPerStep, listingStallSeconds } from "../limits.ts";
import type { Listing, Pages } from "../protocol/listing.ts";
import type { Output } from "../protocol/output.ts";
import type { Lobby } from "./lobby.ts";
import type { Port } from "./port.ts";

export interface ShowingOptions {
  readonly lobby: Lobby;
  readonly port: Port;
  /** `null` for an untagged listing. */
  readonly tag: string | null;
  /** Called after the last line. */
  readonly onEnd: () => void;
  /** Called when the client has not read for too long. */
  readonly onStall: () => void;
}

/** A listing in progress. */
export class Showing {
  private readonly lobby: Lobby;
  private readonly port: Port;
  private readonly out: Output;
  private readonly tag: string | null;
  private readonly onEnd: () => void;
  private readonly stall: Alarm;
  private pages: Pages | null = null;
  private done: (() => void) | null = null;
  private over = false;

  constructor(options: ShowingOptions) {
    const { lobby, port, tag, onEnd, onStall } = options;
    this.lobby = lobby;
    this.port = port;
    this.out = lobby.out;
    this.tag = tag;
    this.onEnd = onEnd;
    this.stall = { kind: "alarm", at: Infinity, position: -1, ring: onStall };
  }

  gather(listing: Listing): void {
    this.lobby.engine.gather({
      modes: listing.modes,
      only: listing.only,
      ready: (snapshots, done) => this.begin(listing.pages(snapshots), done),
    });
  }

  /** What it shows is gathered. */
  begin(pages: Pages, done: () => void): void {
    if (this.over) return done();
    this.pages = pages;
    this.done = done;
    if (this.tag !== null) {
      this.out.text(pages.oneReply ? `@${this.tag} ` : `@${this.tag} ${pages.lines} lines\n`);
    }
    // A short one is put out whole, behind the replies that came before it.
    if (pages.lines <= linesPerStep) return this.finish();
    // Others may have their turn before the first page, and put into the same buffer.
    this.port.part(this.out);
    this.lobby.engine.turns.add(this.step);
  }

  /** The client has taken everything so far. */
  goOn(): void {
    if (this.pages === null || this.over) return;
    this.lobby.engine.schedule(this.stall, Infinity);
    this.lobby.engine.turns.add(this.step);
  }

  /** The connection is no more, or everything is said. */
  end(): void {
    if (this.over) return;
    this.over = true;
    this.lobby.engine.schedule(this.stall, Infinity);
    this.done?.();
  }

  private readonly step = (): boolean => {
    if (this.over) return false;
    if (this.port.blocked) {
      this.lobby.engine.schedule(this.stall, listingStallSeconds * 1000);
      return false;
    }
    if (!this.pages!.next(this.out, linesPerStep)) {
      this.complete();
      return false;
    }
    this.port.part(this.out);
    return true;
  };

  private finish(): void {
    while (this.pages!.next(this.out, linesPerStep));
    this.complete();
  }

  private complete(): void {
    this.port.reply(this.out);
    // Committed before somebody else's listing begins, through the same buffer.
    this.port.flush(this.out);
    this.onEnd();
    this.end();
  }
}
