/**
 * What is known of a server: its locks by listing them again and again, what happens to
 * them by its events.
 * Invariant: listing takes at most a tenth of the time, however many locks there are, so
 * that looking at a server is no load on it.
 */
import { type Client, GlockdError } from "../../client/index.ts";
import { explain } from "../reach/connect.ts";
import type { Reach } from "../reach/reach.ts";
import { Activity, lockId } from "./activity.ts";
import { readEvents } from "./event-stream.ts";
import { rateSeconds } from "./recent.ts";
import { Collection, type Order, type Table } from "./rows.ts";
import { knowsClient, type Web } from "./web.ts";

export interface WatchOptions {
  readonly reach: Reach;
  /** Opens a connection; called anew when one was lost. */
  readonly open: () => Client;
  /** As listings call the connection. */
  readonly name: string;
  readonly prefix: string;
  /** The web port, or why there are no events. */
  readonly web: Web | { readonly why: string };
}

/** A tenth of the time: what a listing took, it pauses nine times. */
const pausesPerListing = 9;
/** As long as rates remember. */
const missedNoteMilliseconds = rateSeconds * 1_000;

export class Watch {
  readonly activity: Activity;
  private readonly options: WatchOptions;
  private readonly ending = new AbortController();
  private client: Client;
  private eventsNote: string;
  private listingNote = "";
  private isTold = false;
  /** Who waits since before the first event is still to be learnt from a listing. */
  private isSeedDue = false;
  private lastMilliseconds = 0;
  private missedAt = -Infinity;

  /** `client` is a connection that works. */
  constructor(client: Client, options: WatchOptions) {
    this.client = client;
    this.options = options;
    this.activity = new Activity(() => performance.now() / 1_000);
    this.eventsNote = "why" in options.web ? options.web.why : "";
  }

  /** What is wrong, "" when all is well. */
  get note(): string {
    return this.listingNote || this.eventsNote || this.missedNote;
  }

  private get missedNote(): string {
    return performance.now() - this.missedAt < missedNoteMilliseconds
      ? "more events than can be read: grants/s are estimated, long waits and holds not timed"
      : "";
  }

  /** Undefined while events are not told. */
  get grantsPerSecond(): number | undefined {
    return this.isTold ? this.activity.grantsPerSecond() : undefined;
  }

  /** How long to pause before the next listing. */
  get pauseMilliseconds(): number {
    return this.lastMilliseconds * pausesPerListing;
  }

  /** Reads events from now on; resolves once they come, or it is known that they do not. */
  listen(): Promise<void> {
    const { web, name } = this.options;
    if ("why" in web) return Promise.resolve();
    const { signal } = this.ending;
    const { promise, resolve } = Promise.withResolvers<void>();
    const told = {
      event: (event: Parameters<Activity["take"]>[0]): void => this.activity.take(event),
      began: (): void => {
        this.activity.forgetWhatIsUnderWay();
        this.isSeedDue = true;
        this.isTold = true;
        this.eventsNote = "";
        resolve();
      },
      missed: (count: number): void => {
        this.activity.missed(count);
        this.missedAt = performance.now();
      },
      ended: (why: string): void => {
        this.isTold = false;
        this.eventsNote = `no grants/s and no times: ${why}; see -web`;
        resolve();
      },
    };
    const isRightServer = async (): Promise<boolean> =>
      !web.isGuess || (await knowsClient(web, name, signal));
    void readEvents(web, told, { signal, isRightServer });
    return promise;
  }

  /** The locks as they are. @throws GlockdError when the server cannot be asked. */
  async firstList(order: Order): Promise<Table> {
    return await this.listing(order, "");
  }

  /** The locks as they are; undefined when the server cannot be asked, which `note` tells. */
  async list(order: Order, filter: string): Promise<Table | undefined> {
    try {
      const table = await this.listing(order, filter);
      this.listingNote = "";
      return table;
    } catch (error) {
      if (!(error instanceof GlockdError)) throw error;
      // Whoever has had enough does not want to hear that this listing was cut short.
      if (this.ending.signal.aborted) return undefined;
      this.listingNote = explain(error, this.options.reach);
      void this.client.close();
      this.client = this.options.open();
      return undefined;
    }
  }

  /** Frees a lock, and tells what came of it. */
  async free(mode: "exclusive" | "shared", name: string): Promise<string> {
    try {
      const freed = await (mode === "shared"
        ? this.client.freeShared(name)
        : this.client.free(name));
      return freed === 0 ? `nobody holds ${name} any more` : `freed ${name}`;
    } catch (error) {
      if (error instanceof GlockdError) return explain(error, this.options.reach);
      throw error;
    }
  }

  async end(): Promise<void> {
    this.ending.abort();
    await this.client.close();
  }

  private async listing(order: Order, filter: string): Promise<Table> {
    const began = performance.now();
    const { prefix } = this.options;
    const activity = this.isTold ? this.activity : undefined;
    const collection = new Collection({ activity, order, filter });
    const isSeeding = this.isSeedDue && this.isTold;
    if (isSeeding) this.isSeedDue = false;
    await this.client.eachLock(prefix, (lock) => {
      if (isSeeding) this.activity.knowWaiters(lockId(lock.mode, lock.name), lock.waiters);
      collection.take(lock);
    });
    this.lastMilliseconds = performance.now() - began;
    return collection.table(prefix);
  }
}
