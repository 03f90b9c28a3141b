/**
 * Many clients that want few locks: how many grants a second come of it, and how soon a
 * released lock is in the next one's hands.
 * Invariant: a run ends, with every lock released or with the reason why not.
 */
import type { Address } from "../connection/address.ts";
import { Contender, type Contest, type Contested, type Way } from "./contender.ts";
import { Histogram } from "./histogram.ts";
import { stallMillisecondsDefault, withoutStall, type LoadResult } from "./swarm.ts";

export interface ContentionOptions {
  readonly address: Address;
  readonly clients: number;
  /** Each client wants one of them, all the time. */
  readonly locks: number;
  readonly way: Way;
  readonly seconds: number;
  /** All names start with it. */
  readonly prefix: string;
  readonly stallMilliseconds?: number | undefined;
}

/** `operations` are grants, and the histogram is of hand-offs: from a release to the next grant. */
export interface ContentionResult extends LoadResult {
  /** Asked with and released with. */
  readonly commands: number;
  /** Of the client that got its lock least often, and of the one that got it most often. */
  readonly grantsMin: number;
  readonly grantsMax: number;
}

/** What runs first is slow, here and there, until it is compiled. */
const warmUpSeconds = 0.1;

/** @throws what the system says when one of the connections cannot be made. */
export async function runContention(options: ContentionOptions): Promise<ContentionResult> {
  const opening = Array.from({ length: options.clients }, () => Contender.open(options.address));
  const opened = await Promise.allSettled(opening);
  const contenders = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  try {
    const refused = opened.find((each) => each.status === "rejected");
    if (refused !== undefined) throw refused.reason;
    const warmUp = Math.min(warmUpSeconds, options.seconds);
    await contend(contenders, { ...options, seconds: warmUp });
    return await contend(contenders, options);
  } finally {
    for (const contender of contenders) contender.close();
  }
}

async function contend(
  contenders: readonly Contender[],
  options: ContentionOptions,
): Promise<ContentionResult> {
  const locks = Array.from({ length: options.locks }, (_, at): Contested => ({
    name: `${options.prefix}-${at}`,
    fence: 0,
    releasedAt: Number.NaN,
  }));
  const done = Promise.withResolvers<string | undefined>();
  let busy = contenders.length;
  const started = performance.now();
  const contest: Contest = {
    way: options.way,
    histogram: new Histogram(),
    deadline: started + options.seconds * 1_000,
    grants: 0,
    commands: 0,
    replies: 0,
    wrong: 0,
    firstWrong: undefined,
    finished: (failure) => {
      busy -= 1;
      if (failure !== undefined || busy === 0) done.resolve(failure);
    },
  };
  for (const [at, contender] of contenders.entries()) {
    const lock = locks[at % locks.length];
    if (lock !== undefined) contender.start(contest, lock);
  }
  const { stallMilliseconds = stallMillisecondsDefault } = options;
  const failure = await withoutStall(done.promise, () => contest.replies, stallMilliseconds);
  const grants = contenders.map((contender) => contender.grants);
  const { histogram, commands, wrong, firstWrong } = contest;
  return {
    operations: contest.grants,
    // The rest went into bringing it to an end.
    seconds: options.seconds,
    histogram,
    wrong,
    firstWrong,
    failure,
    commands,
    grantsMin: Math.min(...grants),
    grantsMax: Math.max(...grants),
  };
}
