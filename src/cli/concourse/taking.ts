/**
 * Takes a lock, however long others hold it: in the server's line where it has one
 * (`/v1`), else by asking again and again.
 * Invariant: when it resolves, the requestor holds the lock under the key, and its count
 * was raised once.
 */
import { randomUUID } from "node:crypto";
import { type Answer, type Locker, LockerError } from "./locker.ts";
import { holdersOf, isHolder, type Locks, readLocks } from "./locks.ts";
import { Outage, type Pace } from "./pace.ts";
import { stand } from "./standing.ts";

/** A lock, and who wants it. */
export interface Wanted {
  readonly name: string;
  readonly key: string;
  readonly requestor: string;
}

export interface TakeOptions {
  readonly locker: Locker;
  readonly wanted: Wanted;
  /** As they were a moment ago. */
  readonly locks: Locks;
  readonly pace: Pace;
  /** Tells people a line. */
  readonly say: (line: string) => void;
}

/**
 * Servers remember an Idempotency-Key for an hour from the first request; a grant at the
 * end of the wait leaves this much less of it for asking again when the answer is lost.
 */
const waitSeconds = 3_300;

/** @throws LockerError */
export async function take(options: TakeOptions): Promise<void> {
  const { locks, wanted, say } = options;
  const holders = holdersOf(locks, wanted.name);
  if (holders !== undefined && !isHeldUnder(locks, wanted))
    say(`the lock ${wanted.name} is held by ${holders}; waiting`);
  if (await takeInLine(options)) return;
  await takeByPolling(options);
}

/** False when the server has no line to stand in, or not for such a name or key. */
async function takeInLine({ locker, wanted, pace, say }: TakeOptions): Promise<boolean> {
  const { name, key, requestor } = wanted;
  const outage = new Outage(pace, say);
  let told = false;
  const stillWaiting = (): void => {
    if (!told) say(`still waiting for the lock ${name}`);
    told = true;
  };
  for (;;) {
    const request = {
      method: "POST",
      path: `/v1/locks/${encodeURIComponent(name)}`,
      body: { key, requestor, ttl: 0, wait: waitSeconds },
      // Each wait its own: what an earlier one took may have been taken away since.
      headers: { "Idempotency-Key": randomUUID() },
    };
    const ask = async (signal: AbortSignal): Promise<Answer> => {
      const answer = await locker.ask({ ...request, signal });
      if (answer.status < 500) return answer;
      throw locker.refused(`lock ${name}`, answer);
    };
    const answer = await stand({ ask, pace, outage, stillWaiting });
    outage.over();
    if (answer.status === 201) return true;
    if (!isOfV1(answer)) return false;
    // The time is over, or what was granted is gone again: a new wait.
    if (answer.status === 408 || answer.status === 410) continue;
    // What the older dialect takes, and the answer to it, says more.
    if (answer.status === 400) return false;
    throw locker.refused(`lock ${name}`, answer);
  }
}

function isOfV1({ status, isProblem }: Answer): boolean {
  return isProblem || status === 401 || status === 403;
}

async function takeByPolling({ locker, wanted, pace, say }: TakeOptions): Promise<void> {
  const { name, key, requestor } = wanted;
  const outage = new Outage(pace, say);
  const request = {
    method: "PUT",
    path: `/lock/${encodeURIComponent(name)}`,
    body: { key, requestor },
  };
  let told = false;
  for (;;) {
    try {
      const answer = await locker.ask(request);
      if (answer.status === 200) return;
      if (answer.status !== 423) throw locker.refused(`lock ${name}`, answer);
      outage.over();
      if (!told) say(`the lock ${name} is taken; asking again every ${seconds(pace)} s`);
      told = true;
      await pace.pause(pace.pollMilliseconds);
    } catch (error) {
      await outage.endure(error);
      // The request may have been followed, and only its answer be lost.
      if (await isTaken(locker, wanted)) return;
    }
  }
}

function seconds({ pollMilliseconds }: Pace): number {
  return pollMilliseconds / 1_000;
}

async function isTaken(locker: Locker, wanted: Wanted): Promise<boolean> {
  try {
    const answer = await locker.ask({ method: "GET", path: "/locks" });
    return answer.status === 200 && isHolder(readLocks(answer), wanted);
  } catch (error) {
    if (error instanceof LockerError && error.lost) return false;
    throw error;
  }
}

function isHeldUnder(locks: Locks, { name, key }: Wanted): boolean {
  const holder = locks.get(name) as { key?: unknown } | undefined;
  return holder?.key === key;
}
