/** Contests for a lock: what is measured is right, and they end whatever the server does. */
import { expect, test } from "bun:test";
import { runContention } from "../../src/tester/load/contention.ts";
import { testMilliseconds } from "../wait-for.ts";
import { asked, lineServer } from "./line-server.ts";
import { serveStreams } from "./reference/server.ts";

const contest = { clients: 4, locks: 1, seconds: 0.05, prefix: "contested" };
const ways = [
  { kind: "wait" },
  { kind: "poll", pauseMilliseconds: 0 },
  { kind: "poll", pauseMilliseconds: 1 },
] as const;

for (const way of ways)
  test(
    `contenders that ${way.kind}${way.kind === "poll" ? ` with a pause of ${way.pauseMilliseconds}` : ""} count what they get and let it go`,
    async () => {
      const server = serveStreams();
      const { address } = server;
      const result = await runContention({ ...contest, address, way });
      const left = await asked(server, "i contested-0");
      server.stop();
      expect(result.failure).toBeUndefined();
      expect(result.wrong).toBe(0);
      expect(result.operations).toBeGreaterThan(0);
      expect(result.histogram.count).toBeGreaterThan(0);
      // Each grant takes a question and a release; who polls asks in vain as well.
      expect(result.commands).toBeGreaterThanOrEqual(2 * result.operations);
      expect(result.grantsMin).toBeLessThanOrEqual(result.grantsMax);
      expect(result.grantsMax).toBeLessThanOrEqual(result.operations);
      if (way.kind === "wait") expect(result.grantsMax - result.grantsMin).toBeLessThanOrEqual(2);
      expect(left).toBe("0 Lock Not Locked: contested-0\n");
    },
    testMilliseconds,
  );

test(
  "a contest with a server that stops answering ends with the reason",
  async () => {
    const server = lineServer("");
    const way = { kind: "wait" } as const;
    const { address } = server;
    const result = await runContention({ ...contest, address, way, stallMilliseconds: 300 });
    expect(result.failure).toBe("no reply for 0.3 s with commands in flight");
    server.stop();
  },
  testMilliseconds,
);
