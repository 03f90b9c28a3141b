/** A busy turn: what comes meanwhile is read past Bun, and everybody is answered all the same. */
import { afterAll, expect, test } from "bun:test";
import { open } from "../../../src/auth/authority.ts";
import { InProcessDoor } from "../../../src/doors/in-process.ts";
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
/** How often was looked, and what was found. */
const looks: boolean[] = [];

const lobby = new Lobby({
  engine: new LocalEngine<Owner>({ limits: defaultLimits, clock, seed }),
  authority: open,
  features: { dump: true, registry: true },
  limits: defaultLimits,
  logger: silent,
  clock,
  direct: direct === null ? null : Object.create(direct, { read: { value: read } }),
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

function read(): boolean {
  meanwhile.shift()?.();
  const more = direct!.read();
  looks.push(more);
  return more;
}

const onLinux = test.skipIf(direct === null);
type Send = (client: LineClient, index: number) => void;

/** Enough clients for a busy turn; `begin` makes one. */
async function crowd(): Promise<{ clients: LineClient[]; all: (send: Send) => () => void }> {
  const clients = await connectMany({ port: listener.port }, 4 * busyReplies);
  looks.length = 0;
  return { clients, all: (send) => () => clients.forEach(send) };
}

onLinux("Whoever asks during a busy turn is answered in it", async () => {
  const { clients, all } = await crowd();
  meanwhile = [
    all((client, index) => client.send(`r ${index}\ni `)),
    all((client, index) => client.send(`${index}\nme`)),
    all((client) => client.send("\nsi x\n")),
  ];
  all((client, index) => client.command(`g ${index}`))();
  for (const [index, client] of clients.entries()) {
    expect(await client.take(5)).toEqual([
      `1 Lock Get Success: ${index}`,
      `1 Lock Release Success: ${index}`,
      `0 Lock Not Locked: ${index}`,
      `1 ${client.address} ${client.address}`,
      "0 Shared Lock Not Locked: x",
    ]);
  }
  expect(looks).toEqual([true, true, true, false]);
  await leave(clients);
});

for (const how of ["drop", "halfClose", "reset"] as const) {
  onLinux(`Who asks for a lock whose holder has left before gets it: ${how}`, async () => {
    const { clients, all } = await crowd();
    const [holder, waiter, other] = clients.slice(-3) as [LineClient, LineClient, LineClient];
    expect(await holder.ask("g theirs")).toBe("1 Lock Get Success: theirs");
    meanwhile = [
      () => {
        holder.socket[how]();
        other.command("g theirs");
      },
    ];
    all((client) => void (client !== holder && client !== other && client.command("ping")))();
    expect(await other.take(1)).toEqual(["1 Lock Get Success: theirs"]);
    expect(meanwhile).toEqual([]);
    await leave(clients.filter((client) => client !== holder));
    expect(await waiter.socket.whenEnded()).toBe(true);
  });
}

onLinux("Nobody is read like that while somebody is here whose end only Bun can see", async () => {
  const { clients, all } = await crowd();
  const peer = { receive() {}, ended() {} };
  const inside = new InProcessDoor(lobby).connect(peer);
  all((client) => client.command("ping"))();
  for (const client of clients) expect(await client.take(1)).toEqual(["1 pong"]);
  expect(looks).toEqual([]);
  inside.destroy();
  all((client) => client.command("ping"))();
  for (const client of clients) expect(await client.take(1)).toEqual(["1 pong"]);
  expect(looks.length).toBeGreaterThan(0);
  await leave(clients);
});

async function leave(clients: readonly LineClient[]): Promise<void> {
  await Promise.all(clients.map((client) => client.goodbye()));
}
