/** A million lines of anything: the server neither dies of them nor keeps anything. */
import { expect, test } from "bun:test";
import { ByteSocket } from "../peers/byte-socket.ts";
import { LineClient } from "../peers/line-client.ts";
import { type DoorName, type ServerProcess, startProcess } from "../server-process.ts";
import { eventually, testMilliseconds, within } from "../wait-for.ts";
import { WebClient } from "../peers/web-client.ts";
import { anyLine, cutAnywhere } from "./lines.ts";
import { Random, seedOfRun } from "./random.ts";

const linesInAll = 1_000_000;
const linesPerConnection = 5_000;
const talkers: readonly DoorName[] = ["tcp", "tcp", "unix", "web"];
/** What a server that leaks would pass: the replies to it alone are more. */
const grownBytesMax = 160 * 1024 * 1024;

test(
  "A million random lines neither end the server nor leave anything behind",
  async () => {
    const seed = seedOfRun();
    await using server = await startProcess();
    const watcher = await LineClient.connect(server.doors.tcp);
    const before = await server.residentBytes();
    const each = linesInAll / talkers.length;
    const talking = talkers.map((door, index) =>
      talk(server, door, each, new Random(seed + index)),
    );
    await within(`SEED=${seed}`, Promise.all(talking), testMilliseconds);
    const counts = await eventually(
      `SEED=${seed}: all connections end, and what outlived them lapses`,
      () => watcher.statistics(),
      ({ connections, locks }) => connections === 1 && locks === 0,
    );
    expect(counts).toMatchObject({ locks: 0, shared_locks: 0 });
    expect(counts["command_g"]).toBeGreaterThan(linesInAll / 20);
    expect((await server.residentBytes()) - before).toBeLessThan(grownBytesMax);
    expect(await watcher.ask("g foo")).toBe("1 Lock Get Success: foo");
    expect(await server.stop()).toBe(0);
  },
  testMilliseconds * 2,
);

/** Says `count` lines over one connection after another. */
async function talk(
  server: ServerProcess,
  door: DoorName,
  count: number,
  random: Random,
): Promise<void> {
  for (let said = 0; said < count; said += linesPerConnection) {
    const lines = Array.from({ length: linesPerConnection }, () => anyLine(random));
    const socket = await (door === "web"
      ? tell(server, lines)
      : stream(server, door, lines, random));
    if (random.chance(0.5)) socket.reset();
    else socket.drop();
  }
}

/** Nobody else says this, so its reply shows that everything before was served. */
const lastLine = "@the-end ping";
const lastReply = "@the-end 1 pong\n";

async function stream(
  server: ServerProcess,
  door: DoorName,
  lines: readonly string[],
  random: Random,
): Promise<ByteSocket> {
  const served = { tail: "", all: false };
  const socket = await ByteSocket.connect(server.doors[door], (bytes) => {
    const text = served.tail + Buffer.from(bytes).toString("latin1");
    served.all ||= text.includes(lastReply);
    served.tail = text.slice(-lastReply.length);
  });
  for (const packet of cutAnywhere(random, `${lines.join("\n")}\n${lastLine}\n`)) {
    socket.write(Buffer.from(packet, "latin1"));
    await socket.changes.until(
      "the server reads",
      () => socket.unsent === 0 || socket.ended || undefined,
    );
  }
  // Some go without hearing the rest.
  if (random.chance(0.9)) {
    const heard = (): true | undefined => served.all || socket.ended || undefined;
    await socket.changes.until("the server has served every line", heard);
  }
  return socket;
}

async function tell(server: ServerProcess, lines: readonly string[]): Promise<ByteSocket> {
  const client = await WebClient.connect(server.doors.web);
  const { socket } = client;
  const heard: string[] = [];
  for (let at = 0; at < lines.length; at += 100) {
    client.send([...lines.slice(at, at + 100), lastLine].join("\n"));
    await socket.changes.until("the server has served every line", () => {
      heard.push(...client.takeAll());
      return heard.some((text) => text.startsWith(lastReply)) || socket.ended || undefined;
    });
    heard.length = 0;
  }
  return socket;
}
