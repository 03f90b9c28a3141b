/** Getting and giving back, one holder at a time. */
import assert from "node:assert/strict";
import { BadNameError, RefusedError, TimedOutError } from "../../../src/client/index.ts";
import { type Cases, failure, waiters } from "../room.ts";

export const locks: Cases = {
  "A lock is held until it is released, and its fence rises": async (room) => {
    const client = room.client(await room.server());
    const first = await client.acquire("deploy");
    assert.equal(first.held, true);
    assert.equal(await client.inspect("deploy"), true);
    assert.equal(await first.release(), true);
    assert.equal(first.held, false);
    assert.equal(await client.inspect("deploy"), false);
    const second = await client.acquire("deploy");
    assert.ok(second.fence > first.fence && Number.isSafeInteger(second.fence));
  },

  "Releasing again does nothing, not even to who came next": async (room) => {
    const server = await room.server();
    const client = room.client(server);
    const first = await client.acquire("a");
    const promise = first.release();
    assert.equal(first.release(), promise);
    assert.equal(await promise, true);
    const second = await client.acquire("a");
    assert.equal(await first.release(), true);
    await first[Symbol.asyncDispose]();
    assert.equal(second.held, true);
    assert.equal(await room.client(server).inspect("a"), true);
    assert.equal((await client.stats())["command_r"], 1);
  },

  "await using gives it back": async (room) => {
    const client = room.client(await room.server());
    const lock = await client.acquire("a");
    await lock[Symbol.asyncDispose]();
    assert.equal(await client.inspect("a"), false);
  },

  "A try gets a free lock, and null for a taken one, whoever has it": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const lock = await here.tryAcquire("a");
    assert.equal(lock?.held, true);
    assert.equal(await there.tryAcquire("a"), null);
    assert.equal(await here.tryAcquire("a"), null);
    await lock.release();
    assert.ok(await there.tryAcquire("a"));
  },

  "Whoever waits gets the lock when it is released": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const lock = await here.acquire("a");
    const waiting = there.acquire("a", { wait: 60 });
    await waiters(here, "a", 1);
    await lock.release();
    assert.equal((await waiting).held, true);
    assert.equal(await here.inspect("a"), true);
  },

  "A wait ends with its time, and gets nothing afterwards": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const lock = await here.acquire("a");
    const error = await failure(there.acquire("a", { wait: 0.02 }));
    assert.ok(error instanceof TimedOutError);
    assert.equal(error.code, "timed-out");
    await waiters(here, "a", 0);
    await lock.release();
    assert.equal(await here.inspect("a"), false);
  },

  "Without a wait a taken lock is refused": async (room) => {
    const server = await room.server();
    await room.client(server).acquire("a");
    const error = await failure(room.client(server).acquire("a", { wait: 0 }));
    assert.ok(error instanceof RefusedError);
    assert.equal(error.code, "refused");
    assert.match(error.message, /"a"/);
  },

  "What makes no sense is rejected, and nothing is asked": async (room) => {
    const client = room.client(await room.server());
    assert.ok((await failure(client.acquire("a", { wait: -1 }))) instanceof RangeError);
    assert.ok((await failure(client.acquire("a", { wait: NaN }))) instanceof RangeError);
    assert.ok((await failure(client.acquire("a", { wait: 1e9 }))) instanceof RangeError);
    assert.ok((await failure(client.detached("a", { ttl: -1 }))) instanceof RangeError);
    assert.throws(() => client.semaphore("a", 0), RangeError);
    for (const name of ["", " a", "a ", "a  b", "a\tb", "a\nb", "\ud800", "x".repeat(1025)]) {
      const error = await failure(client.acquire(name));
      assert.ok(error instanceof BadNameError, JSON.stringify(name));
      assert.equal(error.code, "bad-name");
    }
    assert.deepEqual(await client.list(), []);
  },

  "Names arrive as they are": async (room) => {
    const client = room.client(await room.server());
    const names = ["a b", "@7 g", "ключ 🔑", "a\u00a0\u2003b", "\u0001", "é".repeat(512), "0"];
    for (const name of names) await client.acquire(name);
    const listed = (await client.list()).map(({ name }) => name);
    assert.deepEqual(listed.sort(), names.sort());
  },

  "withLock gives back what the work returns, and the lock, come what may": async (room) => {
    const client = room.client(await room.server());
    const fence = await client.withLock("a", async (lock) => {
      assert.equal(await client.inspect("a"), true);
      return lock.fence;
    });
    assert.ok(fence > 0);
    const error = await failure(
      client.withLock("a", { wait: 5 }, () => {
        throw new Error("mine");
      }),
    );
    assert.equal(error.message, "mine");
    assert.equal(await client.inspect("a"), false);
  },

  "A client has a name, and tells what the server says of itself": async (room) => {
    const client = room.client({ ...(await room.server()), name: "worker 3" });
    await client.acquire("a", {});
    const [info] = await client.list("a");
    assert.equal(info?.name, "a");
    assert.equal(info?.mode, "exclusive");
    assert.equal(info?.holders[0]?.name, "worker 3");
    assert.equal((await client.stats())["locks"], 1);
    const { version, features } = await client.version();
    assert.match(String(version), /^\d+\.\d+\.\d+/);
    assert.ok(features.includes("tags"));
  },
};
