/**
 * The process that makes the load, apart from the servers and from the one that times
 * everything, with the engine of `glockd test`.
 * Invariant: one job at a time, each with one answer; it ends when its standard input does.
 */
import type { Address } from "../../src/tester/connection/address.ts";
import { dial } from "../../src/tester/connection/dial.ts";
import { runContention } from "../../src/tester/load/contention.ts";
import { makeScript, type Script, type Step } from "../../src/tester/load/script.ts";
import { Swarm, type LoadResult } from "../../src/tester/load/swarm.ts";
import { cycle } from "./dialects.ts";
import type { Answer, Costs, Job } from "./jobs.ts";
import { loadDurable } from "./durable-load.ts";
import { loadHttp } from "./http-load.ts";
import { standInLine } from "./line.ts";

type Of<Kind extends Job["kind"]> = Extract<Job, { kind: Kind }>;

let holding: Swarm | undefined;
/** Part of each load's names: a key-value server keeps what was left when the time was up. */
let loads = 0;
/** Likewise for what is held: the locks of the last hold may not all be free yet. */
let holds = 0;

for await (const line of console) {
  let answer: Answer;
  try {
    answer = await perform(JSON.parse(line) as Job);
  } catch (error) {
    answer = { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0);

async function perform(job: Job): Promise<Answer> {
  if (job.kind === "load") return await load(job);
  if (job.kind === "http") {
    loads += 1;
    return { ok: true, measured: await loadHttp({ ...job, prefix: `http-${loads}` }) };
  }
  if (job.kind === "durable") {
    loads += 1;
    return { ok: true, measured: await loadDurable({ ...job, prefix: `durable-${loads}` }) };
  }
  if (job.kind === "hold") return await hold(job);
  if (job.kind === "list") return { ok: true, lines: await list(job.port) };
  if (job.kind === "contend") return await contend(job);
  if (job.kind === "line") return { ok: true, costs: await stand(job) };
  holding?.close();
  holding = undefined;
  return { ok: true };
}

function local(port: number): Address & { door: "tcp" } {
  return { door: "tcp", host: "127.0.0.1", port };
}

async function load({ port, work, clients, depth, seconds }: Of<"load">): Promise<Answer> {
  const swarm = await Swarm.open(local(port), clients);
  loads += 1;
  try {
    const scripts = Array.from({ length: clients }, (_, at) =>
      makeScript(stepsOf(work, `lock:${at}:${loads}`), depth),
    );
    const result = await swarm.run({ script: (at) => scriptAt(scripts, at), depth, seconds });
    const { operations, seconds: measuredSeconds, histogram } = checked(result);
    return {
      ok: true,
      measured: { operations, seconds: measuredSeconds, ...histogram.quantiles() },
    };
  } finally {
    swarm.close();
  }
}

async function contend({ port, way, clients, seconds }: Of<"contend">): Promise<Answer> {
  loads += 1;
  const prefix = `contended:${loads}`;
  const result = await runContention({
    address: local(port),
    clients,
    locks: 1,
    way,
    seconds,
    prefix,
  });
  const { operations, seconds: measuredSeconds, commands, grantsMin, grantsMax } = result;
  const quantiles = checked(result).histogram.quantiles();
  const counts = { commands, grantsMin, grantsMax };
  return {
    ok: true,
    contended: { operations, seconds: measuredSeconds, ...counts, ...quantiles },
  };
}

async function stand({ port, shape, waiters, times }: Of<"line">): Promise<Costs> {
  loads += 1;
  return await standInLine({
    address: local(port),
    shape,
    waiters,
    times,
    prefix: `line:${loads}`,
  });
}

function stepsOf(work: Of<"load">["work"], name: string): readonly Step[] {
  return work === "inspect" ? [{ command: `i ${name}\n`, due: "0" }] : cycle(work, name);
}

/** Names are taken in portions, so that scripts stay small. */
async function hold({ port, locks, clients }: Of<"hold">): Promise<Answer> {
  const [portionMax, depth] = [2_000, 64];
  holds += 1;
  holding = await Swarm.open(local(port), clients);
  const each = Math.ceil(locks / clients);
  for (let from = 0; from < each; from += portionMax) {
    const portion = Math.min(portionMax, each - from);
    const script = (at: number): Script => {
      const steps = Array.from({ length: portion }, (_, row) => ({
        command: `g ${twentyBytes(at * each + from + row)}\n`,
        due: "1",
      }));
      return makeScript(steps, depth);
    };
    checked(await holding.run({ script, depth, count: portion }));
  }
  return { ok: true };
}

function twentyBytes(number: number): string {
  return `held-${String(holds * 1e9 + number).padStart(15, "0")}`;
}

async function list(port: number): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let lines = 0;
  const socket = await dial(local(port), {
    data(_socket, bytes) {
      for (let at = bytes.indexOf(10); at !== -1; at = bytes.indexOf(10, at + 1)) lines += 1;
    },
    end: () => resolve(lines),
    close: () => resolve(lines),
  });
  socket.write("d\n");
  socket.shutdown();
  try {
    return await promise;
  } finally {
    socket.end();
  }
}

function scriptAt(scripts: readonly Script[], at: number): Script {
  const script = scripts[at];
  if (script === undefined) throw new Error(`no script for connection ${at}`);
  return script;
}

function checked<Result extends LoadResult>(result: Result): Result {
  if (result.failure !== undefined) throw new Error(result.failure);
  if (result.wrong > 0) throw new Error(`${result.wrong} wrong replies: ${result.firstWrong}`);
  return result;
}
