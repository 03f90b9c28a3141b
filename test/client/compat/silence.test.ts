/** Servers that answer late or not at all: no request waits for ever, and none gets a reply of another. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { testMilliseconds } from "../../wait-for.ts";
import { call, client, type Method, next } from "./calls.ts";
import { type FieldServer, fieldServer } from "./field.ts";
import { type Library, library, tried } from "./library.ts";

const nothingCame = ["Expected 1 line but got 0"];

describe("A server that never answers", () => {
  const methods: readonly (readonly [Method, ...string[]])[] = [
    ["get", "x"],
    ["release", "x"],
    ["inspect", "x"],
    ["dump"],
    ["dump", "x"],
    ["getShared", "x"],
    ["releaseShared", "x"],
    ["inspectShared", "x"],
    ["dumpShared"],
    ["dumpShared", "x"],
    ["getName"],
    ["setName", "x"],
    ["listClients"],
    ["listClients", "x"],
    ["getStats"],
  ];
  let silent: FieldServer;
  beforeAll(async () => void (silent = await fieldServer(() => {})));
  afterAll(() => silent.end());

  test.each(methods)(
    "makes %s %s fail",
    async (method, ...given) => {
      await using one = client({ tcp: silent.tcp, readTimeout: 5 });
      expect(await call(one, method, ...given)).toEqual(nothingCame);
    },
    testMilliseconds,
  );

  test(
    "is given 100 ms unless readTimeout says otherwise",
    async () => {
      for (const [options, least] of [
        [{}, 100],
        [{ readTimeout: 250 }, 250],
      ] as const) {
        await using one = client({ tcp: silent.tcp, ...options });
        await next(one, "connect");
        const start = performance.now();
        expect(await call(one, "get", "x")).toEqual(nothingCame);
        const took = performance.now() - start;
        // Timers may be a little early.
        expect(took).toBeGreaterThan(least - 5);
        if (least === 100) expect(took).toBeLessThan(10_000);
      }
    },
    testMilliseconds,
  );

  test(
    "makes each of many requests fail",
    async () => {
      await using one = client({ tcp: silent.tcp, readTimeout: 5 });
      const all = ["x", "y", "z"].map((name) => call(one, "get", name));
      expect(await Promise.all(all)).toEqual([nothingCame, nothingCame, nothingCame]);
    },
    testMilliseconds,
  );
});

describe("A server that answers too late", () => {
  test(
    "is not believed to have answered the next request",
    async () => {
      const heard: string[] = [];
      let late: string | undefined = "1 Lock Get Success: same\n";
      await using server = await fieldServer((line, reply) => {
        heard.push(line);
        if (heard.length === 1) return;
        // The second request stands behind a mark.
        if (late !== undefined) reply(late);
        late = undefined;
        if (line.startsWith("i ")) reply(`0 Lock Not Locked: ${line.slice(2)}\n`);
        else reply(`0 Lock Get Failure: ${line.slice(2)}\n`);
      });
      await using one = client({ tcp: server.tcp, readTimeout: 50 });
      expect(await call(one, "get", "same")).toEqual(nothingCame);
      expect(await call(one, "get", "same")).toEqual(["Lock Get Failure: same"]);
      expect(heard.filter((line) => line.startsWith("g "))).toEqual(["g same", "g same"]);
    },
    testMilliseconds,
  );

  test(
    "may say so while nothing is asked",
    async () => {
      let say: (() => void) | undefined;
      await using server = await fieldServer((line, reply) => {
        if (line === "g x") say = () => reply("1 Lock Get Success: x\n");
        else if (line.startsWith("i ")) reply(`0 Lock Not Locked: ${line.slice(2)}\n`);
        else reply("1 Lock Release Success: x\n");
      });
      await using one = client({ tcp: server.tcp, readTimeout: 50 });
      one.on("error", (error) => expect.unreachable(error.message));
      expect(await call(one, "get", "x")).toEqual(nothingCame);
      say?.();
      expect(await call(one, "release", "x")).toEqual([null, 1, "Lock Release Success: x"]);
    },
    testMilliseconds,
  );
});

describe("A listing", () => {
  test(
    "that stops in the middle is not taken for the whole",
    async () => {
      let listings = 0;
      await using server = await fieldServer((line, reply) => {
        if (line === "d" && (listings += 1) === 1) reply("a: 1.2.3.4:5\n");
        else if (line === "d") reply("b: 1.2.3.4:5\nc: 1.2.");
        else if (listings === 1) reply(`0 Lock Not Locked: ${line.slice(2)}\n`);
      });
      await using one = client({ tcp: server.tcp, readTimeout: 20 });
      expect(await call(one, "dump")).toEqual([null, { a: "1.2.3.4:5" }]);
      const message = "Expected the end of the listing but got 1 line and no more";
      expect(await call(one, "dump")).toEqual([message]);
    },
    testMilliseconds,
  );

  test(
    "ends in silence when the server knows nothing but listings",
    async () => {
      await using server = await fieldServer((line, reply) => {
        if (line === "sd") reply("a: 1.2.3.4:5\na: unix:7\n");
      });
      await using one = client({ tcp: server.tcp, readTimeout: 20 });
      expect(await call(one, "dumpShared")).toEqual([null, { a: ["1.2.3.4:5", "unix:7"] }]);
    },
    testMilliseconds,
  );

  test(
    "that pauses for longer than the read timeout is read on",
    async () => {
      let goOn: (() => void) | undefined;
      let marks = 0;
      await using server = await fieldServer((line, reply) => {
        if (line === "d") {
          reply("a: 1.2.3.4:5\n");
          goOn = () => reply("b: 1.2.3.4:5\n");
          return;
        }
        // Marks at 0, 10, 30 and 70 ms of silence, then again from 0: this one is past 100 ms.
        if ((marks += 1) < 6) return;
        goOn?.();
        reply(`0 Lock Not Locked: ${line.slice(2)}\n`);
      });
      await using one = client({ tcp: server.tcp });
      expect(await call(one, "dump")).toEqual([null, { a: "1.2.3.4:5", b: "1.2.3.4:5" }]);
    },
    testMilliseconds,
  );
});

describe("A process that is busy for longer than the read timeout", () => {
  let packed: Library;
  beforeAll(async () => void (packed = await library()), testMilliseconds);
  afterAll(() => packed[Symbol.asyncDispose]());

  test.each(tried)(
    "under %s takes the reply that came meanwhile",
    async (runtime) => {
      await using server = await fieldServer((line, reply) =>
        reply(`1 Lock Get Success: ${line.slice(2)}\n`),
      );
      const program = `
        const client = require("glockd/compat").connect({ tcp: "${server.tcp}", readTimeout: 5 });
        client.on("connect", () => {
          client.get("x", (...got) => {
            console.log(got[0] === null ? got[2] : got[0].message);
            client.disconnect();
          });
          // After the turn in which the command leaves.
          setImmediate(() => {
            const until = performance.now() + 1500;
            while (performance.now() < until);
          });
        });`;
      expect(await packed.run(runtime, program)).toBe("Lock Get Success: x\n");
    },
    testMilliseconds,
  );
});
