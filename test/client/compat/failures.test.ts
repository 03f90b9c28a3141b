/** Connections that cannot be had or are lost, and what becomes of who asked. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ConnectOptions } from "../../../src/client/compat/index.ts";
import { scratch } from "../../cli/glockd.ts";
import { type ServerProcess, startProcess } from "../../server-process.ts";
import { testMilliseconds, within } from "../../wait-for.ts";
import { call, client, next, optionsOf } from "./calls.ts";
import { fieldServer } from "./field.ts";

let server: ServerProcess;
beforeAll(async () => void (server = await startProcess()), testMilliseconds);
afterAll(() => server[Symbol.asyncDispose]());

describe("A connection that cannot be had", () => {
  test.each([
    ["a port on which nobody listens", /ECONNREFUSED|connect/i, refusedPort],
    ["a path that is not there", /ENOENT|connect/i, missingPath],
    ["a port that is no WebSocket's", /opens no WebSocket: the server answered/, notWeb],
    ["a path of a server that has no WebSocket there", /404 Not Found/, wrongPath],
  ] as const)(
    "to %s is told by `error` and to whoever asked",
    async (_, words, place) => {
      await using at = await place();
      await using one = client(at.options);
      const events: unknown[] = [];
      one.on("connect", () => events.push("connect"));
      one.on("error", (error: Error) => events.push(error.message));
      const gone = next(one, "close");
      const asked = Promise.all([call(one, "get", "x"), call(one, "dump")]);
      const [get, dump] = await asked;
      await gone;
      expect(events).toEqual([expect.stringMatching(words)]);
      expect([get, dump]).toEqual([events, events]);
      expect(await call(one, "getStats")).toEqual(events);
    },
    testMilliseconds,
  );

  test(
    "within `timeout` is told by `error`",
    async () => {
      // It takes connections and says nothing, so no WebSocket ever opens.
      await using silent = await fieldServer(() => {});
      await using one = client({ websocket: `ws://${silent.tcp}`, timeout: 50 });
      const told = next(one, "error");
      const message = "Could not connect to the lockd server within 50 ms";
      expect(await call(one, "get", "x")).toEqual([message]);
      expect(await told).toEqual([expect.objectContaining({ message, code: "ETIMEDOUT" })]);
    },
    testMilliseconds,
  );

  test(
    "does not run out of time once it is there",
    async () => {
      await using one = client({ ...optionsOf(server.doors, "tcp"), timeout: 200 });
      one.on("error", (error: Error) => expect.unreachable(error.message));
      await next(one, "connect");
      // Its time runs out later than the other's would.
      await using silent = await fieldServer(() => {});
      await using clock = client({ websocket: `ws://${silent.tcp}`, timeout: 200 });
      await next(clock, "error");
      expect(await call(one, "inspect", "free")).toEqual([null, 0, "Lock Not Locked: free"]);
    },
    testMilliseconds,
  );
});

describe("A line that nothing has asked for", () => {
  test(
    "is told by `error`",
    async () => {
      await using full = await startProcess("-max-connections=1");
      await using first = client(optionsOf(full.doors, "tcp"));
      await call(first, "get", "x");
      await using second = client(optionsOf(full.doors, "tcp"));
      const [error] = await next(second, "error");
      expect((error as Error).message).toBe(
        "Unexpected data received from lockd server: 0 Limit Reached: connections",
      );
    },
    testMilliseconds,
  );
});

describe("A request that stands when the connection is lost", () => {
  test(
    "fails at once",
    async () => {
      await using rude = await fieldServer((_, __, socket) => socket.destroy());
      await using one = client({ tcp: rude.tcp, readTimeout: 60_000 });
      one.on("error", () => {});
      const asked = Promise.all([call(one, "get", "x"), call(one, "get", "y")]);
      const [get, then] = await within("an answer", asked);
      expect(get).toEqual([expect.stringMatching(/closed|ECONNRESET/)]);
      expect(then).toEqual(get);
    },
    testMilliseconds,
  );
});

type At = { readonly options: ConnectOptions } & AsyncDisposable;
const nothing = async (): Promise<void> => {};

async function refusedPort(): Promise<At> {
  const gone = await fieldServer(() => {});
  await gone.end();
  return { options: { tcp: gone.tcp }, [Symbol.asyncDispose]: nothing };
}

async function missingPath(): Promise<At> {
  const room = scratch();
  return {
    options: { unix: room.path("nobody") },
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
}

async function notWeb(): Promise<At> {
  const other = await fieldServer((line, reply) => {
    if (line === "\r") reply("SSH-2.0-OpenSSH_9.2\r\n\r\n");
  });
  return {
    options: { websocket: `ws://${other.tcp}` },
    [Symbol.asyncDispose]: () => other[Symbol.asyncDispose](),
  };
}

async function wrongPath(): Promise<At> {
  return {
    options: { websocket: `ws://127.0.0.1:${server.doors.web.port}/elsewhere` },
    [Symbol.asyncDispose]: nothing,
  };
}
