/** Very many clients that only are there. */
import { expect, test } from "bun:test";
import { connectMany, LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { descriptorLimit } from "../../src/system/descriptors.ts";
import { testMilliseconds } from "../wait-for.ts";

/** As many as the test's own descriptors allow, at most 10,000. */
const crowd = Math.min(10_000, (descriptorLimit() ?? 1_024) - 300);
/** What one of them may cost; twice what is promised, as memory comes in pages. */
const bytesEach = 4_096;

test(
  `${crowd} idle connections are cheap, and one among them works as ever`,
  async () => {
    await using server = await startProcess();
    const watcher = await LineClient.connect(server.doors.tcp);
    await connectMany(server.doors.unix, 100).then((clients) => clients.map(hangUp));
    const before = await server.residentBytes();
    const clients = await connectMany(server.doors.tcp, crowd);
    const last = clients.at(-1);
    // The last one was let in: so were all before it.
    expect(await last?.ask("g foo")).toBe("1 Lock Get Success: foo");
    const grown = (await server.residentBytes()) - before;
    expect((await watcher.statistics())["connections"]).toBeGreaterThan(crowd);
    expect(grown / crowd).toBeLessThan(bytesEach);
    expect(await watcher.ask("g foo")).toBe("0 Lock Get Failure: foo");
    await Promise.all(clients.map((client) => client.goodbye()));
    expect(await watcher.statistics()).toMatchObject({ connections: 1, locks: 0, orphans: 1 });
  },
  testMilliseconds,
);

function hangUp(client: LineClient): void {
  client.socket.drop();
}
