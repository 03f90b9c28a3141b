/** Whether a command costs more when much is held: the same load at 1,000 and at 1,000,000 locks. */
import type { Section } from "./section.ts";
import { start } from "../servers.ts";
import { median, table, whole } from "../table.ts";
import { Worker } from "../worker.ts";

const [few, many] = [1_000, 1_000_000];
const holders = 10;
const depth = 16;

export const growth: Section = {
  name: "growth",
  async run({ glockd, clients, seconds, rounds, scale, write }) {
    const worker = new Worker();
    const sizes = [few, many].map((locks) => Math.max(holders, Math.round(locks * scale)));
    // Two servers at a time, so that the rounds can be interleaved.
    const sides = [];
    try {
      for (const locks of sizes) {
        const side = {
          locks,
          server: await start(glockd),
          keeper: new Worker(),
          speeds: [] as number[],
        };
        sides.push(side);
        await side.keeper.perform({
          kind: "hold",
          port: side.server.port,
          locks,
          clients: holders,
        });
      }
      // One round more than asked: the first warms up.
      for (let round = 0; round <= rounds; round += 1)
        for (const { server, speeds } of sides) {
          const measured = await worker.load({
            port: server.port,
            work: "glockd",
            clients,
            depth,
            seconds,
          });
          if (round > 0) speeds.push(measured.operations / measured.seconds);
        }
    } finally {
      for (const { server, keeper } of sides) {
        await server.stop();
        await keeper.stop();
      }
      await worker.stop();
    }
    const medians = sides.map(({ speeds }) => median(speeds));
    const rows = sides.map(({ locks }, at) => [
      whole(locks),
      whole(medians[at] ?? Number.NaN),
      `${((100 * (medians[at] ?? Number.NaN)) / (medians[0] ?? Number.NaN)).toFixed(1)} %`,
    ]);
    write(
      `Get and release in turn while others hold locks; ${depth} in flight on ${clients} connections, the median of ${rounds} rounds.\n`,
    );
    write(table(["locks held", "commands/s", "of the first"], rows));
  },
};
