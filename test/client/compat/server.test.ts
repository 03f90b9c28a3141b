/** A server that `listen` starts in the process of its clients. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  connect,
  type ConnectOptions,
  listen,
  type ListenOptions,
  type LockdServer,
} from "../../../src/client/compat/index.ts";
import { scratch } from "../../cli/glockd.ts";
import { missing } from "../../server-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { call, client, next } from "./calls.ts";
import { fieldServer } from "./field.ts";
import { because, type Library, library, tried } from "./library.ts";

/** Listens everywhere; `await using` ends it. */
async function everywhere(
  options: ListenOptions = {},
): Promise<{ server: LockdServer; places: (ConnectOptions | LockdServer)[] } & AsyncDisposable> {
  const room = scratch();
  const [tcp, web] = [await freePlace(), await freePlace()];
  const unix = room.path("socket");
  const websocket = `ws://${web}`;
  const server = listen({ tcp, unix, websocket, ...options });
  await next(server, "ready");
  return {
    server,
    places: [server, { tcp }, { unix }, { websocket }],
    [Symbol.asyncDispose]: async () => {
      await ended(server, "destroy");
      await room[Symbol.asyncDispose]();
    },
  };
}

async function freePlace(): Promise<string> {
  const place = await fieldServer(() => {});
  await place.end();
  return place.tcp;
}

function ended(server: LockdServer, how: "close" | "destroy"): Promise<unknown[]> {
  return new Promise((resolve) => server[how]((...got) => resolve(got)));
}

describe("listen", () => {
  test(
    "starts a server that is reached in every way, and by its object",
    async () => {
      await using here = await everywhere();
      const clients = here.places.map((place) => connect(place));
      for (const [index, one] of clients.entries()) {
        const name = `lock ${index}`;
        expect(await call(one, "get", name)).toEqual([null, 1, `Lock Get Success: ${name}`]);
        expect(await call(one, "getShared", "all")).toEqual([
          null,
          index + 1,
          "Shared Lock Get Success: all",
        ]);
      }
      const [error, holders] = await call(clients[3]!, "dump");
      expect(error).toBe(null);
      expect(Object.values(holders as object)).toEqual([
        "process:1",
        expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        "unix:1",
        expect.stringMatching(/^127\.0\.0\.1:\d+$/),
      ]);
      for (const one of clients) expect(await call(one, "disconnect")).toEqual([null]);
    },
    testMilliseconds,
  );

  test(
    "without an address starts one for this process alone",
    async () => {
      const server = listen({});
      const one = connect(server);
      await using other = client(server);
      const events: string[] = [];
      one.on("connect", () => events.push("connect"));
      one.on("close", () => events.push("close"));
      // Asked before the server is ready.
      expect(await call(one, "get", "x")).toEqual([null, 1, "Lock Get Success: x"]);
      expect(await call(one, "dump", "nobody's")).toEqual([null, null]);
      expect(await call(other, "get", "x")).toEqual(["Lock Get Failure: x"]);
      expect(await call(one, "disconnect")).toEqual([null]);
      expect(await call(other, "get", "x")).toEqual([null, 1, "Lock Get Success: x"]);
      expect(events).toEqual(["connect"]);
      expect(await ended(server, "destroy")).toEqual([null]);
    },
    testMilliseconds,
  );

  test.each([
    [{ dump: false }, "dump", "The dump feature of the lockd server is disabled."],
    [{ dump: false }, "setName", null],
    [{ registry: false }, "dump", null],
    [{ registry: false }, "setName", "The registry feature of the lockd server is disabled."],
    [
      { registry: false },
      "listClients",
      "The dump and/or registry features of the lockd server are disabled.",
    ],
  ] as const)(
    "with features %p makes %s say %p",
    async (features, method, error) => {
      const server = listen({ features });
      await using one = client(server);
      expect((await call(one, method, "x"))[0]).toBe(error);
      await ended(server, "close");
    },
    testMilliseconds,
  );

  test(
    "says `error` when it cannot listen, and so do its clients",
    async () => {
      await using taken = await fieldServer(() => {});
      const server = listen({ tcp: taken.tcp });
      server.on("ready", () => expect.unreachable());
      const one = connect(server);
      const told = next(one, "error");
      const [error] = await next(server, "error");
      expect((error as Error).message).toContain(`cannot listen on ${taken.tcp}`);
      expect(await told).toEqual([error]);
      expect(await call(one, "get", "x")).toEqual([(error as Error).message]);
      expect(await ended(server, "close")).toEqual([null]);
    },
    testMilliseconds,
  );
});

