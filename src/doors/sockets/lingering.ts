/**
 * Connections that were told their last word. Closing one that has sent something nobody
 * read would reset it, and with it what is on its way to the client: so only our side is
 * closed, what still comes is thrown away, and the client has a moment to hang up.
 *
 * Invariant: no connection lingers for longer than `lingerSeconds`, and no more than so
 * many at a time.
 */
import type { Alarm } from "../../core/request.ts";
import { lingerSeconds } from "../../limits.ts";

/** Whatever rings alarms. */
export interface Alarms {
  schedule(alarm: Alarm, milliseconds: number): void;
}

/** The part of a Bun socket that this needs. */
export interface Parting {
  /** Sends FIN. */
  shutdown(): unknown;
  /** Closes; what was written still leaves. */
  close(): unknown;
}

/** Connections of one kind that linger. */
export class Lingering {
  private readonly clock: Alarms;
  private readonly most: number;
  /** The oldest first. */
  private readonly alarms = new Map<Parting, Alarm>();
  /** Those that began or were heard since the last `hush`. */
  private readonly noisy = new Set<Parting>();

  constructor(clock: Alarms, most: number) {
    this.clock = clock;
    this.most = most;
  }

  get size(): number {
    return this.alarms.size;
  }

  /** It was told everything. Its `data` must be ignored, and its `close` told to `settle`. */
  begin(socket: Parting): void {
    if (this.alarms.size >= this.most) {
      const [oldest] = this.alarms.keys();
      oldest?.close();
    }
    const ring = (): void => void socket.close();
    const alarm: Alarm = { kind: "alarm", at: Infinity, position: -1, ring };
    this.alarms.set(socket, alarm);
    this.noisy.add(socket);
    this.clock.schedule(alarm, lingerSeconds * 1000);
    socket.shutdown();
  }

  /** It goes on talking. */
  heard(socket: Parting): void {
    this.noisy.add(socket);
  }

  /** Closes those that have said nothing since the last time: nothing of theirs can be lost. */
  hush(): void {
    for (const socket of [...this.alarms.keys()]) if (!this.noisy.delete(socket)) socket.close();
  }

  /** It has closed. */
  settle(socket: Parting): void {
    this.noisy.delete(socket);
    const alarm = this.alarms.get(socket);
    if (alarm === undefined) return;
    this.alarms.delete(socket);
    this.clock.schedule(alarm, Infinity);
  }

  /** All of them are closed now. */
  end(): void {
    for (const socket of [...this.alarms.keys()]) socket.close();
  }
}
