/** Servers that are older, closed to strangers, full, or no glockd at all. */
import assert from "node:assert/strict";
import { DeniedError, ProtocolError, UnavailableError } from "../../../src/client/index.ts";
import { courtesy, fakeServer, oldServer, parts } from "../fake-server.ts";
import { aborted, type Cases, failure, type Room } from "../room.ts";

/** What a client can do with a server of the first part, and what it says of the rest. */
async function useOldServer(room: Room, options: { unix: string }): Promise<void> {
  const [client, other] = [room.client({ ...options, name: "worker" }), room.client(options)];
  assert.deepEqual(await client.version(), { version: null, features: [] });
  const lock = await client.tryAcquire("a");
  assert.equal(lock?.held, true);
  assert.equal(await other.tryAcquire("a"), null);
  assert.equal(await other.inspect("a"), true);
  assert.throws(() => lock.fence, ProtocolError);
  assert.equal(await lock.release(), true);
  assert.equal(await other.inspect("a"), false);
  const [first, second] = await Promise.all([client.shared("s"), other.shared("s")]);
  assert.equal(first.sharers + second.sharers, 3);
  assert.equal(await other.inspectShared("s"), 2);
  assert.equal(await first.release(), true);
  await other.acquire("a", { wait: 0 });
  for (const promise of [
    client.acquire("b"),
    client.acquire("b", { wait: 5 }),
    client.readLock("b"),
    client.detached("b", { ttl: 5 }),
    client.semaphore("b", 2).acquire(),
    client.list(),
    client.stats(),
    client.free("b"),
    client.releaseDetached("b", "k"),
  ]) {
    const error = await failure(promise);
    assert.ok(error instanceof ProtocolError);
    assert.match(error.message, /second part of the protocol/);
  }
  assert.equal((await client.tryAcquire("b"))?.held, true);
}

