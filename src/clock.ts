/**
 * The time, as an argument: wall-clock time for people and records, monotonic time for
 * whatever must wait or lapse, so that a step of the clock ends nobody's lock early.
 */

export interface Clock {
  /** Milliseconds since the epoch; may step, and may be as old as the turn of the event loop. */
  wallMs(): number;
  /** Milliseconds that only ever rise, from any origin. */
  monotonicMs(): number;
  /** Calls `run` once at or after that monotonic time; the result cancels. */
  wakeAt(monotonicMs: number, run: () => void): () => void;
}

/** A longer delay would overflow the timer and fire at once; waking early does no harm. */
const delayMillisecondsMax = 2 ** 31 - 1;

/** Read once a turn of the event loop: at each packet it costs as much as finding a lock. */
function wallMs(): number {
  if (wallOfTurn === 0) {
    wallOfTurn = Date.now();
    setImmediate(forgetWall);
  }
  return wallOfTurn;
}

let wallOfTurn = 0;

function forgetWall(): void {
  wallOfTurn = 0;
}

export const systemClock: Clock = {
  wallMs,
  monotonicMs: () => performance.now(),
  wakeAt(monotonicMs, run) {
    const delay = Math.max(0, Math.ceil(monotonicMs - performance.now()));
    const timer = setTimeout(run, Math.min(delay, delayMillisecondsMax));
    return () => clearTimeout(timer);
  },
};
