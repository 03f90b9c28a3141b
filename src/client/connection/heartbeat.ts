/**
 * Pings: they keep proxies from ending a silent connection, and show a server that is
 * gone without a word.
 *
 * Invariant: silence counts in unanswered pings, not in time: after the event loop was
 * blocked for long, what came meanwhile is read before anybody is called dead.
 */
import { pingsUnansweredMax } from "../bounds.ts";

export interface HeartbeatOptions {
  readonly milliseconds: number;
  /** Sends a ping; `heard` is to be called with whatever comes. */
  ping(): void;
  /** The server has answered nothing for too long. */
  silent(): void;
}

export class Heartbeat {
  private unanswered = 0;
  private readonly timer: ReturnType<typeof setInterval>;

  constructor({ milliseconds, ping, silent }: HeartbeatOptions) {
    this.timer = setInterval(() => {
      if (this.unanswered >= pingsUnansweredMax) return silent();
      this.unanswered += 1;
      ping();
    }, milliseconds);
    // The connection keeps the process alive, if anything does.
    this.timer.unref();
  }

  heard(): void {
    this.unanswered = 0;
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
