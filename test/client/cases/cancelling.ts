/** Ending a wait: before it begins, in the middle, and just when it is granted. */
import assert from "node:assert/strict";
import { CancelledError } from "../../../src/client/index.ts";
import { turn } from "../../wait-for.ts";
import { courtesy, fakeServer, parts } from "../fake-server.ts";
import { type Cases, failure, waiters } from "../room.ts";

export const cancelling: Cases = {
  "A signal that is aborted already asks for nothing": async (room) => {
    const client = room.client(await room.server());
    const error = await failure(client.acquire("a", { signal: AbortSignal.abort("mine") }));
    assert.ok(error instanceof CancelledError);
    assert.equal(error.code, "cancelled");
    assert.equal(error.cause, "mine");
    assert.equal(await client.inspect("a"), false);
  },

  "Cancelling a wait ends it on the server, too": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const lock = await here.acquire("a");
    const abort = new AbortController();
    const waiting = failure(there.acquire("a", { signal: abort.signal }));
    await waiters(here, "a", 1);
    abort.abort();
    assert.ok((await waiting) instanceof CancelledError);
    await waiters(here, "a", 0);
    await lock.release();
    assert.equal(await here.inspect("a"), false);
    assert.equal((await there.acquire("a", { wait: 0 })).held, true);
  },

  "Cancelling a shared wait and a reader's and a detached one does so as well": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    await here.acquire("a");
    await here.semaphore("a", 1).acquire();
    for (const ask of [
      (signal: AbortSignal) => there.semaphore("a", 1).acquire({ signal }),
      (signal: AbortSignal) => there.readLock("a", { signal }),
      (signal: AbortSignal) => there.detached("a", { ttl: 60, signal }),
    ]) {
      const abort = new AbortController();
      const waiting = failure(ask(abort.signal));
      await there.version();
      await turn();
      abort.abort();
      assert.ok((await waiting) instanceof CancelledError);
    }
    const listed = await here.list("a");
    assert.deepEqual(
      listed.map((info) => info.waiters),
      [0, 0],
    );
  },

  "A task that stands behind another can be cancelled": async (room) => {
    const client = room.client(await room.server());
    const first = await client.acquire("a");
    const abort = new AbortController();
    const second = failure(client.acquire("a", { signal: abort.signal }));
    const third = client.acquire("a");
    abort.abort();
    assert.ok((await second) instanceof CancelledError);
    await first.release();
    assert.equal((await third).held, true);
  },

  "What waits for a connection can be cancelled": async (room) => {
    const client = room.client({ unix: room.path() });
    const abort = new AbortController();
    const waiting = failure(client.acquire("a", { signal: abort.signal }));
    abort.abort();
    assert.ok((await waiting) instanceof CancelledError);
  },

  "A grant that comes after the abort is given back at once": async (room) => {
    const fake = await fakeServer(room, (line, { say }) => {
      const [tag, command, rest] = parts(line);
      const word = courtesy(line);
      if (word !== undefined) say(word);
      // The grant was on its way when the wait was to be cancelled.
      if (command === "x") say(`@${rest} 7 Lock Get Success: a\n@${tag} 0 No Such Wait: ${rest}`);
      if (command === "r") say(`@${tag} 1 Lock Release Success: a`);
    });
    const client = room.client(fake);
    const abort = new AbortController();
    const waiting = failure(client.acquire("a", { signal: abort.signal }));
    await fake.changes.until("the wait", () => fake.heard.find((line) => line.endsWith("gw - a")));
    abort.abort();
    assert.ok((await waiting) instanceof CancelledError);
    // The next task comes behind the release.
    const next = failure(client.acquire("a", { wait: 5.5 }));
    await fake.changes.until("the next request", () =>
      fake.heard.find((line) => / gw 5[.\d]* a$/.test(line)),
    );
    const commands = fake.heard.map((line) => parts(line).slice(1).join(" "));
    assert.deepEqual(commands.slice(commands.indexOf("gw - a") + 1, -1), ["x 2", "r a"]);
    await client.close();
    await next;
  },

  "Whoever cancels while the lock is released leaves nothing behind": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    let granted = 0;
    for (let round = 0; round < 200; round += 1) {
      const lock = await here.acquire("a");
      const abort = new AbortController();
      const waiting = there.acquire("a", { signal: abort.signal }).then(
        (other) => other.release(),
        (error: unknown) => assert.ok(error instanceof CancelledError),
      );
      const releasing = lock.release();
      for (let turns = round % 5; turns > 0; turns -= 1) await turn();
      abort.abort();
      await releasing;
      if (typeof (await waiting) === "boolean") granted += 1;
      assert.equal(await here.acquire("a", { wait: 30 }).then((next) => next.release()), true);
    }
    assert.ok(granted < 200);
    assert.equal(await here.inspect("a"), false);
  },
};
