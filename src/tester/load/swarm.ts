/**
 * Many connections that send at once: the load engine. It knows bytes and lines, not the
 * lock protocol, so that a benchmark can point it at other servers.
 * Invariant: a run ends, with everything answered or with the reason why not.
 */
import type { Address } from "../connection/address.ts";
import { Histogram } from "./histogram.ts";
import { Lane, type Run } from "./lane.ts";
import type { Script } from "./script.ts";

export interface LoadRun {
  /** What each connection sends, by its number. */
  readonly script: (connection: number) => Script;
  readonly depth: number;
  /** Commands of each connection; without it the time alone ends the run. */
  readonly count?: number;
  readonly seconds?: number;
  /** How long no reply at all may come. */
  readonly stallMilliseconds?: number | undefined;
}

/** What came of one run. */
export interface LoadResult {
  readonly operations: number;
  readonly seconds: number;
  readonly histogram: Histogram;
  /** Replies that were not what was due, and the first of them for people. */
  readonly wrong: number;
  readonly firstWrong: string | undefined;
  /** Why the run could not be finished. */
  readonly failure: string | undefined;
}

/** How long no reply may come, unless a run says otherwise. */
export const stallMillisecondsDefault = 10_000;

export class Swarm {
  readonly #lanes: readonly Lane[];

  private constructor(lanes: readonly Lane[]) {
    this.#lanes = lanes;
  }

  /** @throws what the system says when one of the connections cannot be made. */
  static async open(address: Address, connections: number): Promise<Swarm> {
    const opening = Array.from({ length: connections }, () => Lane.open(address));
    const opened = await Promise.allSettled(opening);
    const lanes = opened.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
    const failed = opened.find((each) => each.status === "rejected");
    if (failed === undefined) return new Swarm(lanes);
    for (const lane of lanes) lane.close();
    throw failed.reason;
  }

  get size(): number {
    return this.#lanes.length;
  }

  close(): void {
    for (const lane of this.#lanes) lane.close();
  }

  async run(load: LoadRun): Promise<LoadResult> {
    const scripts = this.#lanes.map((_, at) => load.script(at));
    const done = Promise.withResolvers<string | undefined>();
    let busy = this.#lanes.length;
    const started = performance.now();
    const run: Run = {
      histogram: new Histogram(),
      depth: load.depth,
      deadline: load.seconds === undefined ? Infinity : started + load.seconds * 1_000,
      replies: 0,
      wrong: 0,
      firstWrong: undefined,
      finished: (failure) => {
        busy -= 1;
        if (failure !== undefined || busy === 0) done.resolve(failure);
      },
    };
    for (const [at, lane] of this.#lanes.entries()) {
      const script = scripts[at];
      if (script !== undefined) lane.start(script, run, load.count ?? Infinity);
    }
    const failure = await withoutStall(
      done.promise,
      () => run.replies,
      load.stallMilliseconds ?? stallMillisecondsDefault,
    );
    const seconds = (performance.now() - started) / 1_000;
    const { histogram, replies, wrong, firstWrong } = run;
    return { operations: replies, seconds, histogram, wrong, firstWrong, failure };
  }
}

/** What the promise brings, or a complaint once `progress` stands still for too long. */
export async function withoutStall(
  done: Promise<string | undefined>,
  progress: () => number,
  limitMilliseconds: number,
): Promise<string | undefined> {
  let [seen, since] = [progress(), performance.now()];
  const stalled = Promise.withResolvers<string>();
  const watch = setInterval(() => {
    const [now, replies] = [performance.now(), progress()];
    if (replies !== seen) [seen, since] = [replies, now];
    else if (now - since > limitMilliseconds)
      stalled.resolve(`no reply for ${limitMilliseconds / 1_000} s with commands in flight`);
  }, 250);
  try {
    return await Promise.race([done, stalled.promise]);
  } finally {
    clearInterval(watch);
  }
}
