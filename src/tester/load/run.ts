/**
 * Runs all loads one after another over connections that stay open.
 * Invariant: a load that cannot be finished is a failure with its reason, and the next
 * one starts with fresh connections.
 */
import type { Address } from "../connection/address.ts";
import { CannotConnect } from "../failure.ts";
import type { Quantiles } from "./histogram.ts";
import { runContention } from "./contention.ts";
import type { HandOff, Load } from "./loads.ts";
import { measure } from "./measure.ts";
import { Swarm, type LoadResult } from "./swarm.ts";

export interface LoadOptions {
  readonly address: Address;
  readonly clients: number;
  /** Commands in flight on each connection. */
  readonly depth: number;
  /** Measured time of each load. */
  readonly seconds: number;
  readonly prefix: string;
  /** How long no reply at all may come. */
  readonly stallMilliseconds: number;
}

/** What is reported of one load. */
export interface LoadReport extends Quantiles {
  readonly name: string;
  /** Operations are commands, timed until their reply; or grants, timed from a release on. */
  readonly measures: "commands" | "hand-offs";
  readonly operations: number;
  readonly operationsPerSecond: number;
  readonly seconds: number;
  /** Replies that were not what was due. */
  readonly wrong: number;
  /** Absent when all went well. */
  readonly failure?: string;
}

/**
 * Calls `started` before and `finished` after each load.
 * @throws CannotConnect when the connections cannot be made.
 */
export async function runLoads(
  loads: readonly (Load | HandOff)[],
  options: LoadOptions,
  hooks: {
    readonly started: (load: Load | HandOff) => void;
    readonly finished: (report: LoadReport) => void;
  },
): Promise<void> {
  let swarms: Swarms | undefined;
  try {
    for (const load of loads) {
      hooks.started(load);
      if (load.kind === "hand-off") {
        hooks.finished(await handOff(load, options));
        continue;
      }
      swarms ??= await warm(load, options, await openSwarms(options));
      const result = await measure(load, { ...options, ...swarms });
      if (result.failure !== undefined) swarms = closeSwarms(swarms);
      hooks.finished(reportOf(load.name, "commands", result));
    }
  } finally {
    closeSwarms(swarms);
  }
}

/** With connections of its own: a wait may not stand behind others' commands. */
async function handOff(load: HandOff, options: LoadOptions): Promise<LoadReport> {
  const { address, clients, seconds, prefix, stallMilliseconds } = options;
  const locks = Math.max(1, Math.floor(clients / load.clientsEach));
  const way = { kind: "wait" } as const;
  const contest = { address, clients, locks, seconds, prefix, stallMilliseconds, way };
  const result = await runContention(contest).catch((error: unknown) => {
    throw cannotOpen(clients, error);
  });
  return reportOf(load.name, "hand-offs", result);
}

/** What runs first is slow, here and there, until it is compiled; that is not the load's. */
const warmUpSeconds = 0.3;

async function warm(load: Load, options: LoadOptions, swarms: Swarms): Promise<Swarms> {
  const seconds = Math.min(warmUpSeconds, options.seconds);
  const { failure } = await measure(load, { ...options, ...swarms, seconds });
  if (failure === undefined) return swarms;
  // It will fail in the same way when it counts.
  closeSwarms(swarms);
  return await openSwarms(options);
}

interface Swarms {
  readonly swarm: Swarm;
  readonly keeper: Swarm;
}

async function openSwarms({ address, clients }: LoadOptions): Promise<Swarms> {
  let keeper: Swarm | undefined;
  try {
    keeper = await Swarm.open(address, 1);
    return { keeper, swarm: await Swarm.open(address, clients) };
  } catch (error) {
    keeper?.close();
    throw cannotOpen(clients, error);
  }
}

function cannotOpen(clients: number, error: unknown): CannotConnect {
  const reason = error instanceof Error ? error.message : String(error);
  return new CannotConnect(
    `cannot open ${clients} connections: ${reason}; the server or this system may allow fewer`,
  );
}

function closeSwarms(swarms: Swarms | undefined): undefined {
  swarms?.swarm.close();
  swarms?.keeper.close();
}

function reportOf(name: string, measures: LoadReport["measures"], result: LoadResult): LoadReport {
  const failure =
    result.failure ??
    (result.wrong > 0 ? `${result.wrong} wrong replies: ${result.firstWrong}` : undefined);
  return {
    name,
    measures,
    operations: result.operations,
    operationsPerSecond: result.seconds > 0 ? result.operations / result.seconds : 0,
    seconds: result.seconds,
    wrong: result.wrong,
    ...result.histogram.quantiles(),
    ...(failure === undefined ? {} : { failure }),
  };
}
