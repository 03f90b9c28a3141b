/**
 * `glockd test`: judges a running server by rules, then measures it.
 * Invariant: whatever the server does, this ends, says what it found, and leaves nothing
 * on the server.
 */
import { UsageError } from "../flag.ts";
import { describeAddress, type Address } from "./connection/address.ts";
import { CannotConnect, type Evidence, NoReply, RuleFailure } from "./failure.ts";
import { probeFeatures, type Features } from "./features.ts";
import { ownCommand } from "./holder.ts";
import { loads } from "./load/loads.ts";
import { runLoads } from "./load/run.ts";
import type { Reporter, Summary } from "./report/reporter.ts";
import type { RuleResult } from "./rule.ts";
import { rules } from "./rules/index.ts";
import { Runner } from "./runner.ts";

export interface TesterOptions {
  readonly address: Address;
  readonly reporter: Reporter;
  /** Only what has this in its name; `*` stands for anything. */
  readonly only?: string | undefined;
  /** Whether to measure after the rules. */
  readonly load: boolean;
  readonly clients: number;
  readonly depth: number;
  /** Measured time of each load. */
  readonly seconds: number;
  /** How long one reply may take. */
  readonly limitMilliseconds?: number;
  /** How this program is started again as a child. */
  readonly ownCommand?: readonly string[];
  /** Ends the run early; the connections are closed and the children killed. */
  readonly signal?: AbortSignal;
}

/** A reply takes less than a millisecond; this is for a busy machine, or a far one. */
export const limitMillisecondsDefault = 5_000;

/**
 * Runs everything.
 * @returns the exit status: 0 all passed, 1 something failed, 130 interrupted.
 * @throws CannotConnect, and UsageError when nothing has the name asked for.
 */
export async function runTester(options: TesterOptions): Promise<number> {
  const { address, limitMilliseconds = limitMillisecondsDefault } = options;
  const chosen = choose(options);
  const runner = new Runner({
    address,
    limitMilliseconds,
    ownCommand: options.ownCommand ?? ownCommand(),
  });
  const interrupted = Promise.withResolvers<number>();
  options.signal?.addEventListener("abort", () => interrupted.resolve(130));
  try {
    return await Promise.race([
      judge(runner, chosen, { ...options, limitMilliseconds }),
      interrupted.promise,
    ]);
  } finally {
    await runner.cleanUp();
  }
}

interface Chosen {
  readonly rules: typeof rules;
  readonly loads: typeof loads;
}

function choose({ only, load }: TesterOptions): Chosen {
  const pattern = new RegExp((only ?? "").split("*").map(RegExp.escape).join(".*"), "i");
  const named = <T extends { readonly name: string }>(all: readonly T[]): readonly T[] =>
    all.filter(({ name }) => pattern.test(name));
  const chosen = { rules: named(rules), loads: load ? named(loads) : [] };
  if (chosen.rules.length + chosen.loads.length > 0) return chosen;
  const themes = new Set([...rules, ...loads].map(({ name }) => name.slice(0, name.indexOf(":"))));
  throw new UsageError(
    `--only: no rule or load has ${JSON.stringify(only)} in its name; the themes are ${[...themes].join(", ")}`,
  );
}

async function judge(
  runner: Runner,
  chosen: Chosen,
  options: TesterOptions & { readonly limitMilliseconds: number },
): Promise<number> {
  const { reporter } = options;
  const tally = new Tally();
  const first = await runner.connect();
  reporter.begin(describeAddress(options.address));
  const features = await probe(runner, options, first);
  if (features instanceof Error) tally.rule(noServer(features, options.address), reporter);
  else {
    for (const rule of chosen.rules) tally.rule(await runner.run(rule, features), reporter);
    for (const note of oddities(runner)) reporter.note(note);
    if (chosen.loads.length > 0) await measureAll(runner, chosen, features, options, tally);
  }
  reporter.end(tally.summary());
  return tally.summary().failed > 0 ? 1 : 0;
}

function noServer(error: NoReply | RuleFailure, address: Address): RuleResult {
  const evidence = error instanceof RuleFailure ? error.evidence : silence(error, address);
  const failure = { outcome: "fail", conversation: [], ...evidence } as const;
  return { name: "the server answers", milliseconds: 0, ...failure };
}

function silence({ message, isEnd }: NoReply, { door, access }: Address): Evidence {
  const mayBeTls = isEnd && door === "tcp" && access?.tls === undefined;
  return {
    sent: "i, with a name that nobody holds",
    came: `no reply: ${message}${mayBeTls ? "; does it want TLS? See -tls" : ""}`,
    due: "0 Lock Not Locked",
  };
}

/** The error of a server that does not answer, or as no lock server does: no rule can tell more. */
async function probe(
  runner: Runner,
  { address, limitMilliseconds }: TesterOptions & { readonly limitMilliseconds: number },
  connection: Awaited<ReturnType<Runner["connect"]>>,
): Promise<Features | NoReply | RuleFailure> {
  try {
    return await probeFeatures(connection, address, runner.uniqueName, limitMilliseconds);
  } catch (error) {
    if (error instanceof NoReply || error instanceof RuleFailure) return error;
    throw error;
  } finally {
    await runner.cleanUp();
  }
}

/** What was seen of older servers that no client minds. */
function oddities({ observations }: Runner): readonly string[] {
  return [
    ...(observations.carriageReturns
      ? ["this server ends some replies with CR LF, as older ones do; due is LF"]
      : []),
    ...(observations.emptyMessages
      ? ["this server sends empty WebSocket messages, as older ones do"]
      : []),
  ];
}

async function measureAll(
  runner: Runner,
  chosen: Chosen,
  features: Features,
  options: TesterOptions & { readonly limitMilliseconds: number },
  tally: Tally,
): Promise<void> {
  const { reporter, address, clients, seconds } = options;
  // Under load a reply stands behind many others.
  const stallMilliseconds = 2 * options.limitMilliseconds;
  const depth = features.pipelining === undefined ? options.depth : 1;
  if (depth < options.depth) reporter.note(`one in flight only: ${features.pipelining}`);
  reporter.loads(clients, depth, seconds);
  const possible = chosen.loads.filter((load) => {
    const reason = load.needs.map((need) => features[need]).find((each) => each !== undefined);
    if (reason !== undefined) tally.loadSkipped(load.name, reason, reporter);
    return reason === undefined;
  });
  let done = 0;
  try {
    await runLoads(
      possible,
      { address, clients, depth, seconds, prefix: runner.uniqueName("load"), stallMilliseconds },
      {
        started: (load) => reporter.progress(load.name, done, possible.length),
        finished: (report) => {
          done += 1;
          tally.load(report.failure);
          reporter.load(report);
        },
      },
    );
  } catch (error) {
    if (!(error instanceof CannotConnect)) throw error;
    tally.load(error.message);
    reporter.note(error.message);
  }
}

class Tally {
  #passed = 0;
  #failed = 0;
  #skipped = 0;

  rule(result: RuleResult, reporter: Reporter): void {
    if (result.outcome === "pass") this.#passed += 1;
    else if (result.outcome === "fail") this.#failed += 1;
    else this.#skipped += 1;
    reporter.rule(result);
  }

  loadSkipped(name: string, reason: string, reporter: Reporter): void {
    this.#skipped += 1;
    reporter.loadSkipped(name, reason);
  }

  load(failure: string | undefined): void {
    if (failure === undefined) this.#passed += 1;
    else this.#failed += 1;
  }

  summary(): Summary {
    return { passed: this.#passed, failed: this.#failed, skipped: this.#skipped };
  }
}
