/** The ways to a server, and options that lead nowhere. */
import assert from "node:assert/strict";
import { createServer as createTlsServer, type TLSSocket } from "node:tls";
import { connect as connectSocket, createServer, type Server, type Socket } from "node:net";
import { connect, type ConnectOptions } from "../../../src/client/index.ts";
import { eventually, within } from "../../wait-for.ts";
import { certificate, privateKey } from "../certificate.ts";
import { type Cases, failure, type Room } from "../room.ts";

async function use(room: Room, options: ConnectOptions): Promise<void> {
  const [here, there] = [room.client(options), room.client(options)];
  const lock = await here.acquire("a b ключ");
  assert.equal(await there.tryAcquire("a b ключ"), null);
  const waiting = there.acquire("a b ключ");
  await lock.release();
  await (await waiting).release();
  const names = Array.from({ length: 300 }, (_, index) => `ключ-${index}-${"é".repeat(200)}`);
  await Promise.all(names.map((name) => here.acquire(name)));
  const listed = (await there.list("ключ")).map(({ name }) => name);
  assert.deepEqual(listed.sort(), names.sort());
  const one: string[] = [];
  await there.eachLock("ключ", ({ name }) => one.push(name));
  assert.deepEqual(one.sort(), names);
  await here.close();
  await eventually(
    "the end of what a closed client held",
    () => there.list(),
    ({ length }) => length === 0,
  );
}

/** Lets TCP, or what `server` makes of it, through to a unix socket. Returns the port. */
async function inFront(room: Room, server: Server, event: string, unix: string): Promise<number> {
  server.on(event, (near: Socket) => {
    const far = connectSocket(unix);
    near.on("error", () => far.destroy());
    far.on("error", () => near.destroy());
    near.pipe(far).pipe(near);
    near.on("close", () => far.destroy());
  });
  await within("a port", new Promise<void>((done) => server.listen(0, "127.0.0.1", done)));
  room.defer(() => server.close());
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

export const doors: Cases = {
  "A unix socket": async (room) => use(room, { unix: (await room.server()).unix }),

  "TCP, with and without a host": async (room) => {
    const { unix } = await room.server();
    const port = await inFront(room, createServer(), "connection", unix);
    await use(room, { tcp: `localhost:${port}` });
    await use(room, { tcp: port });
  },

  "TLS over TCP, if the certificate is right": async (room) => {
    const { unix } = await room.server();
    const secure = createTlsServer({ cert: certificate, key: privateKey });
    secure.on("tlsClientError", (_: Error, socket: TLSSocket) => socket.destroy());
    const port = await inFront(room, secure, "secureConnection", unix);
    await use(room, {
      tcp: `127.0.0.1:${port}`,
      tls: { ca: certificate, servername: "localhost" },
    });
    const strict = room.client({ tcp: `127.0.0.1:${port}`, tls: true, patience: 0.2 });
    const error = await failure(strict.acquire("a"));
    assert.equal(error.code, "unavailable");
    assert.match(String(error.cause), /certificate|self.signed/i);
  },

  "A WebSocket, where the platform has one": async (room) => {
    const url = await room.webServer();
    if (typeof WebSocket === "undefined") {
      assert.throws(() => connect({ websocket: url }), /Node has one since version 22/);
    } else {
      await use(room, { websocket: url });
    }
  },

  "Options that lead nowhere are refused": async () => {
    for (const options of [
      {},
      { tcp: 1, unix: "a" },
      { tcp: "a:b" },
      { tcp: 0 },
      { tcp: "localhost:65536" },
      { unix: "/a", tls: true },
      { websocket: "http://a" },
      { tcp: 1, ping: 0 },
      { tcp: 1, beat: -1 },
      { tcp: 1, name: "a\nb" },
      { tcp: 1, auth: "" },
    ]) {
      assert.throws(() => connect(options), JSON.stringify(options));
    }
  },
};
