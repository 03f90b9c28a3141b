/**
 * What all sessions of a server share: the engine, what is allowed, what was counted,
 * who is here and under which name.
 */
import type { Authority, Credential } from "../auth/authority.ts";
import type { TellDenial } from "../auth/denial.ts";
import type { Clock } from "../clock.ts";
import type { HashSeed } from "../core/records/hash.ts";
import type { Alarm } from "../core/request.ts";
import type { Engine, EngineOwner } from "../engine/engine.ts";
import { type Limits, refusedLingeringMax, stopQuietMilliseconds } from "../limits.ts";
import type { Logger } from "../log.ts";
import { commands, countedFromStart } from "../protocol/commands.ts";
import { Line } from "../protocol/line.ts";
import type { Identity } from "../protocol/listing.ts";
import { Output } from "../protocol/output.ts";
import { shuttingDown } from "../protocol/replies.ts";
import { Lingering } from "./sockets/lingering.ts";
import { Outbox } from "./outbox.ts";
import type { Direct } from "./sockets/stream-socket.ts";

/** What the lock table knows a connection as. */
export interface Owner extends Identity, EngineOwner {
  /** Who it has proved to be; `null`: nobody in particular. */
  readonly credential: Credential | null;
}

/** The audit log, as far as doors know of it. */
export interface Auditing {
  readonly denied: TellDenial;
  /** Lines that are in the file, and those that never will be. */
  counts(): { readonly written: number; readonly dropped: number };
}

/** Who is here: a connection, or a request that takes its time. */
export interface Presence {
  /** Counts from 1 and is never given again. */
  readonly number: number;
  readonly guest: Identity;
  readonly sinceWallMilliseconds: number;
  /** What ends with it, … */
  holds(): number;
  /** … and what it waits for. */
  waits(): number;
}

/** What the lobby asks of a connection. */
export interface Visitor extends Presence {
  /** The server stops, and nothing you wait for will be granted. */
  refuseWaits(): void;
  /** What you hold is yours for so many seconds at most; nothing more will be granted. */
  drain(seconds: number): void;
  /** Leave once your replies are taken. */
  dismiss(): void;
  /** Leave now. */
  drop(reason: string): void;
  /** The credentials have changed. */
  credentialsChanged(): void;
}

export interface LobbyOptions {
  readonly engine: Engine<Owner>;
  readonly authority: Authority;
  readonly features: { readonly dump: boolean; readonly registry: boolean };
  readonly limits: Limits;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly auditing?: Auditing | null;
  /** For plain connections; absent or `null` where Bun does all reading and writing. */
  readonly direct?: Direct | null;
}

/** Limits that were hit at the doors, by what was too much; the table counts its own. */
export interface LimitHits {
  connections: number;
  tags: number;
  line: number;
  name: number;
}

/** One server's visitors. */
export class Lobby {
  readonly engine: Engine<Owner>;
  readonly seed: HashSeed;
  readonly authority: Authority;
  readonly features: LobbyOptions["features"];
  readonly limits: Limits;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly startedWallMilliseconds: number;
  /** Whether sessions tell what they do; asked before anything is built for it. */
  verbose: boolean;
  /** One for all: a packet's replies are committed before the next packet is looked at. */
  readonly out = new Output();
  readonly outbox: Outbox;
  readonly direct: Direct | null;
  readonly line = new Line();
  /** Connections that are open. */
  readonly sessions = new Set<Visitor>();
  /** Those of them that never hold a lock nor wait for one. */
  readonly onlookers = new Set<Visitor>();
  /** Connections that still shake hands: they count, but nobody has come in. */
  readonly arrivals = new Set<{ terminate(): unknown }>();
  /** Those who were one too many, and are told so. */
  readonly refused = new Lingering(this, refusedLingeringMax);
  /** Those who were here, and were told that it is over. */
  readonly leaving = new Lingering(this, Infinity);
  /** Those of them that registered a name, in the order in which they did. */
  readonly named = new Set<Identity>();
  /** How often each command was used, by its index in the table. */
  readonly counts = new Float64Array(commands.length);
  invalidCommands = 0;
  readonly limitHits: LimitHits = { connections: 0, tags: 0, line: 0, name: 0 };
  /** Connections that we ended, since the start. */
  dropped = 0;
  /** `null`: nobody keeps a record. */
  readonly auditing: Auditing | null;
  /** Who frees, or releases what may be another's, while that lasts. */
  acting: Owner | null = null;
  private unixConnections = 0;
  private visitors = 0;
  private state: "serving" | "draining" | "closing" = "serving";
  private emptied = (): void => {};