describe.each(["close", "destroy"] as const)("%s", (how) => {
  test(
    "ends the server and tells its clients",
    async () => {
      await using here = await everywhere();
      const clients = here.places.map((place) => connect(place));
      for (const one of clients) await call(one, "get", "x");
      const gone = Promise.all(clients.map((one) => next(one, "close")));
      const closed = next(here.server, "close");
      expect(await ended(here.server, how)).toEqual([null]);
      await closed;
      await gone;
      // Twice is as good as once.
      expect(await ended(here.server, how)).toEqual([null]);
      const late = connect(here.server);
      late.on("error", () => {});
      expect(await call(late, "get", "x")).toEqual(["The lockd server is closed."]);
    },
    testMilliseconds,
  );

  test(
    "before it is ready keeps it from saying so",
    async () => {
      const server = listen({ tcp: await freePlace() });
      server.on("ready", () => expect.unreachable());
      expect(await ended(server, how)).toEqual([null]);
    },
    testMilliseconds,
  );
});

test("`close` lets a client have the reply that is due", async () => {
  const server = listen({});
  await using one = client(server);
  await call(one, "inspect", "x");
  const due = call(one, "get", "x");
  expect(await ended(server, "close")).toEqual([null]);
  expect(await due).toEqual([null, 1, "Lock Get Success: x"]);
});

describe("The library as a package", () => {
  let packed: Library;
  beforeAll(async () => void (packed = await library()), testMilliseconds);
  afterAll(() => packed[Symbol.asyncDispose]());

  const reason = missing("node");
  test.skipIf(reason !== undefined)(
    `says under Node that \`listen\` needs Bun${because(reason)}`,
    async () => {
      const program = `
        const lockd = require("glockd/compat");
        try { lockd.listen({ tcp: "127.0.0.1:9" }); } catch (error) { console.log(error.message); }`;
      expect(await packed.run("node", program)).toBe(
        "lockd.listen needs Bun: run this program with bun, or start the glockd binary and connect to it\n",
      );
    },
    testMilliseconds,
  );

  test(
    "starts a server under Bun",
    async () => {
      const program = `
        const lockd = require("glockd/compat");
        const server = lockd.listen({});
        const client = lockd.connect(server);
        client.get("x", (error, number, message) => {
          console.log(error, number, message);
          client.disconnect(() => server.close(() => console.log("closed")));
        });`;
      expect(await packed.run("bun", program)).toBe("null 1 Lock Get Success: x\nclosed\n");
    },
    testMilliseconds,
  );

  test.each(tried)(
    "gives `connect` and `listen` under %s, in every way to load it",
    async (runtime) => {
      const program = `
        const lockd = require("glockd/compat");
        import("glockd/compat").then((library) => {
          for (const each of [lockd, lockd.default, library, library.default]) {
            console.log(typeof each.connect, typeof each.listen, each.connect === lockd.connect);
          }
          const { LockdClient } = lockd;
          const made = new lockd.connect({ tcp: "127.0.0.1:1" });
          made.on("error", () => {});
          console.log(made instanceof LockdClient);
        });`;
      expect(await packed.run(runtime, program)).toBe(
        `${"function function true\n".repeat(4)}true\n`,
      );
    },
    testMilliseconds,
  );
});
