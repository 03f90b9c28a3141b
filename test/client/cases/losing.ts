/** Holds that end without a release, and connections that come back. */
import assert from "node:assert/strict";
import {
  ClosedError,
  type ConnectionState,
  DeniedError,
  LostError,
  UnavailableError,
} from "../../../src/client/index.ts";
import { Changes, eventually, within } from "../../wait-for.ts";
import { courtesy, fakeServer } from "../fake-server.ts";
import { aborted, type Cases, failure, waiters } from "../room.ts";

function reasonOf(error: unknown): string {
  assert.ok(error instanceof LostError, String(error));
  return error.reason;
}

export const losing: Cases = {
  "A lock that an administrator frees is lost": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const lock = await here.acquire("a");
    const permit = await here.shared("a");
    assert.equal(lock.lost.aborted, false);
    assert.equal(await there.free("a"), 1);
    assert.equal(reasonOf(await aborted(lock.lost)), "freed");
    assert.equal(permit.held, true);
    assert.equal(await there.freeShared("a"), 1);
    assert.equal(reasonOf(await aborted(permit.lost)), "freed");
    assert.equal(lock.held, false);
    assert.equal(await lock.release(), false);
    assert.throws(() => lock.throwIfLost(), LostError);
    assert.equal((await here.acquire("a", { wait: 0 })).held, true);
  },

  "withLock says that the lock was lost while the work went on": async (room) => {
    const server = await room.server();
    const [here, there] = [room.client(server), room.client(server)];
    const error = await failure(
      here.withLock("a", async ({ lost }) => {
        await there.free("a");
        await aborted(lost);
      }),
    );
    assert.equal(reasonOf(error), "freed");
  },

  "Whoever released a lock hears nothing of it any more": async (room) => {
    const server = await room.server();
    const client = room.client(server);
    const [first, second] = await Promise.all([client.shared("a"), client.shared("a")]);
    await first.release();
    await room.client(server).freeShared("a");
    await aborted(second.lost);
    assert.equal(first.lost.aborted, false);
  },

  "Only administrators take locks from others": async (room) => {
    const fake = await fakeServer(room, (line, { say }) => {
      const word = courtesy(line);
      say(word ?? `${line.split(" ", 1)[0]} 0 denied`);
    });
    const error = await failure(room.client(fake).free("a"));
    assert.ok(error instanceof DeniedError);
    assert.equal(error.code, "denied");
    assert.equal(error.reason, "not-allowed");
  },

  "A client that is not to reconnect fails at once where nobody listens": async (room) => {
    const states: ConnectionState[] = [];
    const onState = (state: ConnectionState): void => void states.push(state);
    const client = room.client({ unix: room.path(), reconnect: false, onState });
    const error = await failure(client.acquire("a"));
    assert.equal(error.code, "unavailable");
    assert.equal((error.cause as NodeJS.ErrnoException).code, "ENOENT");
    assert.equal((await failure(client.acquire("a"))).message, error.message);
    assert.deepEqual(states, ["connecting", "closed"]);
  },

  "A client that is not to reconnect is closed by its first loss": async (room) => {
    const server = await room.server();
    const proxy = await room.proxy(server.unix);
    const client = room.client({ unix: proxy.unix, reconnect: false });
    const lock = await client.acquire("a");
    const waiting = failure(client.acquire("a"));
    proxy.cut();
    await aborted(lock.lost);
    assert.equal((lock.lost.reason as LostError).reason, "disconnected");
    assert.equal((await waiting).code, "unavailable");
    assert.equal((await failure(client.inspect("a"))).code, "unavailable");
    assert.equal(proxy.connections, 1);
  },

  "With the connection all is lost, and nothing is taken anew": async (room) => {
    const server = await room.server();
    const proxy = await room.proxy(server.unix);
    const events: string[] = [];
    const changes = new Changes();
    const onState = (state: ConnectionState): void => {
      events.push(state);
      changes.announce();
    };
    const client = room.client({ unix: proxy.unix, onState });
    const observer = room.client(server);
    const lock = await client.acquire("a");
    const [shared, permit] = [await client.shared("s"), await client.semaphore("p", 2).acquire()];
    await observer.acquire("b");
    const waiting = failure(client.acquire("b"));
    await waiters(observer, "b", 1);
    lock.lost.addEventListener("abort", () => events.push("lost"));
    proxy.cut();
    assert.equal(reasonOf(await aborted(lock.lost)), "disconnected");
    assert.equal(reasonOf(await aborted(shared.lost)), "disconnected");
    assert.equal(reasonOf(await aborted(permit.lost)), "disconnected");
    assert.equal(reasonOf(await waiting), "disconnected");
    await changes.until("a new connection", () => events.filter((e) => e === "connected")[1]);
    assert.deepEqual(events, [
      "connecting",
      "connected",
      "lost",
      "disconnected",
      "connecting",
      "connected",
    ]);
    await client.version();
    assert.equal(lock.held, false);
    assert.equal(await observer.inspect("a"), false);
    assert.equal(await observer.inspectShared("s"), 0);
    assert.equal(await lock.release(), false);
    assert.equal((await client.acquire("a", { wait: 0 })).held, true);
  },

  "What is asked for while there is no connection waits for one": async (room) => {
    const server = await room.server();
    const client = room.client(server);
    const lock = await client.acquire("a");
    const behind = client.acquire("a");
    await server.kill();
    await aborted(lock.lost);
    const asked = [client.acquire("b"), client.shared("c"), client.tryAcquire("d")];
    await server.restart();
    for (const held of [...(await within("the locks", Promise.all(asked))), await behind]) {
      assert.equal(held?.held, true);
    }
  },

  "It waits in order, and not for longer than it may": async (room) => {
    const client = room.client({ unix: room.path(), patience: 0.05 });
    const errors = await Promise.all([
      failure(client.acquire("a")),
      failure(client.acquire("b", { wait: 0.01 })),
      failure(client.tryAcquire("c")),
      failure(client.inspect("d")),
      failure(client.version()),
    ]);
    for (const error of errors) {
      assert.ok(error instanceof UnavailableError);
      assert.equal(error.code, "unavailable");
      assert.match(error.message, /^no connection to unix:.* within 0\.0[15] s/);
    }
    assert.match(String(errors[0]?.cause), /ENOENT/);
  },

  "No more than so many wait for a connection": async (room) => {
    const client = room.client({ unix: room.path(), patience: Infinity });
    const waiting = Array.from({ length: 16_384 }, () => failure(client.inspect("a")));
    const error = await failure(client.inspect("a"));
    assert.ok(error instanceof UnavailableError);
    assert.match(error.message, /16384/);
    await client.close();
    for (const each of waiting) assert.ok((await each) instanceof ClosedError);
  },

  "A server that falls silent is gone": async (room) => {
    const fake = await fakeServer(room, (line, { say }) => {
      const word = courtesy(line);
      if (word !== undefined && !line.endsWith("ping")) say(word);
      else if (line.includes(" gw ")) say(`${line.split(" ", 1)[0]} 7 Lock Get Success: a`);
    });
    const lock = await room.client({ ...fake, ping: 0.01 }).acquire("a");
    assert.equal(reasonOf(await aborted(lock.lost)), "disconnected");
    assert.match(String((lock.lost.reason as Error).cause), /silent/);
  },

  "A client that falls silent is gone when it says beat, and pings keep it": async (room) => {
    const server = await room.server();
    const client = room.client({ ...server, beat: 1.5, ping: 0.1 });
    const lock = await client.acquire("a");
    // For longer than the beat, and with time for a busy machine to answer each.
    await eventually(
      "many pings",
      async () => (await room.client(server).stats())["command_ping"] ?? 0,
      (pings) => pings > 20,
    );
    assert.equal(lock.held, true);
    assert.equal((await client.stats())["command_beat"], 1);
  },

  "Closing ends everything": async (room) => {
    const server = await room.server();
    const [client, observer] = [room.client(server), room.client(server)];
    const lock = await client.acquire("a");
    await client.semaphore("p", 2).acquire();
    const permit = await client.semaphore("p", 2).acquire();
    await observer.acquire("b");
    const waiting = failure(client.acquire("b"));
    const standing = failure(client.acquire("a"));
    await waiters(observer, "b", 1);
    await client.close();
    assert.ok((await waiting) instanceof ClosedError);
    assert.ok((await standing) instanceof ClosedError);
    assert.equal(reasonOf(lock.lost.reason), "closed");
    assert.equal(reasonOf(permit.lost.reason), "closed");
    assert.equal(await lock.release(), false);
    const error = await failure(client.acquire("c"));
    assert.ok(error instanceof ClosedError);
    assert.equal(error.code, "closed");
    assert.ok((await failure(client.inspect("c"))) instanceof ClosedError);
    assert.ok((await failure(client.semaphore("p", 2).acquire())) instanceof ClosedError);
    await client.close();
    assert.equal(await observer.inspect("a"), false);
    assert.equal(await observer.inspectShared("p"), 0);
    assert.equal((await observer.stats())["connections"], 1);
  },
};
