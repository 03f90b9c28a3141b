/** Idle HTTP connections, which nobody counts, and those whom they must not keep out. */
import { connect, type Socket } from "node:net";
import { expect, test } from "bun:test";
import { descriptorLimit, descriptorsOpen } from "../../src/system/descriptors.ts";
import { LineClient } from "../peers/line-client.ts";
import { type ServerProcess, startProcessWith } from "../server-process.ts";
import { api } from "../doors/http/api.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";

/** As many as the test's own descriptors allow, at most 5,000. */
const crowd = Math.min(5_000, (descriptorLimit() ?? 1_024) - 300);
/** Of the server: too few for all of them. */
const descriptors = crowd - Math.floor(crowd / 5);

const request = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";

/** Connections that have sent `text`, or try to. */
function idle(server: ServerProcess, text: string): Socket[] {
  return Array.from({ length: crowd }, () => {
    const socket = connect(server.doors.web.port, "127.0.0.1");
    socket.on("error", () => {}).on("data", () => {});
    if (text !== "") socket.write(text);
    return socket;
  });
}

/** Several who come by lines, one after the other, and hold a lock each. */
async function expectLines(server: ServerProcess): Promise<void> {
  for (let number = 0; number < 100; number += 1) {
    const client = await LineClient.connect(server.doors[number % 2 === 0 ? "tcp" : "unix"]);
    expect(await client.ask(`g lock-${number}`)).toBe(`1 Lock Get Success: lock-${number}`);
  }
}

test.skipIf(descriptorsOpen() === undefined).each([
  ["say nothing", ""],
  ["have sent a part of a request", "GET /healthz HT"],
  ["have had an answer", request],
])(
  `${crowd} idle HTTP connections that %s do not keep a line-protocol client out`,
  async (_, text) => {
    await using server = await startProcessWith({ descriptors });
    const early = await LineClient.connect(server.doors.tcp);
    expect(await early.ask("g mine")).toBe("1 Lock Get Success: mine");
    const sockets = idle(server, text);
    await eventually(
      "the descriptors are short",
      () => server.stderr(),
      (log) => log.includes("descriptors are short"),
    );
    await expectLines(server);
    // Not because they have gone by themselves meanwhile.
    if (text !== request) expect(server.stderr()).not.toContain("takes newcomers again");
    for (const socket of sockets) socket.destroy();
    expect((await api(server, "GET", "/lock/mine")).status).toBe(200);
    expect(await early.ask("i mine")).toBe("1 Lock Is Locked: mine");
  },
  testMilliseconds,
);
