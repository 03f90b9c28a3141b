/** A clean stop: nobody is let in, everybody gets what is due, nothing stays behind. */
import { expect, test } from "bun:test";
import { connect } from "node:net";
import { LineClient } from "../peers/line-client.ts";
import { scratch } from "../cli/glockd.ts";
import { exists, startProcess } from "../server-process.ts";
import { startHere } from "../server-in-process.ts";
import { testMilliseconds, within } from "../wait-for.ts";
import { WebClient } from "../peers/web-client.ts";

/** As promised: within a second; and what a busy machine may add. */
const stopMilliseconds = 1_000 + 4_000;

test(
  "A stop hands over the replies that are due and ends every connection",
  async () => {
    await using server = await startHere();
    const tcp = await LineClient.connect(server.doors.tcp);
    const unix = await LineClient.connect(server.doors.unix);
    const web = await WebClient.connect(server.doors.web);
    const commands = 5_000;
    for (const client of [tcp, unix]) {
      client.send("i foo\n".repeat(commands));
      await client.take(1);
    }
    web.send("i foo\n".repeat(commands));
    await web.take();
    await within("the stop", server.stop(), stopMilliseconds);
    for (const client of [tcp, unix]) {
      const replies = await client.take(commands - 1);
      expect(new Set(replies)).toEqual(new Set(["0 Lock Not Locked: foo"]));
      await client.socket.whenEnded();
      expect(client.unread).toBe("");
    }
    for (let reply = 1; reply < commands; reply += 1) {
      expect((await web.take()).text).toBe("0 Lock Not Locked: foo\n");
    }
    await web.socket.whenEnded();
  },
  testMilliseconds,
);

test(
  "A stop lets a listing come to its end",
  async () => {
    await using server = await startHere();
    const holder = await LineClient.connect(server.doors.unix);
    const locks = 20_000;
    holder.send(Array.from({ length: locks }, (_, lock) => `g lock ${lock}\n`).join(""));
    await holder.take(locks);
    const reader = await LineClient.connect(server.doors.tcp);
    reader.send("d\n");
    await reader.take(1);
    await within("the stop", server.stop(), stopMilliseconds);
    expect((await reader.take(locks - 1)).at(-1)).toStartWith("lock 9999: ");
    await reader.socket.whenEnded();
  },
  testMilliseconds,
);

test(
  "A stop gives clients that go on talking their replies, whole, and no reset",
  async () => {
    // Whether it catches one in the middle of a packet is chance.
    for (let round = 0; round < 5; round += 1) {
      await using server = await startProcess();
      const talkers = Array.from({ length: 20 }, () => talker(server.doors.tcp.port));
      await Promise.all(talkers.map(({ begun }) => within("the first replies", begun)));
      const stop = server.stop();
      for (const { ended } of talkers)
        expect(await within("the end", ended)).toEqual({ how: "end", lastByte: "\n" });
      expect(await within("the stop", stop, stopMilliseconds)).toBe(0);
    }
  },
  testMilliseconds,
);

test(
  "A stop does not wait for a client that does not read",
  async () => {
    await using server = await startHere();
    const client = await LineClient.connect(server.doors.tcp);
    await client.ask("me");
    client.socket.readMore(false);
    client.send(`i ${"n".repeat(1_000)}\n`.repeat(20_000));
    const other = await LineClient.connect(server.doors.tcp);
    await other.ask("me");
    await within("the stop", server.stop(), stopMilliseconds);
    await other.socket.whenEnded();
  },
  testMilliseconds,
);

test(
  "A stopped server lets nobody in, over no door",
  async () => {
    await using server = await startHere();
    await server.stop();
    for (const place of [server.doors.tcp, server.doors.web, server.doors.unix]) {
      await expect(LineClient.connect(place)).rejects.toThrow();
    }
  },
  testMilliseconds,
);

test(
  "A stopped process ends with status 0 and removes its files while clients are connected",
  async () => {
    await using room = scratch();
    const pidfile = room.path("pid");
    await using server = await startProcess(`-pidfile=${pidfile}`);
    const clients = [
      await LineClient.connect(server.doors.tcp),
      await LineClient.connect(server.doors.unix),
      await WebClient.connect(server.doors.web),
    ];
    for (const client of clients) expect(await client.ask("sg foo")).toContain("Get Success");
    expect(exists(pidfile)).toBe(true);
    expect(await within("the stop", server.stop(), stopMilliseconds)).toBe(0);
    expect(exists(pidfile)).toBe(false);
    expect(exists(server.doors.unix.unix)).toBe(false);
    for (const client of clients) await client.socket.whenEnded();
  },
  testMilliseconds,
);

/** Has so many commands in flight all the time, and hangs up when the server has. */
function talker(port: number): {
  begun: Promise<void>;
  ended: Promise<{ how: string; lastByte: string }>;
} {
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<{ how: string; lastByte: string }>();
  const socket = connect(port, "127.0.0.1");
  let lastByte = "";
  const end = (how: string): void => {
    ended.resolve({ how, lastByte });
    socket.destroy();
  };
  socket.on("connect", () => socket.write("i foo\n".repeat(64)));
  socket.setEncoding("latin1").on("data", (text: string) => {
    lastByte = text.at(-1)!;
    begun.resolve();
    socket.write("i foo\n".repeat(text.split("\n").length - 1));
  });
  socket.on("end", () => end("end")).on("error", ({ message }) => end(message));
  return { begun: begun.promise, ended: ended.promise };
}
