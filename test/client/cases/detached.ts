/** Holds that outlive their connection. */
import assert from "node:assert/strict";
import { BadNameError, LostError } from "../../../src/client/index.ts";
import { eventually } from "../../wait-for.ts";
import { courtesy, fakeServer, parts } from "../fake-server.ts";
import { aborted, type Cases, failure } from "../room.ts";

export const detached: Cases = {
  "One stays when its client has gone, until somebody who knows the key frees it": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const lock = await here.detached("a", { ttl: 0 });
    assert.ok(lock.fence > 0);
    assert.match(lock.key, /^[\da-f-]{36}$/);
    assert.equal(lock.handOver(), lock.key);
    assert.equal(lock.held, false);
    assert.equal(await lock.release(), false);
    await here.close();
    assert.equal(await there.inspect("a"), true);
    assert.equal(await there.releaseDetached("a", "another"), false);
    assert.equal(await there.releaseDetached("a", lock.key), true);
    assert.equal(await there.inspect("a"), false);
  },

  "It is released like any other": async (room) => {
    const client = room.client(await room.server());
    const lock = await client.detached("a", { ttl: 60, key: "mine" });
    assert.equal(lock.key, "mine");
    assert.equal(await lock.release(), true);
    assert.equal(await client.inspect("a"), false);
    assert.ok(
      (await failure(client.detached("a", { ttl: 1, key: "a b" }))) instanceof BadNameError,
    );
  },

  "It is renewed as long as it is held": async (room) => {
    const server = await room.server();
    const client = room.client(server);
    const lock = await client.detached("a", { ttl: 0.3 });
    await eventually(
      "more renewals than its time allows",
      async () => (await client.stats())["command_kt"] ?? 0,
      (renewals) => renewals >= 5,
    );
    assert.equal(lock.held, true);
    assert.equal(await client.inspect("a"), true);
    lock.handOver();
    await eventually(
      "its end",
      () => client.inspect("a"),
      (isHeld) => !isHeld,
    );
  },

  "Whoever holds one hears when it is freed": async (room) => {
    const server = await room.server();
    const lock = await room.client(server).detached("a", { ttl: 60 });
    await room.client(server).free("a");
    const error = await aborted(lock.lost);
    assert.ok(error instanceof LostError);
    assert.equal(error.reason, "freed");
  },

  "It survives a lost connection": async (room) => {
    const server = await room.server();
    const proxy = await room.proxy(server.unix);
    const client = room.client({ unix: proxy.unix, name: "worker" });
    const plain = await client.acquire("plain");
    const lock = await client.detached("a", { ttl: 60 });
    proxy.cut();
    await aborted(plain.lost);
    assert.equal(lock.held, true);
    assert.equal(await client.inspect("a"), true);
    assert.equal(await lock.release(), true);
    assert.equal(await client.inspect("a"), false);
  },

  "It counts as lost once nobody could renew it in time": async (room) => {
    const server = await room.server();
    const proxy = await room.proxy(server.unix);
    const client = room.client({ unix: proxy.unix });
    const lock = await client.detached("a", { ttl: 0.1 });
    proxy.open = false;
    proxy.cut();
    const error = await aborted(lock.lost);
    assert.ok(error instanceof LostError);
    assert.equal(error.reason, "lapsed");
    proxy.open = true;
    assert.equal((await client.acquire("a", { wait: 30 })).held, true);
  },

  "Tasks that have the same key exclude each other all the same": async (room) => {
    const client = room.client(await room.server());
    const first = await client.detached("a", { ttl: 60, key: "k" });
    const second = client.detached("a", { ttl: 60, key: "k" });
    assert.equal(await client.tryAcquire("a"), null);
    await first.release();
    assert.equal((await second).held, true);
    assert.equal(await client.inspect("a"), true);
  },

  "One whose grant was lost with the connection is given back": async (room) => {
    const fake = await fakeServer(room, (line, { say, hangUp }) => {
      const [tag, command] = parts(line);
      const word = courtesy(line);
      if (word !== undefined) say(word);
      if (command === "kg") hangUp();
      if (command === "kr") say(`@${tag} 1 Lock Release Success: a`);
    });
    const client = room.client(fake);
    assert.ok((await failure(client.detached("a", { ttl: 0 }))) instanceof LostError);
    const asked = fake.heard.find((line) => line.includes(" kg "));
    const [, key = ""] = parts(asked ?? "")[2].match(/^(\S+)/) ?? [];
    assert.equal(key.length, 36);
    await fake.changes.until("the release", () =>
      fake.heard.find((line) => line.endsWith(` kr ${key} a`)),
    );
  },
};
