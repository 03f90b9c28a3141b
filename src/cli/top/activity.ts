/**
 * What the server's events say of each lock: grants a second, how long grants were waited
 * for, and how long they were held.
 * Invariant: memory is bounded, however many locks and clients there are: the locks that
 * were active last are kept, and of each a bounded number of waits and holds under way.
 */
import { Rate, RecentDurations } from "./recent.ts";

/** An event as `GET /v1/events` tells it. */
export interface LockEvent {
  readonly type: string;
  readonly lock: string;
  readonly mode: "exclusive" | "shared";
  readonly client: string | null;
  readonly name: string | null;
  readonly fence: number | null;
  /** Of the server's clock. */
  readonly milliseconds: number;
}

/** What is known of one lock; undefined where nothing was seen. */
export interface LockActivity {
  readonly grantsPerSecond: number;
  readonly waitP50: number | undefined;
  readonly waitP99: number | undefined;
  readonly holdP50: number | undefined;
  readonly holdP99: number | undefined;
}

/** Locks whose activity is kept, 25 KB each at most. */
export const locksKeptMax = 500;
/** Waits and holds of one lock that are timed at once; further ones are only counted. */
const timedMax = 200;

/** In front of a name: both name spaces in one table. */
export function lockId(mode: "exclusive" | "shared", name: string): string {
  return `${mode === "shared" ? "s" : "e"}${name}`;
}

interface Traffic {
  readonly grants: Rate;
  /** Grants seen since events were missed. */
  seenGrants: number;
  readonly waits: RecentDurations;
  readonly holds: RecentDurations;
  /** When they came, by who waits. */
  readonly waiting: Map<string, number[]>;
  waitingCount: number;
  /** Who waited before anybody looked: since when is not known. */
  unknownWaits: number;
  /** When they were granted, by fence. */
  readonly held: Map<number, number>;
}

export class Activity {
  /** The least recently active first. */
  private readonly locks = new Map<string, Traffic>();
  private readonly all: Rate;
  /** Since events were missed: how many were seen, … */
  private seen = 0;
  /** … and how many of them were grants. */
  private seenGrants = 0;
  private readonly sinceSeconds: number;
  private readonly now: () => number;

  /** `now` tells seconds that never go back. */
  constructor(now: () => number) {
    this.now = now;
    this.sinceSeconds = now();
    this.all = new Rate(this.sinceSeconds);
  }

  take(event: LockEvent): void {
    const traffic = this.touch(lockId(event.mode, event.lock));
    this.seen += 1;
    if (event.type === "waiting") wait(traffic, event);
    else if (event.type === "cancelled") endOfWait(traffic, event);
    else if (event.type === "granted") this.granted(traffic, event);
    else this.ended(traffic, event);
  }

  /** So many events were not seen: rates count them as if they had been like those before. */
  missed(count: number): void {
    const now = this.now();
    const each = count / Math.max(this.seen, 1);
    this.all.add(now, this.seenGrants * each);
    for (const traffic of this.locks.values()) {
      if (traffic.seenGrants > 0) traffic.grants.add(now, traffic.seenGrants * each);
      traffic.seenGrants = 0;
    }
    this.seen = 0;
    this.seenGrants = 0;
  }

  /** Some events may have been missed: what was under way then may have ended. */
  forgetWhatIsUnderWay(): void {
    for (const traffic of this.locks.values()) {
      traffic.waiting.clear();
      traffic.waitingCount = 0;
      traffic.unknownWaits = 0;
      traffic.held.clear();
    }
  }

  /** So many wait for the lock, as a listing says: some of them since before the first event. */
  knowWaiters(id: string, waiters: number): void {
    if (waiters === 0 || (!this.locks.has(id) && this.locks.size >= locksKeptMax)) return;
    const traffic = this.touch(id);
    traffic.unknownWaits = Math.max(0, waiters - traffic.waitingCount);
  }

  of(id: string): LockActivity | undefined {
    const traffic = this.locks.get(id);
    if (traffic === undefined) return undefined;
    const now = this.now();
    return {
      grantsPerSecond: traffic.grants.perSecond(now),
      waitP50: traffic.waits.millisecondsAt(0.5, now),
      waitP99: traffic.waits.millisecondsAt(0.99, now),
      holdP50: traffic.holds.millisecondsAt(0.5, now),
      holdP99: traffic.holds.millisecondsAt(0.99, now),
    };
  }

  /** Of all locks, kept or not. */
  grantsPerSecond(): number {
    return this.all.perSecond(this.now());
  }

  /** The locks that are kept, by `lockId`. */
  ids(): IterableIterator<string> {
    return this.locks.keys();
  }

  private touch(id: string): Traffic {
    const known = this.locks.get(id);
    this.locks.delete(id);
    const traffic = known ?? newTraffic(this.sinceSeconds, this.now());
    this.locks.set(id, traffic);
    if (this.locks.size > locksKeptMax) {
      const [oldest] = this.locks.keys();
      if (oldest !== undefined) this.locks.delete(oldest);
    }
    return traffic;
  }

  private granted(traffic: Traffic, event: LockEvent): void {
    const { fence, milliseconds } = event;
    // The same hold once more: its count was raised, or its time to live begins anew.
    if (fence !== null && traffic.held.has(fence)) return;
    const now = this.now();
    this.all.add(now);
    traffic.grants.add(now);
    traffic.seenGrants += 1;
    this.seenGrants += 1;
    const since = endOfWait(traffic, event);
    if (since !== "unknown") traffic.waits.record(milliseconds - since, now);
    if (fence !== null && traffic.held.size < timedMax) traffic.held.set(fence, milliseconds);
  }

  private ended(traffic: Traffic, { fence, milliseconds }: LockEvent): void {
    const since = fence === null ? undefined : traffic.held.get(fence);
    if (fence === null || since === undefined) return;
    traffic.held.delete(fence);
    traffic.holds.record(milliseconds - since, this.now());
  }
}

/** Nothing was granted between the beginning and now. */
function newTraffic(sinceSeconds: number, now: number): Traffic {
  return {
    grants: new Rate(sinceSeconds),
    seenGrants: 0,
    waits: new RecentDurations(now),
    holds: new RecentDurations(now),
    waiting: new Map(),
    waitingCount: 0,
    unknownWaits: 0,
    held: new Map(),
  };
}

function wait(traffic: Traffic, event: LockEvent): void {
  if (traffic.waitingCount >= timedMax) return void (traffic.unknownWaits += 1);
  const who = waiterOf(event);
  const since = traffic.waiting.get(who);
  if (since === undefined) traffic.waiting.set(who, [event.milliseconds]);
  else since.push(event.milliseconds);
  traffic.waitingCount += 1;
}

/** When the wait began: now, if there was none. Who waits twice is granted in order. */
function endOfWait(traffic: Traffic, event: LockEvent): number | "unknown" {
  const who = waiterOf(event);
  const since = traffic.waiting.get(who);
  const first = since?.shift();
  if (first === undefined) {
    if (traffic.unknownWaits === 0) return event.milliseconds;
    traffic.unknownWaits -= 1;
    return "unknown";
  }
  traffic.waitingCount -= 1;
  if (since?.length === 0) traffic.waiting.delete(who);
  return first;
}

function waiterOf({ client, name }: LockEvent): string {
  return `${client ?? ""} ${name ?? ""}`;
}
