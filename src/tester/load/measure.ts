/**
 * Measures one load: sets it up, runs it for as long as asked, puts things back.
 * Invariant: only the load's own steps are timed; replies are checked in all of it.
 */
import { Histogram } from "./histogram.ts";
import type { Load, StepsOf } from "./loads.ts";
import { makeScript, type Script } from "./script.ts";
import type { LoadResult, LoadRun, Swarm } from "./swarm.ts";

export interface MeasureOptions {
  /** The connections that are measured. */
  readonly swarm: Swarm;
  /** One more connection, which holds what others shall find held. */
  readonly keeper: Swarm;
  /** Commands that each connection keeps in flight. */
  readonly depth: number;
  /** Measured time; what goes before and after comes on top. */
  readonly seconds: number;
  /** All names start with it. */
  readonly prefix: string;
  /** How long no reply at all may come. */
  readonly stallMilliseconds: number;
}

/** Sums of all runs of one load. */
class Total {
  readonly histogram = new Histogram();
  operations = 0;
  seconds = 0;
  wrong = 0;
  firstWrong: string | undefined;
  failure: string | undefined;

  /** Unmeasured runs count only for what was wrong in them. */
  add(result: LoadResult, measured: boolean): void {
    this.wrong += result.wrong;
    this.firstWrong ??= result.firstWrong;
    this.failure ??= result.failure;
    if (!measured) return;
    this.histogram.add(result.histogram);
    this.operations += result.operations;
    this.seconds += result.seconds;
  }
}

export async function measure(load: Load, options: MeasureOptions): Promise<LoadResult> {
  const { swarm, keeper, seconds } = options;
  const total = new Total();
  const run = async (of: Swarm, phase: Phase | undefined, measured = false): Promise<void> => {
    if (phase === undefined || total.failure !== undefined) return;
    total.add(await of.run(phase), measured);
  };
  const [before, steps, after] = [load.before, load.steps, load.after].map((each) =>
    whole(each, options),
  );
  await run(keeper, whole(load.held && everyones(load.held.get, swarm.size), options));
  do {
    await run(swarm, before);
    await run(swarm, load.repeat === "once" ? steps : forSeconds(steps, seconds), true);
    await run(swarm, after);
  } while (total.failure === undefined && load.repeat === "once" && total.seconds < seconds);
  await run(keeper, whole(load.held && everyones(load.held.release, swarm.size), options));
  return total;
}

/** A run with the scripts that it needs, made once however often it is repeated. */
type Phase = LoadRun;

/** Every script from its start to its end. */
function whole(
  steps: StepsOf | undefined,
  { depth, prefix, stallMilliseconds }: MeasureOptions,
): Phase | undefined {
  if (steps === undefined) return undefined;
  const made = new Map<number, Script>();
  const script = (connection: number): Script => {
    const known = made.get(connection) ?? makeScript(steps(prefix, connection), depth);
    made.set(connection, known);
    return known;
  };
  return { script, depth, count: steps(prefix, 0).length, stallMilliseconds };
}

function forSeconds(phase: Phase | undefined, seconds: number): Phase | undefined {
  if (phase === undefined) return undefined;
  const { script, depth, stallMilliseconds } = phase;
  return { script, depth, stallMilliseconds, seconds };
}

/** The steps of all connections for one. */
function everyones(steps: StepsOf, connections: number): StepsOf {
  return (prefix) => Array.from({ length: connections }, (_, at) => steps(prefix, at)).flat();
}
