/** Five thousand requests that wait at once. */
import { expect, test } from "bun:test";
import { HttpClient } from "../../peers/http-client.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startProcess } from "../../server-process.ts";
import { descriptorLimit } from "../../../src/system/descriptors.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { api } from "./api.ts";

/** As many as the test's own descriptors allow, at most 5,000. */
const crowd = Math.min(5_000, (descriptorLimit() ?? 1_024) - 300);
const locks = 50;

test(
  `${crowd} long polls wait at once, are served in their order, and leave when they hang up`,
  async () => {
    await using server = await startProcess();
    const line = await LineClient.connect(server.doors.tcp);
    for (let number = 0; number < locks; number += 1) await line.ask(`g lock-${number}`);
    const clients: HttpClient[] = [];
    for (let number = 0; number < crowd; number += 1) {
      const client = await HttpClient.connect(server.doors.web);
      client.send("POST", `/v1/locks/lock-${number % locks}`, '{"wait":3600,"ttl":0,"key":"-"}');
      clients.push(client);
    }
    const waiting = (count: number): Promise<unknown> =>
      eventually(
        `${count} wait`,
        () => line.statistics(),
        ({ connections }) => connections === count + 1,
      );
    await waiting(crowd);
    expect(await line.ask("ping")).toBe("1 pong");
    // Each lock's first is served, and only that one.
    for (let number = 0; number < locks; number += 1) await line.ask(`r lock-${number}`);
    const served = await Promise.all(clients.slice(0, locks).map((client) => client.take()));
    expect(served.map((answer) => answer?.status)).toEqual(served.map(() => 201));
    await waiting(crowd - locks);
    // The next ones of half of the locks, when those are released.
    for (let number = 0; number < locks / 2; number += 1) {
      expect((await api(server, "DELETE", `/lock/lock-${number}`)).status).toBe(200);
    }
    const next = await Promise.all(
      clients.slice(locks, 1.5 * locks).map((client) => client.take()),
    );
    expect(next.map((answer) => answer?.status)).toEqual(next.map(() => 201));
    for (const client of clients) client.socket.reset();
    await waiting(0);
    for (let number = 0; number < locks; number += 1) {
      expect((await api(server, "DELETE", `/lock/lock-${number}`)).status).toBe(200);
    }
    expect(await line.statistics()).toMatchObject({ locks: 0, orphans: 0 });
  },
  testMilliseconds,
);
