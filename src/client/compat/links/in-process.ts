/** A link to a server in this process, without a socket. */
import type { Dial, Link, LinkEvents } from "./link.ts";
import type { Connection, LockdServer, Peer } from "../server.ts";

/** To that server, once it runs. */
export function dialInProcess(server: LockdServer): Dial {
  return (events) => new InProcessLink(server, events);
}

class InProcessLink implements Link, Peer {
  readonly keepsCommandsApart = true;
  private readonly events: LinkEvents;
  private connection: Connection | null = null;
  private isClosed = false;

  constructor(server: LockdServer, events: LinkEvents) {
    this.events = events;
    server.reach(this).then(
      (connection) => this.connected(connection),
      (error: Error) => this.fail(error),
    );
  }

  receive(bytes: Uint8Array): void {
    this.events.bytes(bytes);
  }

  ended(): void {
    this.close(false);
  }

  send(line: string): void {
    this.connection?.send(Buffer.from(line, "utf8"));
  }

  end(): void {
    this.connection?.end();
  }

  destroy(): void {
    if (this.connection !== null) return this.connection.destroy();
    queueMicrotask(() => this.close(false));
  }

  private connected(connection: Connection): void {
    if (this.isClosed) return connection.destroy();
    this.connection = connection;
    this.events.connect();
  }

  private fail(error: Error): void {
    if (this.isClosed) return;
    this.events.error(error);
    this.close(true);
  }

  private close(hadError: boolean): void {
    if (this.isClosed) return;
    this.isClosed = true;
    this.events.close(hadError);
  }
}
