/**
 * Plain locks over HTTP beside a bare `Bun.serve` that answers with a constant.
 * Invariant: rounds are interleaved, so that what else the machine does hits both alike.
 */
import { join } from "node:path";
import type { Measured } from "../jobs.ts";
import { type Peer, processorSeconds, type RunningPeer, start } from "../servers.ts";
import { median, table, whole } from "../table.ts";
import { Worker } from "../worker.ts";
import type { Bench, Section } from "./section.ts";

const warmUpSeconds = 0.5;

interface Sample extends Measured {
  readonly processorNanoseconds: number;
}

export const http: Section = {
  name: "http",
  async run(bench) {
    const peers = [overHttp(bench.glockd), nullWebServer()];
    const worker = new Worker();
    const servers: RunningPeer[] = [];
    try {
      for (const peer of peers) servers.push(await start(peer));
      const samples: Sample[][] = peers.map(() => []);
      const warm = { ...bench, seconds: Math.min(warmUpSeconds, bench.seconds) };
      for (const server of servers) await sample(worker, server, warm);
      for (let round = 0; round < bench.rounds; round += 1) {
        for (const [at, server] of servers.entries()) {
          samples[at]?.push(await sample(worker, server, bench));
        }
      }
      bench.write(shown(bench, peers, samples));
    } finally {
      for (const server of servers) await server.stop();
      await worker.stop();
    }
  },
};

/** The same server with its web port where the other sections have TCP. */
function overHttp(glockd: Peer): Peer {
  return {
    ...glockd,
    command: (port) => {
      const others = glockd.command(0).filter((word) => !/^-(port|ws)=/.test(word));
      return [...others, "-port=0", `-ws=${port}`];
    },
  };
}

function nullWebServer(): Peer {
  const file = join(import.meta.dir, "../null-web-server.ts");
  return {
    name: "constant, Bun.serve",
    dialect: "glockd",
    command: (port) => [process.execPath, file, `${port}`],
  };
}

async function sample(worker: Worker, server: RunningPeer, bench: Bench): Promise<Sample> {
  const { clients, seconds } = bench;
  const before = await processorSeconds(server.pid);
  const { measured } = await worker.perform({ kind: "http", port: server.port, clients, seconds });
  if (measured === undefined) throw new Error("a load has measurements");
  const used = ((await processorSeconds(server.pid)) ?? Number.NaN) - (before ?? Number.NaN);
  return { ...measured, processorNanoseconds: (used / measured.operations) * 1e9 };
}

function shown(bench: Bench, peers: readonly Peer[], samples: readonly Sample[][]): string {
  const medians = samples.map((each) => {
    const middle = median(each.map(perSecond));
    return each.find((one) => perSecond(one) === middle);
  });
  const own = perSecond(medians[0]);
  const rows = peers.map(({ name }, at) => {
    const one = medians[at];
    const times = [one?.p50Microseconds, one?.p99Microseconds, one?.p999Microseconds];
    const share = at === 0 ? "" : `${Math.round((100 * own) / perSecond(one))} %`;
    return [
      name,
      whole(perSecond(one)),
      ...times.map((time) => whole(time ?? Number.NaN)),
      whole(one?.processorNanoseconds ?? Number.NaN),
      share,
    ];
  });
  const heads = [
    "server",
    "requests/s",
    "p50 µs",
    "p99 µs",
    "p99.9 µs",
    "processor ns",
    "glockd is",
  ];
  return (
    `POST and DELETE of a plain lock in turn over ${bench.clients} keep-alive connections; the median of ${bench.rounds} rounds of ${bench.seconds} s, interleaved.\n` +
    table(heads, rows)
  );
}

function perSecond(measured: Measured | undefined): number {
  return measured === undefined ? Number.NaN : measured.operations / measured.seconds;
}
