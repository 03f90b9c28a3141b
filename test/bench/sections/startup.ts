/** From exec to listening, beside what Bun itself needs. */
import type { Section } from "./section.ts";
import { compiledNullServer, type Peer, start } from "../servers.ts";
import { median, table } from "../table.ts";

const startsMax = 20;

export const startup: Section = {
  name: "startup",
  async run({ glockd, scale, write }) {
    const starts = Math.max(3, Math.round(startsMax * scale));
    const bare = await compiledNullServer();
    const peers = [glockd, bare.peer];
    const taken = peers.map((): number[] => []);
    try {
      // In turns: what the machine does meanwhile is to meet both.
      for (let at = 0; at < starts; at += 1)
        for (const [index, peer] of peers.entries()) taken[index]!.push(await timeStart(peer));
    } finally {
      await bare.remove();
    }
    write(`Milliseconds from exec until a connection is accepted; ${starts} starts each.\n`);
    write(
      table(
        ["", "min", "median", "max"],
        peers.map(({ name }, index) => {
          const values = taken[index]!;
          const shown = [Math.min(...values), median(values), Math.max(...values)];
          return [name, ...shown.map((value) => value.toFixed(1))];
        }),
      ),
    );
  },
};

async function timeStart(peer: Peer): Promise<number> {
  const began = performance.now();
  const server = await start(peer);
  const milliseconds = performance.now() - began;
  await server.stop();
  return milliseconds;
}
