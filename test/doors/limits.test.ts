/** What a client may take from the others, over every door. */
import { describe, expect, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { startHere } from "../server-in-process.ts";
import { doorNames } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";
import { WebClient } from "../peers/web-client.ts";

test(
  "The limit of connections holds over all doors together",
  async () => {
    await using server = await startHere({ limits: { connectionsMax: 3 } });
    const tcp = await LineClient.connect(server.doors.tcp);
    const unix = await LineClient.connect(server.doors.unix);
    const web = await WebClient.connect(server.doors.web);
    for (const client of [tcp, unix, web]) await client.ask("me");
    for (const door of ["tcp", "unix"] as const) {
      const refused = await LineClient.connect(server.doors[door]);
      expect(await refused.take(1)).toEqual(["0 Limit Reached: connections"]);
      await refused.socket.whenEnded();
    }
    const refused = await WebClient.connect(server.doors.web);
    expect(await refused.take()).toEqual({ text: "0 Limit Reached: connections\n", binary: false });
    await refused.socket.whenEnded();
    expect(await tcp.statistics()).toMatchObject({ connections: 3 });
    await web.goodbye();
    const next = await LineClient.connect(server.doors.unix);
    expect(await next.ask("g foo")).toBe("1 Lock Get Success: foo");
  },
  testMilliseconds,
);

test(
  "Refused connections do not use up the limit",
  async () => {
    await using server = await startHere({ limits: { connectionsMax: 1 } });
    const client = await LineClient.connect(server.doors.tcp);
    await client.ask("me");
    for (let refusal = 0; refusal < 50; refusal += 1) {
      const refused = await LineClient.connect(server.doors.tcp);
      expect(await refused.take(1)).toEqual(["0 Limit Reached: connections"]);
      refused.socket.drop();
    }
    await client.goodbye();
    const next = await LineClient.connect(server.doors.tcp);
    expect(await next.ask("g foo")).toBe("1 Lock Get Success: foo");
  },
  testMilliseconds,
);

/** More than the kernel's buffers take between two ends of the loopback. */
const flood = { commands: 40_000, nameBytes: 1_000 };

describe.each(doorNames)("A client over %s", (door) => {
  test(
    "that does not read is ended once too many replies wait, and what it held is free",
    async () => {
      await using server = await startHere({ limits: { outputBytesMax: 64 * 1024 } });
      const watcher = await LineClient.connect(server.doors.tcp);
      const client = await (door === "web" ? WebClient : LineClient).connect(server.doors[door]);
      expect(await client.ask("g foo")).toStartWith("1 Lock Get Success: foo");
      expect(await watcher.ask("g foo")).toBe("0 Lock Get Failure: foo");
      client.socket.readMore(false);
      const line = `i ${"n".repeat(flood.nameBytes)}\n`;
      for (let sent = 0; sent < flood.commands; sent += 1_000) client.send(line.repeat(1_000));
      await eventually(
        "the slow reader is ended",
        () => watcher.ask("g foo"),
        (reply) => reply === "1 Lock Get Success: foo",
      );
      expect(await watcher.statistics()).toMatchObject({ connections: 1, orphans: 1 });
    },
    testMilliseconds,
  );

  test(
    "that reads gets every reply, however many they are",
    async () => {
      await using server = await startHere({ limits: { outputBytesMax: 64 * 1024 } });
      const client = await (door === "web" ? WebClient : LineClient).connect(server.doors[door]);
      const name = "n".repeat(flood.nameBytes);
      const batch = 32;
      for (let sent = 0; sent < flood.commands / 4; sent += batch) {
        client.send(`i ${name}\n`.repeat(batch));
        for (let reply = 0; reply < batch; reply += 1) {
          const received = await client.take(1);
          const text = Array.isArray(received) ? received[0] : received.text.trimEnd();
          if (text !== `0 Lock Not Locked: ${name}`) throw new Error(`received ${String(text)}`);
        }
      }
    },
    testMilliseconds,
  );
});
