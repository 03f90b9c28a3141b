/**
 * The promise of a store: a server is killed at random moments, again and again, while
 * clients of every kind take, renew and release holds, and what was acknowledged is there
 * when it is back.
 */
import { expect, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { scratch } from "../cli/glockd.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { Random, seedOfRun } from "../sim/random.ts";
import { testMilliseconds, turn } from "../wait-for.ts";
import type { State } from "./crash/entries.ts";
import { allLanes, type Lane, WrongAnswer } from "./crash/lanes.ts";

/** How often the server is killed: about 150 ms each. */
const kills = 250;
/** Acknowledgements before a kill, at most; and turns of the event loop after the last of them. */
const acknowledgedMax = 150;
const turnsMax = 30;

test(
  "What was acknowledged survives a kill at any moment, and what was ended stays ended",
  async () => {
    const seed = seedOfRun();
    const random = new Random(seed);
    await using room = scratch();
    const store = `-store=file:${room.path("store")}`;
    const lanes = allLanes();
    let highest = 0;
    let acknowledged = 0;
    for (let kill = 0; kill <= kills; kill++) {
      await using server = await startProcess(store);
      const what = `SEED=${seed} kill ${kill}`;
      const actual = await holdsOf(server);
      const wrong = lanes.flatMap(({ entries }) =>
        entries.flatMap((entry) => {
          const id = `${entry.mode} ${entry.name} ${entry.key}`;
          const found = actual.get(id) ?? null;
          actual.delete(id);
          highest = Math.max(highest, found?.fence ?? 0);
          return entry.compare(found) ?? [];
        }),
      );
      expect({ what, wrong, unknown: [...actual.keys()] }).toEqual({
        what,
        wrong: [],
        unknown: [],
      });
      if (kill === kills) break;
      acknowledged += await disturb(server, lanes, random);
      const given = lanes.map(({ fences }) => fences.splice(0));
      for (const own of given) {
        expect({ what, own }).toEqual({ what, own: own.toSorted((a, b) => a - b) });
        if (own.length > 0) expect(own[0]).toBeGreaterThan(highest);
      }
      highest = Math.max(highest, ...given.flat());
    }
    // A test in which nothing is promised would show nothing.
    expect(acknowledged).toBeGreaterThan(10 * kills);
  },
  2 * testMilliseconds,
);

/** Lets all work until so many answers have come, and kills the server. Returns how many came. */
async function disturb(
  server: ServerProcess,
  lanes: readonly Lane[],
  random: Random,
): Promise<number> {
  const until = 1 + random.below(acknowledgedMax);
  let count = 0;
  const alive = new AbortController();
  await Promise.all(lanes.map((lane) => lane.connect(server.doors)));
  const killed = Promise.withResolvers<void>();
  const work = lanes.map(async (lane) => {
    while (!alive.signal.aborted) {
      await lane.step(random);
      if (++count === until) killed.resolve();
    }
  });
  const settled = Promise.allSettled(work);
  await Promise.race([killed.promise, Promise.all(work)]);
  for (let turns = random.below(turnsMax); turns > 0; turns--) await turn();
  process.kill(server.pid, "SIGKILL");
  alive.abort();
  for (const outcome of await settled) {
    if (outcome.status === "rejected" && outcome.reason instanceof WrongAnswer)
      throw outcome.reason;
  }
  for (const lane of lanes) lane.drop();
  return count;
}

/** What there is, by mode, lock and key. */
async function holdsOf(server: ServerProcess): Promise<Map<string, State>> {
  const client = await LineClient.connect(server.doors.unix);
  client.command("@all ls");
  const [head = ""] = await client.take(1);
  const lines = await client.take(Number(/^@all (\d+) lines$/.exec(head)?.[1]));
  client.socket.drop();
  const holds = new Map<string, State>();
  for (const line of lines) {
    const { mode, name, key, holders } = JSON.parse(line);
    for (const { fence, count, expires } of holders) {
      const lapses = expires === null ? null : ([Date.parse(expires), Infinity] as const);
      holds.set(`${mode} ${name} ${key}`, { fence, count, lapses });
    }
  }
  return holds;
}
