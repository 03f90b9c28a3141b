/** A clock that stands still until a test moves it. */
import type { Clock } from "../src/clock.ts";

interface Alarm {
  readonly at: number;
  readonly run: () => void;
}

/** Wall-clock and monotonic time move together; alarms ring in the order of their times. */
export class FakeClock implements Clock {
  private wall: number;
  private monotonic = 1_000;
  private readonly alarms = new Set<Alarm>();

  constructor(wallMilliseconds: number = Date.UTC(2026, 0, 2, 3, 4, 5, 678)) {
    this.wall = wallMilliseconds;
  }

  wallMs(): number {
    return this.wall;
  }

  monotonicMs(): number {
    return this.monotonic;
  }

  wakeAt(monotonicMs: number, run: () => void): () => void {
    const alarm: Alarm = { at: monotonicMs, run };
    this.alarms.add(alarm);
    return () => this.alarms.delete(alarm);
  }

  /** Lets time pass; what is due on the way happens at its time. */
  advance(milliseconds: number): void {
    const end = this.monotonic + milliseconds;
    for (;;) {
      const next = [...this.alarms].sort((a, b) => a.at - b.at)[0];
      if (next === undefined || next.at > end) break;
      this.alarms.delete(next);
      this.moveTo(Math.max(this.monotonic, next.at));
      next.run();
    }
    this.moveTo(end);
  }

  private moveTo(monotonic: number): void {
    this.wall += monotonic - this.monotonic;
    this.monotonic = monotonic;
  }
}
