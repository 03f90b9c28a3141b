/**
 * The connections of one client. One carries everything; more are made only where one
 * process needs to be several holders at once: permits of a semaphore, and readers that
 * came so late that a writer elsewhere might wait.
 *
 * Invariant: what is not used is closed after a while, but never the first.
 */
import { lingerMilliseconds } from "../bounds.ts";
import { Connection, type ConnectionOwner } from "./connection.ts";
import type { GlockdError } from "../errors.ts";
import type { Settings } from "../options.ts";
import { dialStream } from "../transport/stream.ts";
import type { Dial } from "../transport/transport.ts";
import { dialWeb } from "../transport/web.ts";
import type { Seats } from "../asking/turns.ts";
import { ClosedError } from "../errors.ts";

interface Extra {
  readonly connection: Connection;
  uses: number;
  linger: NodeJS.Timeout | undefined;
}

export class Connections implements Seats {
  readonly first: Connection;
  readonly max: number;
  private readonly dial: Dial;
  private readonly settings: Settings;
  private readonly owner: ConnectionOwner;
  private readonly extras: (Extra | undefined)[] = [];

  constructor(settings: Settings, owner: ConnectionOwner) {
    const { address } = settings;
    this.settings = settings;
    // Only the first connection's state is the client's.
    this.owner = {
      lost: (...loss) => owner.lost(...loss),
      ended: (...end) => owner.ended(...end),
      changed: () => undefined,
    };
    this.max = settings.connectionsMax;
    this.dial = address.door === "web" ? dialWeb(address.url) : dialStream(address);
    this.first = new Connection({ dial: this.dial, settings, owner, eager: true });
  }

  /** The connection of a seat that was taken. */
  at(seat: number): Connection {
    return seat === 0 ? this.first : this.extras[seat]!.connection;
  }

  take(seat: number): void {
    if (seat === 0) return;
    const extra = (this.extras[seat] ??= this.extra());
    extra.uses += 1;
    clearTimeout(extra.linger);
  }

  leave(seat: number): void {
    const extra = this.extras[seat];
    if (extra === undefined) return;
    extra.uses -= 1;
    if (extra.uses > 0) return;
    extra.linger = setTimeout(() => {
      this.extras[seat] = undefined;
      void extra.connection.close(new ClosedError("the connection was not needed any more"));
    }, lingerMilliseconds);
    extra.linger.unref();
  }

  /** Resolves when the server knows that they are gone. */
  async close(why: GlockdError): Promise<void> {
    const extras = this.extras.filter((extra) => extra !== undefined);
    for (const { linger } of extras) clearTimeout(linger);
    const closing = [this.first.close(why)];
    for (const { connection } of extras) closing.push(connection.close(why));
    await Promise.all(closing);
  }

  private extra(): Extra {
    const { dial, settings, owner } = this;
    const connection = new Connection({ dial, settings, owner, eager: false });
    return { connection, uses: 0, linger: undefined };
  }
}
