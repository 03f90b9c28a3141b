/**
 * How long things take while a lock is waited for; tests bring a quicker one.
 * Invariant: whoever pauses can be woken by the signal.
 */
import type { Answer } from "./locker.ts";
import { LockerError } from "./locker.ts";

export interface Pace {
  /** Between two attempts at a lock on a server that cannot wait itself. */
  readonly pollMilliseconds: number;
  /**
   * After this time a request that waits is joined by a fresh one, and ends after twice
   * the time: proxies cut what is silent for a minute, and a dead connection says nothing.
   */
  readonly handOverMilliseconds: number;
  /** How long a server that has answered before may be gone. */
  readonly patienceMilliseconds: number;
  /** Before the first repetition of what was not answered; it doubles, up to the poll. */
  readonly retryMilliseconds: number;
  now(): number;
  pause(milliseconds: number, signal?: AbortSignal): Promise<void>;
}

export const usualPace: Pace = {
  pollMilliseconds: 30_000,
  handOverMilliseconds: 25_000,
  patienceMilliseconds: 300_000,
  retryMilliseconds: 1_000,
  now: () => performance.now(),
  pause: (milliseconds, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(done, milliseconds);
      function done(): void {
        clearTimeout(timer);
        signal?.removeEventListener("abort", done);
        resolve();
      }
      signal?.addEventListener("abort", done);
    }),
};

/** One outage of the server: how often it was asked in vain, and since when. */
export class Outage {
  private readonly pace: Pace;
  private readonly say: (line: string) => void;
  private sinceMilliseconds: number | undefined;
  private nextMilliseconds: number;

  constructor(pace: Pace, say: (line: string) => void) {
    this.pace = pace;
    this.say = say;
    this.nextMilliseconds = pace.retryMilliseconds;
  }

  over(): void {
    this.sinceMilliseconds = undefined;
    this.nextMilliseconds = this.pace.retryMilliseconds;
  }

  /** Pauses before the next attempt. @throws the error when it does not help to ask again. */
  async endure(error: unknown): Promise<void> {
    if (!(error instanceof LockerError) || !error.lost) throw error;
    const { now, pause, patienceMilliseconds, pollMilliseconds } = this.pace;
    if (this.sinceMilliseconds === undefined) {
      this.sinceMilliseconds = now();
      this.say(`${error.message}; trying again`);
    }
    if (now() - this.sinceMilliseconds >= patienceMilliseconds) throw error;
    const milliseconds = this.nextMilliseconds;
    this.nextMilliseconds = Math.min(milliseconds * 2, pollMilliseconds);
    await pause(milliseconds);
  }
}

/** The answer of a server that has answered before: its absence is endured for a while. */
export async function persistently(
  ask: () => Promise<Answer>,
  pace: Pace,
  say: (line: string) => void,
): Promise<Answer> {
  const outage = new Outage(pace, say);
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      await outage.endure(error);
    }
  }
}
