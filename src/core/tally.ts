/**
 * What happened in one name space since the start, in numbers that whoever asks reads at
 * any time: grants, refusals, and for how long was waited and held.
 *
 * Invariant: counting is an increment or two, with nothing allocated: it is on the way of
 * every command.
 */
import { type Outcome, Refusal } from "./request.ts";

/** Bucket n counts what took less than 2^n milliseconds; the last one (37 hours and more) the rest. */
export const durationBuckets = 28;
const bucketMax = durationBuckets - 1;
const wholeMax = 2 ** bucketMax;

/** How long something took, by powers of two of a millisecond. */
export class Durations {
  sumMilliseconds = 0;
  /** The first bucket: most holds of a busy server, and a number by itself is had sooner. */
  private short = 0;
  private readonly long = new Float64Array(durationBuckets);

  /** The clock on the wall may have stepped back: less than nothing counts as nothing. */
  add(milliseconds: number): void {
    if (milliseconds > 0) this.addLong(milliseconds);
    else this.short++;
  }

  /** How many there are in each bucket. */
  counts(): readonly number[] {
    return [this.short, ...this.long.subarray(1)];
  }

  private addLong(milliseconds: number): void {
    this.sumMilliseconds += milliseconds;
    const bucket = milliseconds < wholeMax ? 32 - Math.clz32(milliseconds) : bucketMax;
    this.long[bucket]!++;
  }
}

/** The counters of one name space; they only ever rise. */
export class Tally {
  grants = 0;
  /** Waits that ended without a grant, … */
  ungranted = 0;
  /** … of which the time was over. */
  timedOut = 0;
  /** Holds that their holders did not end: their connections have ended, … */
  orphaned = 0;
  /** … their time was over, … */
  lapsed = 0;
  /** … or somebody took them away. */
  freed = 0;
  readonly waits = new Durations();
  readonly holds = new Durations();
  private readonly refusals = new Float64Array(-Refusal.unavailable + 1);

  /** Counts a refusal and hands it on. */
  refuse(outcome: Outcome): Outcome {
    this.refusals[-outcome]!++;
    return outcome;
  }

  refused(outcome: Outcome): number {
    return this.refusals[-outcome]!;
  }
}
