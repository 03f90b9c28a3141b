/** Each way of being wrong fails the rules that it breaks, and no others. */
import { afterAll, expect, test } from "bun:test";
import { rules } from "../../src/tester/rules/index.ts";
import { additionRules } from "../../src/tester/rules/additions/index.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { networkFaults, type Broken } from "./faults/broken.ts";
import { holding } from "./faults/holding.ts";
import { older } from "./faults/older.ts";
import { endFaultyRuns, runFaulty } from "./faults/runs.ts";
import { waiting } from "./faults/waiting.ts";
import type { Fault } from "./reference/fault.ts";
import { serveStreams } from "./reference/server.ts";
import { serveWeb } from "./reference/web-server.ts";
import { testing } from "./recorder.ts";

const broken: Broken = { ...older, ...waiting, ...holding };
const room = scratch();
afterAll(async () => {
  endFaultyRuns();
  await room[Symbol.asyncDispose]();
});

for (const [at, [name, names]] of Object.entries(broken).entries())
  test.concurrent(
    `a server that ${name} fails`,
    async () => {
      const fault = name as Fault;
      const socket = networkFaults.has(fault) ? undefined : room.path(`${at}`);
      const { failed, status } = await runFaulty(fault, socket);
      expect(failed).toEqual(names);
      expect(status).toBe(1);
    },
    testMilliseconds,
  );

test("each rule about what the older servers do not have is broken by some fault", () => {
  const covered = new Set(Object.values(broken).flat());
  const uncovered = additionRules.filter((rule) => !covered.has(rule.name));
  expect(uncovered.map((rule) => rule.name)).toEqual([]);
});

test("no table tells of a rule that there is not", () => {
  const known = new Set(rules.map((rule) => rule.name));
  const unknown = Object.values(broken)
    .flat()
    .filter((name) => !known.has(name));
  expect(unknown).toEqual([]);
});

test(
  "a server that joins replies in one message fails",
  async () => {
    const { status, recorder } = await testing(serveWeb({ fault: "joins replies in one message" }));
    expect(recorder.named("fail")).toEqual([
      "websocket: a message may hold several commands, each reply is its own message",
      "websocket: a listing is one message with all its lines",
    ]);
    expect(status).toBe(1);
  },
  testMilliseconds,
);

test(
  "a server that never answers fails at once, without a wait for every rule",
  async () => {
    const server = serveStreams({ fault: "answers nothing" });
    const { status, recorder } = await testing(server, { limitMilliseconds: 100 });
    expect(recorder.named("fail")).toEqual(["the server answers"]);
    expect(recorder.results).toHaveLength(1);
    expect(status).toBe(1);
  },
  testMilliseconds,
);

test(
  "a server that ends lines with CR LF passes, with a note",
  async () => {
    const { status, recorder } = await testing(serveStreams({ fault: "says CR LF" }));
    expect(recorder.named("fail")).toEqual([]);
    expect(recorder.notes.join()).toContain("CR LF");
    expect(status).toBe(0);
  },
  testMilliseconds,
);

test(
  "a failure tells what was sent, what came, what was due, and what was said before",
  async () => {
    const server = serveStreams({ fault: "grants twice" });
    const { recorder } = await testing(server, { only: "all others are refused" });
    const [result] = recorder.results;
    if (result?.outcome !== "fail") throw new Error("the rule has to fail");
    expect(result.sent).toMatch(/^b> g glockd-test-.*-exclusive$/);
    expect(result.came).toMatch(/^1 Lock Get Success: /);
    expect(result.due).toMatch(/^0 Lock Get Failure: /);
    expect(result.conversation.at(-2)).toMatch(/^b> g /);
  },
  testMilliseconds,
);
