/** A busy turn: what comes meanwhile is read past Bun, and everybody is answered all the same. */
import { afterAll, expect, test } from "bun:test";
import { open } from "../../../src/auth/authority.ts";
import { Lobby, type Owner } from "../../../src/doors/lobby.ts";
import { listenTcp } from "../../../src/doors/tcp.ts";
import { LocalEngine } from "../../../src/engine/local.ts";
import { busyReplies, defaultLimits } from "../../../src/limits.ts";
import { silent } from "../../../src/log.ts";
import { directSockets } from "../../../src/system/direct/direct-sockets.ts";
import { FakeClock } from "../../clock.ts";
import { seed } from "../../core/named.ts";
import { connectMany, type LineClient } from "../../peers/line-client.ts";

const direct = directSockets();
/** It stands still: a turn's time is never over. */
const clock = new FakeClock();
/** What happens elsewhere while the server answers, once for each look at what has come. */
let meanwhile: (() => void)[] = [];
const packets: number[] = [];

const lobby = new Lobby({
  engine: new LocalEngine<Owner>({ limits: defaultLimits, clock, seed }),
  authority: open,
  features: { dump: true, registry: true },
  limits: defaultLimits,
  logger: silent,
  clock,
  direct: direct === null ? null : { direct: (socket) => direct.direct(socket), read },
});
const listener = listenTcp(lobby, {
  host: "127.0.0.1",
  port: 0,
  keepaliveSeconds: 0,
  tls: null,
  shared: false,
});
afterAll(() => {
  listener.stop(true);
  direct?.close();
});

function read(): number {
  meanwhile.shift()?.();
  const count = direct!.read();
  packets.push(count);
  return count;
}

test.skipIf(direct === null)("Whoever asks during a busy turn is answered in it", async () => {
  const clients = await connectMany({ port: listener.port }, 4 * busyReplies);
  const all = (send: (client: LineClient, index: number) => void) => () => clients.forEach(send);
  meanwhile = [
    all((client, index) => client.send(`r ${index}\ni `)),
    all((client, index) => client.send(`${index}\nme`)),
    // Those who go leave nothing behind for others to trip over.
    all((client, index) => (index % 2 === 0 ? client.socket.drop() : client.send("\nsi x\n"))),
  ];
  all((client, index) => client.command(`g ${index}`))();
  await Promise.all(
    clients.map(async (client, index) => {
      if (index % 2 === 0) return;
      expect(await client.take(5)).toEqual([
        `1 Lock Get Success: ${index}`,
        `1 Lock Release Success: ${index}`,
        `0 Lock Not Locked: ${index}`,
        `1 ${client.address} ${client.address}`,
        "0 Shared Lock Not Locked: x",
      ]);
    }),
  );
  expect(packets.slice(0, 3)).toEqual([clients.length, clients.length, clients.length / 2]);
});
