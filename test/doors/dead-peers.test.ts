/**
 * What lets the system notice a peer that is gone without a word. That it does so is
 * the system's; here it is looked up whether it was asked to, by what a real process
 * has set on its sockets.
 */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { compiledBinary } from "../binary.ts";
import { scratch } from "../cli/glockd.ts";
import { LineClient } from "../peers/line-client.ts";
import { freePort, missing, startProcess } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";
import { WebClient } from "../peers/web-client.ts";

const noSs = missing("ss");
const noStrace = missing("strace") ?? (await cannotTrace());

describe.skipIf(noSs !== undefined)(`Keepalive${because(noSs)}`, () => {
  test(
    "is on for every TCP connection, with the time that the flag says",
    async () => {
      await using server = await startProcess("-keepalive=23");
      const tcp = await LineClient.connect(server.doors.tcp);
      const web = await WebClient.connect(server.doors.web);
      await Promise.all([tcp.ask("me"), web.ask("me")]);
      for (const { port } of [server.doors.tcp, server.doors.web]) {
        const seconds = await keepaliveSeconds(port);
        expect(seconds).toBeLessThanOrEqual(23);
        expect(seconds).toBeGreaterThan(10);
      }
    },
    testMilliseconds,
  );

  test(
    "is off when the flag says so",
    async () => {
      await using server = await startProcess("-keepalive=0");
      const client = await LineClient.connect(server.doors.tcp);
      await client.ask("me");
      expect(await keepaliveSeconds(server.doors.tcp.port)).toBeUndefined();
    },
    testMilliseconds,
  );
});

describe.skipIf(noStrace !== undefined)(`TCP_USER_TIMEOUT${because(noStrace)}`, () => {
  test(
    "is set as the flag says, in milliseconds",
    async () => {
      const timeouts = userTimeouts(await tracedCalls("-user-timeout=17"));
      expect(timeouts).toContain("17000");
    },
    testMilliseconds,
  );

  test(
    "is set before anybody can have come",
    async () => {
      const calls = await tracedCalls("-user-timeout=17");
      const listened = calls.findIndex((call) => call.includes(" listen("));
      expect(listened).toBeGreaterThan(0);
      expect(userTimeouts(calls.slice(0, listened))).toEqual(["17000"]);
    },
    testMilliseconds,
  );

  test(
    "is left alone when the flag says so",
    async () => {
      expect(userTimeouts(await tracedCalls("-user-timeout=0"))).toEqual([]);
    },
    testMilliseconds,
  );
});

/** Time until the first probe of the one connection to `port`, as the kernel's timer says. */
async function keepaliveSeconds(port: number): Promise<number | undefined> {
  const ss = (): Promise<string> =>
    Bun.$`ss -tnoH state established ${`sport = :${port}`}`.quiet().text();
  // While the last reply is not acknowledged, that is what the timer is for.
  const text = await eventually("nothing is under way", ss, (line) => !line.includes("timer:(on"));
  expect(text.trim().split("\n")).toHaveLength(1);
  const [, time] = /timer:\(keepalive,([^,]+),/.exec(text) ?? [];
  if (time === undefined) return undefined;
  return time.endsWith("ms") ? Number.parseFloat(time) / 1000 : Number.parseFloat(time);
}

/** Every value of TCP_USER_TIMEOUT that was set. */
function userTimeouts(calls: readonly string[]): string[] {
  return calls.flatMap((call) => /TCP_USER_TIMEOUT, \[(\d+)\]/.exec(call)?.[1] ?? []);
}

/** How a server with one TCP client sets options and listens. */
async function tracedCalls(flag: string): Promise<string[]> {
  await using room = scratch();
  const trace = room.path("trace");
  const binary = await compiledBinary();
  const port = freePort();
  const flags = ["-host=127.0.0.1", `-port=${port}`, "-ws=0", flag];
  const strace = ["strace", "-f", "-e", "trace=setsockopt,listen", "-o", trace, binary, ...flags];
  const process = Bun.spawn(strace, { stdin: "ignore", stdout: "ignore", stderr: "ignore" });
  try {
    const client = await eventually(
      "the traced server listens",
      () => LineClient.connect({ port }).catch(() => undefined),
      (connected) => connected !== undefined,
    );
    await client?.ask("me");
    client?.socket.drop();
  } finally {
    // strace ends with the server, whose pid is that of strace's only child.
    const children = readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8");
    for (const pid of children.trim().split(" ")) globalThis.process.kill(Number(pid), "SIGTERM");
    await process.exited;
  }
  return readFileSync(trace, "utf8").split("\n");
}

async function cannotTrace(): Promise<string | undefined> {
  const traced = Bun.spawn(["strace", "-o", "/dev/null", "true"], { stderr: "ignore" });
  return (await traced.exited) === 0 ? undefined : "strace may not trace here";
}

function because(reason: string | undefined): string {
  return reason === undefined ? "" : ` (skipped: ${reason})`;
}
