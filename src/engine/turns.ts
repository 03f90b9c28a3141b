/**
 * Long work in slices, so that nobody else waits for it: a little at once, the rest in
 * later turns of the event loop, between which everybody is served.
 */
import { turnMilliseconds } from "../limits.ts";

/** One small step; `false` when nothing is left to do. */
export type Step = () => boolean;

/** Runs work, a step of each in turn, within each turn's time. */
export class Turns {
  private readonly queue: Step[] = [];
  private readonly enter: () => void;
  private readonly leave: () => void;
  private spentMilliseconds = 0;
  private running = false;
  private scheduled = false;
  private stopped = false;

  /** `enter` and `leave` bracket what is done in later turns. */
  constructor(enter: () => void, leave: () => void) {
    this.enter = enter;
    this.leave = leave;
  }

  /** Begins now, if this turn has time left. */
  add(step: Step): void {
    this.queue.push(step);
    if (!this.running) this.run();
  }

  stop(): void {
    this.stopped = true;
  }

  private run(): void {
    this.running = true;
    const start = performance.now();
    const until = start + turnMilliseconds - this.spentMilliseconds;
    let now = start;
    while (this.queue.length !== 0 && now < until) {
      const step = this.queue.shift()!;
      if (step()) this.queue.push(step);
      now = performance.now();
    }
    this.spentMilliseconds += now - start;
    this.running = false;
    if (!this.scheduled) this.schedule();
  }

  private schedule(): void {
    this.scheduled = true;
    setImmediate(() => {
      this.scheduled = false;
      this.spentMilliseconds = 0;
      if (this.queue.length === 0 || this.stopped) return;
      this.enter();
      this.run();
      this.leave();
    });
  }
}
