/** What the system is asked for, for every listener. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Glockd, scratch } from "../cli/glockd.ts";
import { freePort, missing } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const without = missing("ss") ?? missing("python3");
const handOver = ["python3", join(import.meta.dir, "../peers/hand_over.py")];

/** How many may wait to be accepted, by listener, of those whose place holds one of `texts`. */
async function queues(texts: readonly string[]): Promise<number[]> {
  const listed = await Bun.$`ss -Hltnx`.quiet().text();
  const lines = listed.split("\n").map((line) => line.trim().split(/\s+/));
  return texts.map((text) => {
    const line = lines.find((words) => words.some((word) => word.endsWith(text)));
    // Netid, state, how many wait, how many may.
    return Number(line?.[3]);
  });
}

test.skipIf(without !== undefined || process.platform !== "linux")(
  `As many as the system allows may come at once, over TCP and the unix socket${without === undefined ? "" : ` (skipped: ${without})`}`,
  async () => {
    await using room = scratch();
    const most = Number(readFileSync("/proc/sys/net/core/somaxconn", "utf8"));
    // Bun asks for some 512.
    expect(most).toBeGreaterThan(512);
    const [own, given] = [room.path("own"), room.path("given")];
    const [port, plain] = [freePort(), freePort()];
    const argv = ["-host=127.0.0.1", `-port=${port}`, "-ws=0", `-unix=${own}`];
    await using server = await Glockd.start(argv);
    // Listens before it is loaded.
    await using early = await Glockd.start(["-host=127.0.0.1", `-port=${plain}`, "-ws=0"]);
    const under = [...handOver, `unix=${given}=`, "--"];
    await using activated = await Glockd.start(["-ws=0"], { under });
    for (const each of [server, early, activated]) await each.logged("listening");
    await server.logged("kind=tcp");
    const places = [`:${port}`, own, `:${plain}`, given];
    expect(await queues(places)).toEqual(places.map(() => most));
  },
);
