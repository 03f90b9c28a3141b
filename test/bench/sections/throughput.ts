/**
 * Get and release in turn: this server, a key-value server doing the same, and the floor.
 * Invariant: rounds are interleaved, so that what else the machine does hits all alike.
 */
import type { Measured } from "../jobs.ts";
import type { Bench, Section } from "./section.ts";
import {
  keyValueServer,
  nullServer,
  nullServerInC,
  processorSeconds,
  start,
  type Peer,
  type RunningPeer,
} from "../servers.ts";
import { median, table, whole } from "../table.ts";
import { Worker } from "../worker.ts";

const depths = [1, 16, 64];
/** The first run of a server is slower: nothing is compiled yet. Not shown. */
const warmUpSeconds = 0.3;

interface Contender {
  readonly peer: Peer;
  readonly server: RunningPeer;
}

interface Sample extends Measured {
  /** Of the server, for one command; NaN where the system does not tell. */
  readonly processorNanoseconds: number;
}

export const throughput: Section = {
  name: "throughput",
  async run(bench) {
    const { peers, remove } = await findPeers(bench);
    const worker = new Worker();
    const contenders: Contender[] = [];
    try {
      for (const peer of peers) contenders.push({ peer, server: await start(peer) });
      for (const contender of contenders)
        await sample(worker, contender, 16, {
          ...bench,
          seconds: Math.min(warmUpSeconds, bench.seconds),
        });
      const samples = await rounds(bench, worker, contenders);
      bench.write(shown(bench, contenders, samples));
    } finally {
      for (const { server } of contenders) await server.stop();
      await worker.stop();
      await remove();
    }
  },
};

async function findPeers(
  bench: Bench,
): Promise<{ peers: readonly Peer[]; remove: () => Promise<void> }> {
  const keyValue = keyValueServer();
  if (keyValue === undefined)
    bench.write("  neither valkey-server nor redis-server is installed: not compared\n");
  const inC = await nullServerInC();
  if (inC === undefined)
    bench.write("  no C compiler (cc) or no epoll here: the null server in C is left out\n");
  const peers = [bench.glockd, keyValue, inC?.peer, nullServer()].filter(
    (peer) => peer !== undefined,
  );
  return { peers, remove: inC?.remove ?? (async () => undefined) };
}

/** By depth, then by contender: one sample a round. */
async function rounds(
  bench: Bench,
  worker: Worker,
  contenders: readonly Contender[],
): Promise<Map<number, Sample[][]>> {
  const samples = new Map(depths.map((depth) => [depth, contenders.map((): Sample[] => [])]));
  for (let round = 0; round < bench.rounds; round += 1)
    for (const depth of depths)
      for (const [at, contender] of contenders.entries())
        samples.get(depth)?.[at]?.push(await sample(worker, contender, depth, bench));
  return samples;
}

async function sample(
  worker: Worker,
  { peer, server }: Contender,
  depth: number,
  bench: Bench,
): Promise<Sample> {
  const { clients, seconds } = bench;
  const before = await processorSeconds(server.pid);
  const measured = await worker.load({
    port: server.port,
    work: peer.dialect,
    clients,
    depth,
    seconds,
  });
  const used = ((await processorSeconds(server.pid)) ?? Number.NaN) - (before ?? Number.NaN);
  return { ...measured, processorNanoseconds: (used / measured.operations) * 1e9 };
}

function shown(
  bench: Bench,
  contenders: readonly Contender[],
  samples: Map<number, Sample[][]>,
): string {
  const rows: string[][] = [];
  for (const [depth, byContender] of samples) {
    const medians = byContender.map(medianSample);
    const own = perSecond(medians[0]);
    for (const [at, { peer }] of contenders.entries()) {
      const one = medians[at];
      if (one === undefined) continue;
      const times = [one.p50Microseconds, one.p99Microseconds, one.p999Microseconds].map(whole);
      const processor = Number.isNaN(one.processorNanoseconds)
        ? "?"
        : whole(one.processorNanoseconds);
      const ratio = at === 0 ? "" : `${(own / perSecond(one)).toFixed(2)}×`;
      rows.push([peer.name, `${depth}`, whole(perSecond(one)), ...times, processor, ratio]);
    }
  }
  const heads = [
    "server",
    "in flight",
    "commands/s",
    "p50 µs",
    "p99 µs",
    "p99.9 µs",
    "processor ns",
    "glockd is",
  ];
  return (
    `Get and release in turn over ${bench.clients} connections; the median of ${bench.rounds} rounds of ${bench.seconds} s, interleaved.\n` +
    "Processor time is the server's, for one command.\n" +
    table(heads, rows)
  );
}

/** The round whose speed is the median, whole: its latencies belong to it. */
function medianSample(samples: readonly Sample[]): Sample | undefined {
  const middle = median(samples.map(perSecond));
  return samples.find((each) => perSecond(each) === middle);
}

function perSecond(measured: Measured | undefined): number {
  return measured === undefined ? Number.NaN : measured.operations / measured.seconds;
}
