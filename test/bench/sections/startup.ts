/** From exec to listening and to the first reply, beside what Bun itself needs. */
import type { Section } from "./section.ts";
import { compiledNullServer, type Peer, start } from "../servers.ts";
import { LineClient } from "../../peers/line-client.ts";
import { median, table } from "../table.ts";

const startsMax = 20;

export const startup: Section = {
  name: "startup",
  async run({ glockd, scale, write }) {
    const starts = Math.max(3, Math.round(startsMax * scale));
    const bare = await compiledNullServer();
    const peers = [glockd, bare.peer];
    const taken = peers.map((): Start[] => []);
    try {
      // In turns: what the machine does meanwhile is to meet both.
      for (let at = 0; at < starts; at += 1)
        for (const [index, peer] of peers.entries()) taken[index]!.push(await timeStart(peer));
    } finally {
      await bare.remove();
    }
    write("Milliseconds from exec until a connection is made, and until a command is answered;\n");
    write(`${starts} starts each.\n`);
    write(
      table(
        ["", "min", "median", "max", "answered: median"],
        peers.map(({ name }, index) => {
          const made = taken[index]!.map(({ connected }) => connected);
          const shown = [Math.min(...made), median(made), Math.max(...made)];
          const answered = median(taken[index]!.map((one) => one.answered));
          return [name, ...[...shown, answered].map((value) => value.toFixed(1))];
        }),
      ),
    );
  },
};

interface Start {
  readonly connected: number;
  readonly answered: number;
}

async function timeStart(peer: Peer): Promise<Start> {
  const began = performance.now();
  const server = await start(peer);
  const connected = performance.now() - began;
  const client = await LineClient.connect({ port: server.port });
  await client.ask("i glockd-bench");
  const answered = performance.now() - began;
  client.socket.drop();
  await server.stop();
  return { connected, answered };
}
