/** How connections begin and end: events, what is asked meanwhile, and who is told. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { doorNames, type ServerProcess, startProcess } from "../../server-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { call, client, next, optionsOf } from "./calls.ts";
import { fieldServer } from "./field.ts";
import { because, library, runtimes } from "./library.ts";

const doors = doorNames.map((door) => [door] as const);
const closed = ["The connection to the lockd server is closed."];

let server: ServerProcess;
beforeAll(async () => void (server = await startProcess()), testMilliseconds);
afterAll(() => server[Symbol.asyncDispose]());

describe.each(doors)("Through the %s door", (door) => {
  test(
    "requests that are made at once are answered after `connect`",
    async () => {
      await using one = client(optionsOf(server.doors, door));
      const events: string[] = [];
      one.on("connect", (...about) => events.push(`connect with ${about.length}`));
      const get = call(one, "get", `early ${door}`).then((got) => events.push(String(got[1])));
      await get;
      expect(events).toEqual(["connect with 0", "1"]);
    },
    testMilliseconds,
  );

  test(
    "what a client holds is free when `disconnect` calls back",
    async () => {
      const name = `mine ${door}`;
      for (let round = 0; round < 20; round++) {
        const one = client(optionsOf(server.doors, door));
        one.on("close", () => expect.unreachable("close is for losses"));
        expect(await call(one, "get", name)).toEqual([null, 1, `Lock Get Success: ${name}`]);
        expect(await call(one, "disconnect")).toEqual([null]);
        expect(await call(one, "get", name)).toEqual(closed);
        expect(await call(one, "disconnect")).toEqual([null]);
      }
    },
    testMilliseconds,
  );

  test(
    "`disconnect` fails what is still asked",
    async () => {
      const one = client(optionsOf(server.doors, door));
      const before = [call(one, "get", "x"), call(one, "dump")];
      const both = [call(one, "disconnect"), call(one, "disconnect")];
      expect(await Promise.all(before)).toEqual([closed, closed]);
      expect(await Promise.all(both)).toEqual([[null], [null]]);
    },
    testMilliseconds,
  );

  test(
    "`close` tells that the server has ended the connection",
    async () => {
      await using own = await startProcess();
      await using one = client(optionsOf(own.doors, door));
      // Now the server has taken the connection, and does not reset it.
      await call(one, "inspect", "x");
      const told = next(one, "close");
      await own.stop();
      expect(await told).toEqual([false]);
      expect(await call(one, "get", "x")).toEqual(closed);
    },
    testMilliseconds,
  );
});

describe("`disconnect`", () => {
  test(
    "calls back after the server has let go",
    async () => {
      const order: string[] = [];
      await using polite = await fieldServer(
        () => {},
        (socket) => {
          order.push("the server lets go");
          socket.end();
        },
      );
      const one = client({ tcp: polite.tcp, readTimeout: 10_000 });
      await next(one, "connect");
      await call(one, "disconnect");
      order.push("the client knows");
      expect(order).toEqual(["the server lets go", "the client knows"]);
    },
    testMilliseconds,
  );

  test(
    "does not wait for ever for a server that never does",
    async () => {
      await using stubborn = await fieldServer(
        () => {},
        () => {},
      );
      const one = client({ tcp: stubborn.tcp, readTimeout: 20 });
      await next(one, "connect");
      expect(await call(one, "disconnect")).toEqual([null]);
    },
    testMilliseconds,
  );
});

describe.each(runtimes)("Under %s", (runtime, reason) => {
  test.skipIf(reason !== undefined)(
    `what a callback throws ends the process, not the conversation${because(reason)}`,
    async () => {
      await using packed = await library();
      const program = `
        const lockd = require("glockd/compat");
        process.on("uncaughtException", (error) => console.log("uncaught", error.message));
        const client = lockd.connect({ tcp: ${server.doors.tcp.port}, readTimeout: 10000 });
        client.on("connect", () => { throw new Error("connect"); });
        client.inspect("x", () => { throw new Error("inspect"); });
        client.dump("x", (error, holder) => {
          console.log(error, holder);
          client.disconnect(() => { throw new Error("disconnect"); });
        });`;
      expect((await packed.run(runtime, program)).split("\n")).toEqual([
        "uncaught connect",
        "uncaught inspect",
        "null null",
        "uncaught disconnect",
        "",
      ]);
    },
    testMilliseconds,
  );
});
