/** A client that held very much goes: at once for the law, without delay for the others. */
import { expect, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";
import { bestOf, getMany, worstWait } from "./stopwatch.ts";

const locks = 200_000;
const waitMillisecondsMax = 20;

test(
  "Nobody waits long when a client that held 200,000 locks goes",
  async () => {
    await using server = await startProcess();
    const watcher = await LineClient.connect(server.doors.tcp);
    const bystander = await LineClient.connect(server.doors.tcp);
    await bystander.ask("g stays");
    let departures = 0;
    const worst = await bestOf(5, waitMillisecondsMax, async () => {
      const client = await LineClient.connect(server.doors.tcp);
      await getMany(client, locks, "lock");
      client.socket.drop();
      departures += 1;
      const gone = eventually(
        "all its locks are counted as orphans",
        () => watcher.statistics(),
        ({ orphans }) => orphans === departures * locks,
      );
      const wait = await worstWait(bystander, gone);
      expect(await gone).toMatchObject({ locks: 1, connections: 2 });
      return wait;
    });
    expect(worst).toBeLessThan(waitMillisecondsMax);
    expect(await bystander.ask("i stays")).toBe("1 Lock Is Locked: stays");
  },
  testMilliseconds,
);

test(
  "Once one lock of a client that went is free, all of them are",
  async () => {
    await using server = await startProcess();
    const watcher = await LineClient.connect(server.doors.tcp);
    const client = await LineClient.connect(server.doors.tcp);
    await getMany(client, locks, "lock");
    await getMany(client, locks, "lock", "sg");
    client.socket.drop();
    await eventually(
      "a lock in the middle is free",
      () => watcher.ask(`i lock-${locks / 2}`),
      (reply) => reply === `0 Lock Not Locked: lock-${locks / 2}`,
    );
    const samples = Array.from({ length: 1_000 }, (_, index) => (index * locks) / 1_000);
    watcher.command(
      ...samples.flatMap((number) => [`i lock-${number}`, `si lock-${number}`, `g lock-${number}`]),
    );
    for (const number of samples) {
      expect(await watcher.take(3)).toEqual([
        `0 Lock Not Locked: lock-${number}`,
        `0 Shared Lock Not Locked: lock-${number}`,
        `1 Lock Get Success: lock-${number}`,
      ]);
    }
    expect(await watcher.statistics()).toMatchObject({ locks: samples.length, shared_locks: 0 });
  },
  testMilliseconds,
);
