/**
 * What a store costs: locks that outlive their connections a second, what they do to plain
 * ones meanwhile, and how long a start takes that finds many of them.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openFileStore } from "../../../src/store/file-store.ts";
import { holdsOf } from "../../../src/store/store.ts";
import { type Peer, start, withFlags } from "../servers.ts";
import { median, table, whole } from "../table.ts";
import { Worker } from "../worker.ts";
import type { Bench, Section } from "./section.ts";

/** Commands that each connection has under way. */
const depths = [1, 16] as const;
const besidePerSecond = 1_000;
const restoredMax = 1_000_000;
/** Holds that are handed to the store before it is given the time to write them. */
const portion = 50_000;

export const durable: Section = {
  name: "durable",
  async run(bench) {
    const directory = await mkdtemp(join(tmpdir(), "glockd-bench-"));
    try {
      await rates(bench, keeping(bench.glockd, join(directory, "rates")));
      await beside(bench, keeping(bench.glockd, join(directory, "beside")));
      await restoring(bench, join(directory, "restored"));
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  },
};

function keeping(peer: Peer, directory: string): Peer {
  return withFlags(peer, `-store=file:${directory}`);
}

async function rates({ seconds, rounds, clients, write }: Bench, peer: Peer): Promise<void> {
  const [server, worker] = [await start(peer), new Worker()];
  const rows: string[][] = [];
  try {
    for (const depth of depths) {
      const samples = [];
      for (let round = 0; round < rounds; round += 1) {
        const load = { port: server.port, clients, depth, seconds };
        samples.push(await worker.durable(load));
      }
      const holds = samples.map((each) => each.operations / each.seconds);
      const p99 = samples.map((each) => each.p99Microseconds);
      rows.push([`${depth} in flight`, whole(median(holds)), whole(median(p99))]);
    }
  } finally {
    await worker.stop();
    await server.stop();
  }
  write(`Locks with a TTL of 0 on ${clients} connections, each on disk before its answer.\n`);
  write(table(["", "holds/s", "p99 µs"], rows));
}

async function beside(bench: Bench, peer: Peer): Promise<void> {
  const { seconds, rounds, clients, write } = bench;
  const [server, plain, other] = [await start(peer), new Worker(), new Worker()];
  const [alone, together]: [number[], number[]] = [[], []];
  try {
    const get = { port: server.port, work: "glockd", clients, depth: 1, seconds } as const;
    const writes = { port: server.port, clients: 10, depth: 16, perSecond: besidePerSecond };
    for (let round = 0; round < rounds; round += 1) {
      alone.push((await plain.load(get)).p99Microseconds);
      // A little longer, so that there is no moment without.
      const writing = other.durable({ ...writes, seconds: 1.2 * seconds });
      together.push((await plain.load(get)).p99Microseconds);
      await writing;
    }
  } finally {
    await plain.stop();
    await other.stop();
    await server.stop();
  }
  const [before, after] = [median(alone), median(together)];
  write(
    `p99 of g and r on ${clients} connections beside ${whole(besidePerSecond)} such locks a second, µs.\n`,
  );
  write(
    table(
      ["", "alone", "beside", "ratio"],
      [["g and r", whole(before), whole(after), `${(after / before).toFixed(2)}×`]],
    ),
  );
}

async function restoring(
  { glockd, scale, rounds, write }: Bench,
  directory: string,
): Promise<void> {
  const holds = Math.max(1, Math.round(restoredMax * scale));
  await fill(directory, holds);
  const milliseconds: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const began = performance.now();
    const server = await start(keeping(glockd, directory));
    milliseconds.push(performance.now() - began);
    await server.stop();
  }
  write("Milliseconds from exec until a connection is accepted, by a store with so many locks.\n");
  write(table(["", "median"], [[`${whole(holds)} locks`, whole(median(milliseconds))]]));
}

async function fill(directory: string, count: number): Promise<void> {
  const store = await openFileStore(directory);
  for (const hold of holdsOf(store.records()))
    throw new Error(`there is a hold already: ${hold.fence}`);
  const now = Date.now();
  for (let fence = 1; fence <= count; fence += 1) {
    store.put({
      fence,
      mode: "exclusive",
      name: new Uint8Array(Buffer.from(`held-${String(fence).padStart(15, "0")}`)),
      key: "bench",
      requestor: `worker-${fence % 100}`,
      count: 1,
      sinceWallMilliseconds: now,
      expiresWallMilliseconds: fence % 2 === 0 ? null : now + 3_600_000,
    });
    if (fence % portion === 0) await new Promise<void>((done) => store.settled(() => done()));
  }
  await store.close();
}
