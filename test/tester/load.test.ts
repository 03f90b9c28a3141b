/** The load engine: what it measures is right, and it ends whatever the server does. */
import { expect, test } from "bun:test";
import { CannotConnect } from "../../src/tester/failure.ts";
import { loads } from "../../src/tester/load/loads.ts";
import { runLoads } from "../../src/tester/load/run.ts";
import { makeScript, type Step } from "../../src/tester/load/script.ts";
import { Swarm } from "../../src/tester/load/swarm.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { asked, lineServer } from "./line-server.ts";
import { serveStreams } from "./reference/server.ts";
import { serveWeb } from "./reference/web-server.ts";
import { testing } from "./recorder.ts";

const onlyLoad = { load: true, only: "load:", seconds: 0.02 };

for (const door of ["tcp", "unix", "web"])
  test.concurrent(
    `every load runs over ${door}, with all replies as due, and leaves no lock`,
    async () => {
      await using room = scratch();
      const server =
        door === "web"
          ? serveWeb()
          : serveStreams(door === "unix" ? { unix: room.path("socket") } : {});
      const { status, recorder } = await testing(server, { ...onlyLoad, clients: 3 });
      expect(recorder.measured.map(({ name }) => name)).toEqual(loads.map(({ name }) => name));
      for (const report of recorder.measured) {
        expect(report.failure).toBeUndefined();
        expect(report.operationsPerSecond).toBeGreaterThan(0);
        expect(report.p50Microseconds).toBeGreaterThan(0);
        expect(report.p50Microseconds).toBeLessThanOrEqual(report.p99Microseconds);
        expect(report.p99Microseconds).toBeLessThanOrEqual(report.p999Microseconds);
        expect(report.p999Microseconds).toBeLessThanOrEqual(report.maxMicroseconds);
      }
      expect(status).toBe(0);
    },
    testMilliseconds,
  );

test(
  "one connection alone can make every load",
  async () => {
    const { recorder } = await testing(serveStreams(), { ...onlyLoad, clients: 1, depth: 1 });
    expect(recorder.summary).toEqual({ passed: loads.length, failed: 0, skipped: 0 });
  },
  testMilliseconds,
);

test(
  "every load puts its locks back, so that none is an orphan",
  async () => {
    const server = serveStreams();
    await testing({ ...server, stop: () => undefined }, { ...onlyLoad, clients: 3 });
    const statistics = await asked(server, "q");
    server.stop();
    expect(statistics).toContain("\norphans: 0\n");
    expect(statistics).toContain("\nshared_orphans: 0\n");
  },
  testMilliseconds,
);

test(
  "wrong replies fail the load, with the first of them",
  async () => {
    const { status, recorder } = await testing(serveStreams({ fault: "grants twice" }), {
      ...onlyLoad,
      only: "load: get, refused",
    });
    expect(recorder.measured[0]?.wrong).toBeGreaterThan(0);
    expect(recorder.measured[0]?.failure).toMatch(/wrong replies: sent g .*; came 1 Lock Get/);
    expect(status).toBe(1);
  },
  testMilliseconds,
);

test(
  "a server without pipelining is measured with one command in flight",
  async () => {
    const server = serveStreams({ fault: "answers only the first command of a packet" });
    const options = { ...onlyLoad, only: "load: inspect", limitMilliseconds: 300 };
    const { status, recorder } = await testing(server, options);
    expect(recorder.notes.join()).toContain("one in flight only");
    expect(recorder.measured.map(({ failure }) => failure)).toEqual([undefined, undefined]);
    expect(status).toBe(0);
  },
  testMilliseconds,
);

