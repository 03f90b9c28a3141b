/** Much at once through one connection, and how little a lock costs. */
import assert from "node:assert/strict";
import { within } from "../../wait-for.ts";
import { type Cases, waiters } from "../room.ts";

const many = 10_000;

export const crowds: Cases = {
  "Ten thousand locks can be waited for at once": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const names = Array.from({ length: many }, (_, index) => `lock-${index}`);
    await Promise.all(names.map((name) => here.acquire(name)));
    const waiting = names.map((name) => there.acquire(name, { wait: 100 }));
    await waiters(here, names.at(-1)!, 1);
    assert.equal((await here.stats())["locks"], many);
    await here.close();
    const locks = await within("all locks", Promise.all(waiting));
    const [first] = await there.list(names[0]);
    assert.equal(first?.holders.length, 1);
    await Promise.all(locks.map((lock) => lock.release()));
    assert.equal((await there.stats())["connections"], 1);
    assert.equal((await there.stats())["locks"], 0);
  },

  "Ten thousand tasks can wait for one lock": async (room) => {
    const client = room.client(await room.server());
    let count = 0;
    const tasks = Array.from({ length: many }, () =>
      client.withLock("a", () => {
        count += 1;
      }),
    );
    await within("all tasks", Promise.all(tasks));
    assert.equal(count, many);
  },

  "A free lock costs two round trips, and no timer": async (room) => {
    const server = await room.server();
    const proxy = await room.proxy(server.unix);
    const client = room.client({ unix: proxy.unix });
    await client.acquire("warm");
    const before = proxy.sent.length;
    const { setTimeout: timeout, setInterval: interval } = globalThis;
    let timers = 0;
    globalThis.setTimeout = ((...args: Parameters<typeof timeout>) => {
      timers += 1;
      return timeout(...args);
    }) as typeof timeout;
    globalThis.setInterval = ((...args: Parameters<typeof interval>) => {
      timers += 1;
      return interval(...args);
    }) as typeof interval;
    try {
      const lock = await client.acquire("a", { wait: 30 });
      await lock.release();
    } finally {
      Object.assign(globalThis, { setTimeout: timeout, setInterval: interval });
    }
    assert.equal(timers, 0);
    const packets = proxy.sent.slice(before).map((packet) => packet.replaceAll(/@\d+ /g, ""));
    assert.deepEqual(packets, ["gw 30 a\n", "r a\n"]);
  },

  "What is asked for in one turn goes in one packet": async (room) => {
    const server = await room.server();
    const proxy = await room.proxy(server.unix);
    const client = room.client({ unix: proxy.unix });
    await client.version();
    await client.inspect("warm");
    const before = proxy.sent.length;
    await Promise.all(["a", "b", "c"].map((name) => client.acquire(name)));
    assert.equal(proxy.sent.length, before + 1);
  },
};