  constructor(options: LobbyOptions) {
    this.engine = options.engine;
    this.seed = options.engine.seed;
    this.authority = options.authority;
    this.features = options.features;
    this.limits = options.limits;
    this.logger = options.logger;
    this.clock = options.clock;
    this.startedWallMilliseconds = options.clock.wallMs();
    this.verbose = options.logger.verbose;
    this.auditing = options.auditing ?? null;
    this.direct = options.direct ?? null;
    const intake = this.direct === null ? null : { read: () => this.takeIn() };
    this.outbox = new Outbox(this.out, { intake, clock: this.clock });
  }

  /** Why a new connection cannot be had, as its only reply; `null` when it can. */
  refusal(): string | null {
    if (!this.isServing) return shuttingDown;
    return this.isFull() ? "0 Limit Reached: connections" : null;
  }

  /** Everybody is who they are by now, or goes. */
  credentialsChanged(): void {
    for (const session of [...this.sessions]) session.credentialsChanged();
  }

  /** Whether connections and locks can be had. */
  get isServing(): boolean {
    return this.state === "serving";
  }

  /** Whether the server is about to stop, and nothing is done any more. */
  get isClosing(): boolean {
    return this.state === "closing";
  }

  /** Whether one more would be too many; that is counted. */
  isFull(): boolean {
    if (this.sessions.size + this.arrivals.size < this.limits.connectionsMax) return false;
    this.limitHits.connections++;
    return true;
  }

  /** Rings in that time, counted from now; `Infinity`: not any more. From outside of the engine. */
  schedule(alarm: Alarm, milliseconds: number): void {
    this.engine.enter();
    this.engine.schedule(alarm, milliseconds);
    this.engine.leave();
  }

  /** For a new visitor. */
  nextNumber(): number {
    return ++this.visitors;
  }

  /** Nobody is let in any more, and nobody is granted anything; who holds goes on for so long. */
  drain(seconds: number): void {
    this.state = "draining";
    this.engine.closeLines();
    for (const session of [...this.sessions]) session.drain(seconds);
  }

  /** Nobody is let in any more. */
  close(): void {
    this.state = "closing";
  }

  /** Everybody goes: once they took their replies, or when time is over. */
  async farewell(milliseconds: number): Promise<void> {
    const empty = new Promise<void>((resolve) => (this.emptied = resolve));
    // First, so that nobody is granted what others leave or release, only to be cut off.
    this.engine.closeLines();
    for (const session of this.sessions) session.refuseWaits();
    this.outbox.flush();
    for (const session of [...this.sessions]) session.dismiss();
    for (const socket of [...this.arrivals]) socket.terminate();
    this.refused.end();
    if (this.sessions.size === 0) return;
    const timer = setTimeout(() => {
      for (const session of [...this.sessions]) session.drop("shutting down");
    }, milliseconds);
    const hush = setInterval(() => this.leaving.hush(), stopQuietMilliseconds);
    await empty;
    clearTimeout(timer);
    clearInterval(hush);
  }

  /** The session has ended. */
  forget(session: Visitor): void {
    this.sessions.delete(session);
    this.onlookers.delete(session);
    if (this.sessions.size === 0) this.emptied();
  }

  /**
   * More input, while everybody who may hold a lock is read like that. Who comes by TLS, HTTP
   * or a WebSocket is seen to go by Bun alone, and what they leave must not be refused to others.
   */
  private takeIn(): boolean {
    const { direct, sessions, onlookers } = this;
    return direct !== null && direct.watched + onlookers.size === sessions.size && direct.read();
  }

  /** `unix:N`, N counting from 1. */
  nextUnixAddress(): string {
    return `unix:${++this.unixConnections}`;
  }

  /** The lines of `q`, sorted by key. */
  statistics(): (readonly [string, number])[] {
    const counts = this.engine.counts();
    const lines: [string, number][] = [
      ["connections", this.sessions.size],
      ["invalid_commands", this.invalidCommands],
      ["locks", counts.locks],
      ["orphans", counts.orphans],
      ["shared_locks", counts.sharedLocks],
      ["shared_orphans", counts.sharedOrphans],
    ];
    commands.forEach(({ name }, index) => {
      const count = this.counts[index]!;
      if (count > 0 || countedFromStart.includes(name)) lines.push([`command_${name}`, count]);
    });
    return lines.sort(([a], [b]) => (a < b ? -1 : 1));
  }
}