test(
  "on a server without waits hand-offs are skipped with the reason, and the rest is measured",
  async () => {
    const server = serveStreams({ disabled: ["additions"] });
    const { status, recorder } = await testing(server, { ...onlyLoad, only: "load: *o" });
    expect(recorder.skippedLoads).toEqual([
      expect.stringMatching(/^load: hand-off, one lock \(.*does not answer version\)$/),
      expect.stringMatching(/^load: hand-off, few locks \(/),
    ]);
    expect(recorder.measured.length).toBeGreaterThan(0);
    expect(recorder.summary?.skipped).toBe(2);
    expect(status).toBe(0);
  },
  testMilliseconds,
);

test(
  "fences that do not rise fail a hand-off, with the first of them",
  async () => {
    const server = serveStreams({ fault: "gives each lock one fence" });
    const { status, recorder } = await testing(server, { ...onlyLoad, only: "hand-off, one" });
    expect(recorder.measured[0]?.failure).toMatch(/wrong replies: sent gw - .*; due success, with/);
    expect(status).toBe(1);
  },
  testMilliseconds,
);

const ask: readonly Step[] = [{ command: "i x\n", due: "0" }];

test(
  "a server that stops answering ends the run with the reason",
  async () => {
    const server = lineServer("");
    const swarm = await Swarm.open(server.address, 2);
    const run = { script: () => makeScript(ask, 4), depth: 4, seconds: 60, stallMilliseconds: 300 };
    const result = await swarm.run(run);
    expect(result.failure).toBe("no reply for 0.3 s with commands in flight");
    swarm.close();
    server.stop();
  },
  testMilliseconds,
);

test(
  "a server that closes connections ends the run with the reason",
  async () => {
    const server = lineServer("0 x\n", 1_000);
    const swarm = await Swarm.open(server.address, 2);
    const result = await swarm.run({ script: () => makeScript(ask, 4), depth: 4, seconds: 60 });
    expect(result.failure).toBe("the server ended a connection");
    swarm.close();
    server.stop();
  },
  testMilliseconds,
);

test.each(["load: get", "load: hand-off"])(
  "a server that is gone when %p begins is no bug of ours",
  async (named) => {
    const { address, stop } = serveStreams();
    stop();
    const chosen = loads.filter(({ name }) => name.startsWith(named));
    expect(chosen).not.toEqual([]);
    const numbers = { clients: 2, depth: 1, seconds: 0.1, stallMilliseconds: 1_000 };
    const hooks = { started: () => {}, finished: () => {} };
    const run = runLoads(chosen, { address, prefix: "gone", ...numbers }, hooks);
    await expect(run).rejects.toThrow(CannotConnect);
  },
);

test(
  "a server that answers twice ends the run with the reason",
  async () => {
    const server = lineServer("0 x\n0 x\n");
    const swarm = await Swarm.open(server.address, 1);
    const result = await swarm.run({ script: () => makeScript(ask, 4), depth: 4, seconds: 60 });
    expect(result.failure).toBe("the server sent more replies than there were commands");
    swarm.close();
    server.stop();
  },
  testMilliseconds,
);

test(
  "a counted run sends exactly so many commands, whatever is in flight",
  async () => {
    const server = lineServer("0 x\n");
    const swarm = await Swarm.open(server.address, 3);
    for (const depth of [1, 7, 64]) {
      const result = await swarm.run({ script: () => makeScript(ask, depth), depth, count: 100 });
      expect(result.operations).toBe(300);
      expect(result.histogram.count).toBe(300);
      expect(result.wrong).toBe(0);
    }
    swarm.close();
    server.stop();
  },
  testMilliseconds,
);

test("any slice of a script's bytes is the steps in turn", () => {
  const script = makeScript(
    [
      { command: "a\n", due: "1" },
      { command: "bb\n", due: "1" },
      { command: "ccc\n", due: "1" },
    ],
    5,
  );
  for (let from = 0; from < 3; from += 1)
    for (let count = 1; count <= 5; count += 1) {
      const slice = script.bytes.subarray(script.offsets[from], script.offsets[from + count]);
      const due = Array.from({ length: count }, (_, at) => script.steps[(from + at) % 3]?.command);
      expect(slice.toString()).toBe(due.join(""));
    }
});