export const servers: Cases = {
  "A server of the first part gets and releases, shares and inspects": async (room) => {
    await useOldServer(room, await fakeServer(room, oldServer()));
  },

  "So does one that reads one command a packet and ends lines in CR LF": async (room) => {
    const fake = await fakeServer(room, oldServer("\r"), { dropsRest: true });
    await useOldServer(room, fake);
    assert.ok(fake.heard.includes("version"));
  },

  "Its silence shows, too": async (room) => {
    const answer = oldServer();
    let isSilent = false;
    const fake = await fakeServer(room, (line, visitor) => {
      if (!isSilent) answer(line, visitor);
    });
    const lock = await room.client({ ...fake, ping: 0.01 }).tryAcquire("a");
    isSilent = true;
    await aborted(lock!.lost);
  },

  "A server that is slow to say its version is known all the same": async (room) => {
    let late: (() => void) | undefined;
    const fake = await fakeServer(room, (line, { say }) => {
      const [tag, command] = parts(line);
      if (line === "version") late = () => say(courtesy(line)!);
      else if (line === "me") {
        late?.();
        say("1 unix:1 unix:1");
      } else say(courtesy(line) ?? `@${tag} 7 ${command}`);
    });
    const client = room.client(fake);
    assert.equal((await client.version()).version, "9.9.9");
    assert.equal((await client.acquire("a")).fence, 7);
    assert.equal(fake.connections, 1);
  },

  "What is no glockd is named": async (room) => {
    const fake = await fakeServer(room, (_, { say }) => say("HTTP/1.1 400 Bad Request"));
    const error = await failure(room.client(fake).acquire("a"));
    assert.ok(error instanceof ProtocolError);
    assert.equal(error.code, "protocol");
    assert.match(error.message, /HTTP\/1\.1 400/);
  },

  "A server that says what nobody asked for is left": async (room) => {
    const fake = await fakeServer(room, (line, { say }) => {
      const word = courtesy(line);
      say(word ?? "@9999 1 nonsense");
    });
    const error = await failure(room.client(fake).inspect("a"));
    assert.equal(error.code, "lost");
    assert.match(String(error.cause), /@9999 1 nonsense/);
  },

  "A token is said first, and without one a closed server denies": async (room) => {
    const guests = new Set<number>();
    const fake = await fakeServer(room, (line, { number, say }) => {
      const [tag, command, rest] = parts(line);
      if (line === "version") return say(courtesy(line)!);
      if (command === "auth" && rest === "secret") guests.add(number);
      if (command === "auth") return say(rest === "secret" ? "1 ok" : "0 denied");
      if (!guests.has(number)) return say(`@${tag} 0 auth required`);
      say(courtesy(line) ?? `@${tag} 7 Lock Get Success: a`);
    });
    assert.equal((await room.client({ ...fake, auth: "secret" }).acquire("a")).fence, 7);
    for (const auth of ["wrong", undefined]) {
      const before = fake.connections;
      const client = room.client({ ...fake, auth });
      const error = await failure(client.acquire("a"));
      assert.ok(error instanceof DeniedError);
      assert.equal(error.code, "denied");
      assert.equal(error.reason, auth === undefined ? "no-token" : "bad-token");
      assert.ok((await failure(client.inspect("a"))) instanceof DeniedError);
      assert.equal(fake.connections, before + 1);
    }
  },

  "A full server is tried again": async (room) => {
    const server = await room.server("-max-connections=1");
    const first = room.client(server);
    await first.acquire("a");
    const second = room.client(server).acquire("a");
    await first.close();
    assert.equal((await second).held, true);
  },

  "A server that is full says so": async (room) => {
    const fake = await fakeServer(room, (_, { say, hangUp }) => {
      say("0 Limit Reached: connections");
      hangUp();
    });
    const error = await failure(room.client({ ...fake, patience: 0.1 }).acquire("a"));
    assert.ok(error instanceof UnavailableError);
    assert.match(String(error.cause), /limit of connections/);
  },

  "A server that stops says so to whoever waits, and to whoever asks then": async (room) => {
    const fake = await fakeServer(room, (line, { say }) => {
      const [tag, command] = parts(line);
      if (command === "gw" && line.endsWith(" last")) {
        say("@! 0 Shutdown: 60");
        say(`@${tag} 0 Lock Get Failure: last`);
      } else say(courtesy(line) ?? `@${tag} 0 Lock Get Failure: a`);
    });
    const client = room.client(fake);
    assert.equal((await failure(client.acquire("a", { wait: 60 }))).code, "timed-out");
    const both = [client.acquire("last"), client.acquire("last", { wait: 60 })].map(failure);
    for (const error of [...(await Promise.all(both)), await failure(client.acquire("a"))]) {
      assert.ok(error instanceof UnavailableError);
      assert.equal(error.message, "the server is shutting down");
    }
  },

  "A server that lets nobody in any more says so, and is tried again": async (room) => {
    let isStopping = true;
    const fake = await fakeServer(room, (line, { say, hangUp }) => {
      const [tag] = parts(line);
      if (!isStopping) return say(courtesy(line) ?? `@${tag} 7 Lock Get Success: a`);
      say("0 Unavailable: shutting down");
      hangUp();
    });
    const error = await failure(room.client({ ...fake, patience: 0.1 }).acquire("a"));
    assert.ok(error instanceof UnavailableError);
    assert.match(String(error.cause), /the server is shutting down/);
    const client = room.client(fake);
    const lock = client.acquire("a");
    const before = fake.connections;
    const again = (): true | undefined => fake.connections > before + 1 || undefined;
    await fake.changes.until("another attempt", again);
    isStopping = false;
    assert.equal((await lock).fence, 7);
  },

  "A server's limits and missing features have names": async (room) => {
    const server = await room.server("-max-locks=1", "-dump=false", "-max-name=10");
    const client = room.client(server);
    await client.acquire("a");
    const errors = [
      await failure(client.acquire("b")),
      await failure(client.list()),
      await failure(client.inspect("x".repeat(11))),
    ];
    assert.deepEqual(
      errors.map(({ code }) => code),
      ["unavailable", "denied", "bad-name"],
    );
  },
};
