/** Connections that are one too many: they are told so, whatever they have sent. */
import { connect } from "node:net";
import { expect, test } from "bun:test";
import { lingerSeconds, refusedLingeringMax } from "../../../src/limits.ts";
import { FakeClock } from "../../clock.ts";
import { LineClient } from "../../peers/line-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { eventually, testMilliseconds, within } from "../../wait-for.ts";

const refusal = "0 Limit Reached: connections\n";

/** A server with room for one, and that one. */
async function fullHouse(clock?: FakeClock): Promise<{ server: ServerHere; client: LineClient }> {
  const limits = { connectionsMax: 1 };
  const server = await startHere({ limits }, clock === undefined ? {} : { clock });
  const client = await LineClient.connect(server.doors.tcp);
  await client.ask("me");
  return { server, client };
}

/** Sends without a pause until it reads something or the connection ends; what it has read. */
function talkative(port: number): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = connect(port, "127.0.0.1");
  const chunk = Buffer.alloc(64 * 1024, "g foo\n");
  const talk = (): void => {
    while (socket.writable && socket.write(chunk));
  };
  socket.on("connect", talk).on("drain", talk);
  socket.on("data", (bytes) => {
    resolve(bytes.toString());
    socket.destroy();
  });
  socket.on("error", ({ message }) => resolve(message));
  return within("the end of the connection", promise);
}

/** Whether its connection still takes what it sends. */
function writes(client: LineClient | undefined): boolean {
  client!.send("g foo\n");
  return client!.socket.unsent === 0;
}

test(
  "Whoever is one too many is told so, even while sending",
  async () => {
    const { server } = await fullHouse();
    await using _ = server;
    for (let attempt = 0; attempt < 50; attempt += 1)
      expect(await talkative(server.doors.tcp.port)).toBe(refusal);
  },
  testMilliseconds,
);

test(
  "Whoever does not hang up then is ended a little later",
  async () => {
    const clock = new FakeClock();
    const { server } = await fullHouse(clock);
    await using _ = server;
    const refused = connect({
      port: server.doors.tcp.port,
      host: "127.0.0.1",
      allowHalfOpen: true,
    });
    let ended = "";
    refused.on("error", ({ message }) => (ended = message));
    const said = await new Promise<string>((resolve) =>
      refused.once("data", (bytes) => resolve(bytes.toString())),
    );
    expect(said).toBe(refusal);
    // It takes no notice, and talks on: nobody resets it yet.
    for (let word = 0; word < 10; word += 1)
      await new Promise((resolve) => refused.write("g foo\n", resolve));
    expect(ended).toBe("");
    clock.advance(lingerSeconds * 1000);
    await eventually(
      "it is reset",
      () => new Promise((resolve) => refused.write("g foo\n", () => resolve(ended))),
      (how) => how !== "",
    );
    refused.destroy();
  },
  testMilliseconds,
);

test(
  "Of those who do not hang up only so many may stay, and the oldest goes first",
  async () => {
    const { server } = await fullHouse(new FakeClock());
    await using _ = server;
    const refused: LineClient[] = [];
    for (let n = 0; n <= refusedLingeringMax; n += 1) {
      const client = await LineClient.connect(server.doors.tcp);
      expect(await client.take(1)).toEqual([refusal.trim()]);
      refused.push(client);
    }
    await eventually(
      "the oldest is gone",
      () => writes(refused[0]),
      (open) => !open,
    );
    for (const client of refused.slice(1)) expect(writes(client)).toBe(true);
  },
  testMilliseconds,
);
