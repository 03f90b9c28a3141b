/**
 * Whether waiting costs more where many wait: joining a line, leaving it and being granted,
 * with 1,000 and with 100,000 that wait for one lock, or each for its own.
 */
import type { Costs, Shape } from "../jobs.ts";
import { start, type RunningPeer } from "../servers.ts";
import { median, table, whole } from "../table.ts";
import { Worker } from "../worker.ts";
import type { Section } from "./section.ts";

const [few, many] = [1_000, 100_000];
const shapes: readonly Shape[] = ["one lock", "own locks"];
const steps = [
  ["join", "joinNanoseconds"],
  ["leave", "leaveNanoseconds"],
  ["grant", "grantNanoseconds"],
] as const;

export const waiters: Section = {
  name: "waiters",
  async run({ glockd, rounds, scale, write }) {
    const sizes = [few, many].map((size) => Math.max(10, Math.round(size * scale)));
    const [server, worker] = [await start(glockd), new Worker()];
    const rows: string[][] = [];
    try {
      for (const shape of shapes) {
        const costs = await measure({ server, worker }, { shape, sizes, rounds });
        for (const [step, field] of steps) {
          const [small = 0, large = 0] = costs.map((each) =>
            median(each.map((cost) => cost[field])),
          );
          rows.push([
            `${shape}: ${step}`,
            whole(small),
            whole(large),
            `${(large / small).toFixed(2)}×`,
          ]);
        }
      }
    } finally {
      await server.stop();
      await worker.stop();
    }
    write(
      `Nanoseconds for each wait with so many that wait, over few connections with tags; the median of ${rounds} rounds.\n`,
    );
    write(table(["", ...sizes.map((size) => `of ${whole(size)}`), "ratio"], rows));
  },
};

/** By size: one sample a round. The small line is stood in as often as makes the same work. */
async function measure(
  { server, worker }: { readonly server: RunningPeer; readonly worker: Worker },
  what: { readonly shape: Shape; readonly sizes: readonly number[]; readonly rounds: number },
): Promise<readonly (readonly Costs[])[]> {
  const { shape, sizes, rounds } = what;
  const largest = Math.max(...sizes);
  const samples = sizes.map((): Costs[] => []);
  // One round more than asked: the first warms up.
  for (let round = 0; round <= rounds; round += 1)
    for (const [at, size] of sizes.entries()) {
      const times = Math.round(largest / size);
      const job = { kind: "line", port: server.port, shape, waiters: size, times } as const;
      const { costs } = await worker.perform(job);
      if (costs === undefined) throw new Error("a line has costs");
      if (round > 0) samples[at]?.push(costs);
    }
  return samples;
}
