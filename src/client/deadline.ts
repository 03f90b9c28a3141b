/** A moment at which something is done unless it was cancelled; any time from now, or never. */
import { timerMillisecondsMax } from "./bounds.ts";

export class Deadline {
  private readonly at: number;
  private readonly run: () => void;
  private timer: NodeJS.Timeout | undefined;

  /** `milliseconds` from now; `Infinity` for never. */
  constructor(milliseconds: number, run: () => void) {
    this.at = performance.now() + milliseconds;
    this.run = run;
    if (milliseconds !== Infinity) this.arm();
  }

  cancel(): void {
    clearTimeout(this.timer);
  }

  /** The platform's timers cannot count further than 25 days. */
  private arm(): void {
    const left = this.at - performance.now();
    this.timer = setTimeout(
      () => (left > timerMillisecondsMax ? this.arm() : this.run()),
      Math.min(left, timerMillisecondsMax),
    );
  }
}
