/**
 * What happened lately, in constant memory: how often, and how long things took.
 * Invariant: nothing that is older than the window it tells of is counted.
 */
import { Histogram } from "../../tester/load/histogram.ts";

/** Seconds over which a rate is told. */
export const rateSeconds = 10;

/** How often something happened in the last ten seconds, or since it is looked at. */
export class Rate {
  private readonly counts = new Float64Array(rateSeconds);
  private readonly sinceSecond: number;
  private lastSecond: number;

  /** Seconds are those of a clock that never goes back. */
  constructor(nowSeconds: number) {
    this.sinceSecond = nowSeconds;
    this.lastSecond = Math.floor(nowSeconds);
  }

  add(nowSeconds: number, count = 1): void {
    this.forget(nowSeconds);
    const slot = this.lastSecond % rateSeconds;
    this.counts[slot] = (this.counts[slot] ?? 0) + count;
  }

  perSecond(nowSeconds: number): number {
    this.forget(nowSeconds);
    const sum = this.counts.reduce((one, other) => one + other, 0);
    // The window holds nine whole seconds and what has passed of the tenth.
    const windowed = rateSeconds - 1 + (nowSeconds - Math.floor(nowSeconds));
    const seconds = Math.min(nowSeconds - this.sinceSecond, windowed);
    return sum / Math.max(seconds, 1);
  }

  private forget(nowSeconds: number): void {
    const second = Math.floor(nowSeconds);
    const passed = Math.min(second - this.lastSecond, rateSeconds);
    for (let n = 1; n <= passed; n++) this.counts[(this.lastSecond + n) % rateSeconds] = 0;
    this.lastSecond = Math.max(second, this.lastSecond);
  }
}

/** A window is this long; what is told covers the last one and what there is of this. */
const windowSeconds = 60;
/** An error of 6 % is less than a terminal's column shows. */
const precisionBits = 4;

/** How long things took in the last one to two minutes. */
export class RecentDurations {
  private current = new Histogram(precisionBits);
  private previous: Histogram | undefined;
  private fromSeconds: number;

  constructor(nowSeconds: number) {
    this.fromSeconds = nowSeconds;
  }

  record(milliseconds: number, nowSeconds: number): void {
    this.turn(nowSeconds);
    this.current.record(milliseconds * 1e6);
  }

  /** The milliseconds that `fraction` of them did not exceed; undefined when there are none. */
  millisecondsAt(fraction: number, nowSeconds: number): number | undefined {
    this.turn(nowSeconds);
    const both = new Histogram(precisionBits);
    both.add(this.current);
    if (this.previous !== undefined) both.add(this.previous);
    return both.count === 0 ? undefined : both.nanosecondsAt(fraction) / 1e6;
  }

  private turn(nowSeconds: number): void {
    const age = nowSeconds - this.fromSeconds;
    if (age < windowSeconds) return;
    this.previous = age < 2 * windowSeconds && this.current.count > 0 ? this.current : undefined;
    if (this.current.count > 0) this.current = new Histogram(precisionBits);
    this.fromSeconds = nowSeconds;
  }
}
