/**
 * Makes guessing slow: an address that was wrong a few times waits longer and longer
 * before its next attempt is looked at. All attempts of an address stand in one line, so
 * that many connections guess no faster than one.
 *
 * Invariant: an address has no more attempts under way than it may still be wrong without
 * waiting, or one; and no more addresses are kept than `slowedAddressesMax`.
 */
import type { Clock } from "../clock.ts";
import {
  attemptsWaitingMax,
  attemptsWaitingOfSlowedMax,
  failuresForgottenSeconds,
  failuresFree,
  failureDelaySeconds,
  failureDelaySecondsMax,
  slowedAddressesMax,
} from "../limits.ts";
import { networkOf } from "./network.ts";

/** An attempt that may be looked at now. */
export interface Attempt {
  /** To be called once, when it is known whether it was right. */
  end(right: boolean): void;
}

/** Where attempts come from. */
interface Place {
  failures: number;
  lastFailureMilliseconds: number;
  notBeforeMilliseconds: number;
  underWay: number;
  readonly line: ((attempt: Attempt | null) => void)[];
  alarmed: boolean;
}

/** For addresses that find no room in the table of a server under attack: one line for all. */
const elsewhere = "elsewhere";
/** How many of the oldest entries are looked at to find one that can go. */
const oldestLookedAt = 16;

/** One server's addresses. */
export class SlowDown {
  private readonly clock: Clock;
  /** In the order of their last failures. */
  private readonly places = new Map<string, Place>();
  private waiting = 0;

  constructor(clock: Clock) {
    this.clock = clock;
  }

  /** Resolves when the attempt may be looked at; `null`: too many wait already. */
  begin(address: string): Promise<Attempt | null> {
    const key = this.keyFor(networkOf(address));
    const place = this.places.get(key) ?? this.add(key);
    this.forgive(place);
    const slowed = place.failures >= failuresFree;
    const full = slowed && place.line.length >= attemptsWaitingOfSlowedMax;
    if (full || this.waiting >= attemptsWaitingMax) return Promise.resolve(null);
    return new Promise((decide) => {
      place.line.push(decide);
      this.waiting++;
      this.proceed(key, place);
    });
  }

  /** How many addresses are kept. */
  get size(): number {
    return this.places.size;
  }

  /** Lets those of that place begin who may. */
  private proceed(key: string, place: Place): void {
    while (place.line.length > 0) {
      if (place.underWay >= Math.max(1, failuresFree - place.failures)) return;
      if (this.clock.monotonicMs() < place.notBeforeMilliseconds) return this.wakeLater(key, place);
      place.underWay++;
      this.leaveLine(place)({ end: (right) => this.end(key, place, right) });
    }
    if (place.underWay === 0 && place.failures === 0) this.places.delete(key);
  }

  private end(key: string, place: Place, right: boolean): void {
    place.underWay--;
    if (!right) {
      const now = this.clock.monotonicMs();
      place.failures++;
      place.lastFailureMilliseconds = now;
      place.notBeforeMilliseconds = now + delayMilliseconds(place.failures);
      this.places.delete(key);
      this.places.set(key, place);
    }
    if (place.failures >= failuresFree) {
      while (place.line.length > attemptsWaitingOfSlowedMax) this.leaveLine(place)(null);
    }
    this.proceed(key, place);
  }

  private leaveLine(place: Place): (attempt: Attempt | null) => void {
    this.waiting--;
    return place.line.shift()!;
  }

  private wakeLater(key: string, place: Place): void {
    if (place.alarmed) return;
    place.alarmed = true;
    this.clock.wakeAt(place.notBeforeMilliseconds, () => {
      place.alarmed = false;
      this.proceed(key, place);
    });
  }

  private forgive(place: Place): void {
    const quiet = this.clock.monotonicMs() - place.lastFailureMilliseconds;
    if (quiet > failuresForgottenSeconds * 1000) place.failures = 0;
  }

  /** The key itself, if there is or can be made room for it. */
  private keyFor(key: string): string {
    if (this.places.has(key) || this.places.size < slowedAddressesMax - 1) return key;
    let looked = 0;
    for (const [oldest, place] of this.places) {
      if (++looked > oldestLookedAt) break;
      if (oldest === elsewhere || place.underWay > 0 || place.line.length > 0) continue;
      this.places.delete(oldest);
      return key;
    }
    return elsewhere;
  }

  private add(key: string): Place {
    const place: Place = {
      failures: 0,
      lastFailureMilliseconds: -Infinity,
      notBeforeMilliseconds: -Infinity,
      underWay: 0,
      line: [],
      alarmed: false,
    };
    this.places.set(key, place);
    return place;
  }
}

/** After that many failures: nothing, then 1 s, 2 s, 4 s, up to the most. */
function delayMilliseconds(failures: number): number {
  if (failures < failuresFree) return 0;
  const seconds = failureDelaySeconds * 2 ** (failures - failuresFree);
  return Math.min(seconds, failureDelaySecondsMax) * 1000;
}
