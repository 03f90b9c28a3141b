/** What a held lock and an idle connection cost in memory, as the system counts it. */
import type { Bench, Section } from "./section.ts";
import { residentBytes, start, type RunningPeer } from "../servers.ts";
import { table, whole } from "../table.ts";
import { Worker } from "../worker.ts";

const locksHeld = 1_000_000;
const connectionsIdle = 5_000;
const holders = 10;
/** Memory is read again until it stops falling, so that garbage is not counted. */
const settleMilliseconds = 300;
const settleReadsMax = 20;

export const memory: Section = {
  name: "memory",
  async run(bench) {
    const locks = Math.max(holders, Math.round(locksHeld * bench.scale));
    const connections = Math.max(holders, Math.round(connectionsIdle * bench.scale));
    const rows = [
      await grown(bench, "a held lock, 20-byte name", locks, { locks, clients: holders }),
      // Each connection holds one lock, or it could not be told from one that is not yet served.
      await grown(bench, "an idle connection (and a lock)", connections, {
        locks: connections,
        clients: connections,
      }),
    ];
    bench.write("Resident memory that is added, divided by how many there are.\n");
    bench.write(table(["", "how many", "added KiB", "bytes each"], rows));
  },
};

async function grown(
  { glockd, seconds }: Bench,
  what: string,
  count: number,
  held: { readonly locks: number; readonly clients: number },
): Promise<readonly string[]> {
  const [server, worker] = [await start(glockd), new Worker()];
  try {
    // Compiled code and buffers are there once, not for each.
    await worker.load({ port: server.port, work: "glockd", clients: holders, depth: 16, seconds });
    const before = await settled(server);
    await worker.perform({ kind: "hold", port: server.port, ...held });
    const added = (await settled(server)) - before;
    if (Number.isNaN(added)) return [what, whole(count), "?", "the system does not tell"];
    return [what, whole(count), whole(added / 1_024), whole(added / count)];
  } finally {
    await server.stop();
    await worker.stop();
  }
}

async function settled({ pid }: RunningPeer): Promise<number> {
  let lowest = (await residentBytes(pid)) ?? Number.NaN;
  for (let read = 0; read < settleReadsMax; read += 1) {
    await Bun.sleep(settleMilliseconds);
    const now = (await residentBytes(pid)) ?? Number.NaN;
    if (!(now < lowest)) return lowest;
    lowest = now;
  }
  return lowest;
}
