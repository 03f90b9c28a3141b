/** What clients see of a server that is about to start. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { open } from "node:fs/promises";
import { LineClient } from "../../peers/line-client.ts";
import { freePort } from "../../server-process.ts";
import { testMilliseconds, within } from "../../wait-for.ts";
import { Glockd, scratch } from "../glockd.ts";

setDefaultTimeout(testMilliseconds);

/** The first that gets in, however often it has to knock. */
async function firstClient(port: number): Promise<LineClient> {
  for (;;) {
    try {
      return await LineClient.connect({ port });
    } catch {
      // Nobody listens yet.
    }
  }
}

test("Whoever comes as soon as the port listens is served, time and again", async () => {
  for (let start = 0; start < 5; start++) {
    const port = freePort();
    await using server = await Glockd.start([`-port=${port}`, "-ws=0", "-host=127.0.0.1"]);
    const client = await firstClient(port);
    expect(await client.ask("g a")).toBe("1 Lock Get Success: a");
    await server.logged(`listening kind=tcp address=127.0.0.1:${port}`);
    server.signal("SIGTERM");
    expect(await server.exited()).toBe(0);
  }
});

test.skipIf(process.platform === "win32")(
  "Nobody gets in before a file is read that may be no good",
  async () => {
    await using room = scratch();
    const fifo = room.path("credentials");
    await Bun.$`mkfifo ${fifo}`;
    const port = freePort();
    const argv = [`-port=${port}`, "-ws=0", "-host=127.0.0.1", "-auth-file", fifo];
    await using server = await Glockd.start(argv);
    // A pipe can be opened by its writer when somebody reads: the server does, and waits for us.
    const credentials = await within("the file is read", open(fifo, "w"));
    await expect(LineClient.connect({ port })).rejects.toThrow();
    await credentials.write("nonsense\n");
    await credentials.close();
    expect(await server.exited()).toBe(2);
  },
);
