/** All rules pass for a server that keeps them, over each door. */
import { describe, expect, test } from "bun:test";
import { rules } from "../../src/tester/rules/index.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { serveStreams } from "./reference/server.ts";
import { serveWeb } from "./reference/web-server.ts";
import { testing } from "./recorder.ts";

/** Whose rule about this feature is skipped on a server without it. */
function needing(...features: readonly string[]): readonly string[] {
  return rules
    .filter((rule) => rule.needs.some((need) => features.includes(need)))
    .map(({ name }) => name);
}

describe("the rules, of a server that keeps them", () => {
  test.concurrent(
    "all pass over TCP but those about other doors",
    async () => {
      const { status, recorder } = await testing(serveStreams());
      expect(recorder.named("fail")).toEqual([]);
      expect(recorder.named("skip")).toEqual(needing("web", "administrator"));
      expect(recorder.results).toHaveLength(rules.length);
      expect(status).toBe(0);
    },
    testMilliseconds,
  );

  test.concurrent(
    "all pass over a unix socket but those about other doors",
    async () => {
      await using room = scratch();
      const { status, recorder } = await testing(serveStreams({ unix: room.path("socket") }));
      expect(recorder.named("fail")).toEqual([]);
      expect(recorder.named("skip")).toEqual(needing("web", "ordinary"));
      expect(status).toBe(0);
    },
    testMilliseconds,
  );

  test.concurrent(
    "all pass over a WebSocket but those about other doors",
    async () => {
      const { status, recorder } = await testing(serveWeb());
      expect(recorder.named("fail")).toEqual([]);
      expect(recorder.named("skip")).toEqual(needing("stream", "administrator"));
      expect(status).toBe(0);
    },
    testMilliseconds,
  );

  test.concurrent(
    "are skipped with the reason where a feature is disabled",
    async () => {
      const { status, recorder } = await testing(serveStreams({ disabled: ["dump", "registry"] }));
      expect(recorder.named("fail")).toEqual([]);
      expect(recorder.named("skip")).toEqual(needing("web", "administrator", "dump", "registry"));
      const reasons = recorder.results.flatMap((result) =>
        result.outcome === "skip" ? [result.reason] : [],
      );
      expect(reasons).toContain("disabled on this server (-dump=false): it answers 0 disabled");
      expect(reasons).toContain("disabled on this server (-registry=false): it answers 0 disabled");
      expect(status).toBe(0);
    },
    testMilliseconds,
  );
});

test.concurrent(
  "a server with only the older commands passes, and what it does not have is skipped",
  async () => {
    const additions = "version tags waits fences limits keys beat notify ls free".split(" ");
    for (const server of [serveStreams, serveWeb]) {
      const { status, recorder } = await testing(server({ disabled: ["additions"] }));
      expect(recorder.named("fail")).toEqual([]);
      const doors = server === serveWeb ? ["stream", "unix"] : ["web", "unix"];
      expect(recorder.named("skip")).toEqual(needing(...doors, ...additions));
      const skipped = recorder.results.find(
        ({ name }) => name === "waiting: 0 seconds do not wait",
      );
      expect(skipped).toMatchObject({ reason: expect.stringContaining("does not answer version") });
      expect(status).toBe(0);
    }
  },
  testMilliseconds,
);

test("every rule has a name of its own that starts with its theme", () => {
  const names = rules.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z ]+: .*[a-z]/);
});
