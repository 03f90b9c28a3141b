/** Very many waiters: for one lock, and for as many locks, through a few connections with tags. */
import { describe, expect, test } from "bun:test";
import { connectMany, LineClient } from "../peers/line-client.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";

const waiters = 100_000;
const connections = 5;
const each = waiters / connections;
const flags = ["-max-tags=50000", "-max-waiters=200000", "-max-lock-waiters=200000"];

const one = (): string => "lock";
const own = (which: number, n: number): string => `lock-${which * each + n}`;

/** A server with somebody who watches, somebody who holds "lock", and connections for the crowd. */
async function start(): Promise<{
  server: ServerProcess;
  watcher: LineClient;
  holder: LineClient;
  crowd: LineClient[];
}> {
  const server = await startProcess(...flags);
  const watcher = await LineClient.connect(server.doors.tcp);
  const holder = await LineClient.connect(server.doors.tcp);
  expect(await holder.ask("g lock")).toBe("1 Lock Get Success: lock");
  return { server, watcher, holder, crowd: await connectMany(server.doors.tcp, connections) };
}

/** Has each of the crowd stand in line `each` times, one after the other, under tags 0, 1, … */
async function queue(
  crowd: readonly LineClient[],
  lockOf: (which: number, n: number) => string,
): Promise<void> {
  for (const [which, client] of crowd.entries()) {
    client.command(...numbers(each).map((n) => `@${n} gw - ${lockOf(which, n)}`));
    expect(await client.ask("ping")).toBe("1 pong");
  }
}

/** The holder holds as many locks as there are waiters, and each waits for one of them. */
async function occupied(): ReturnType<typeof start> {
  const all = await start();
  await all.holder.ask("r lock");
  for (let from = 0; from < waiters; from += 20_000) {
    all.holder.command(...numbers(20_000).map((n) => `g lock-${from + n}`));
    await all.holder.take(20_000);
  }
  await queue(all.crowd, own);
  return all;
}

describe(`${waiters} waiters for one lock`, () => {
  test(
    "get it one after the other in the order in which they came, with rising fences",
    async () => {
      const { server, watcher, holder, crowd } = await start();
      await using _ = server;
      await queue(crowd, one);
      expect(await watcher.ask("ls lock")).toContain(`"waiters":${waiters},`);
      expect(await watcher.ask("g lock")).toBe("0 Lock Get Failure: lock");
      holder.command("r lock");
      const fences = new Rising();
      for (const client of crowd) {
        // Some wait for each grant before they release, most release one after the other.
        for (const n of numbers(1_000)) {
          const [grant = ""] = await client.take(1);
          fences.add(grant, `@${n} `);
          client.command("r lock");
          expect(await client.take(1)).toEqual(["1 Lock Release Success: lock"]);
        }
        client.command(...numbers(each - 1_000).map(() => "r lock"));
        const lines = await client.take(2 * (each - 1_000));
        const grants = lines.filter((line) => line.startsWith("@"));
        grants.forEach((grant, at) => fences.add(grant, `@${at + 1_000} `));
        expect(grants).toHaveLength(each - 1_000);
      }
      expect(await watcher.ask("g lock")).toBe("1 Lock Get Success: lock");
    },
    testMilliseconds,
  );

  test(
    "can be cancelled anywhere in line, and the others keep their places",
    async () => {
      const { server, watcher, holder, crowd } = await start();
      await using _ = server;
      await queue(crowd, one);
      for (const client of crowd) {
        const even = numbers(each / 2).map((n) => 2 * n);
        client.command(...even.map((n) => `x ${n}`));
        const replies = await client.take(2 * even.length);
        const due = even.flatMap((n) => [
          `@${n} 0 Lock Get Failure: lock`,
          `1 Wait Cancelled: ${n}`,
        ]);
        expect(replies.findIndex((reply, at) => reply !== due[at])).toBe(-1);
      }
      expect(await watcher.ask("ls lock")).toContain(`"waiters":${waiters / 2},`);
      expect(await holder.ask("r lock")).toBe("1 Lock Release Success: lock");
      const fences = new Rising();
      for (const client of crowd) {
        client.command(...numbers(each / 2).map(() => "r lock"));
        const lines = await client.take(each);
        const grants = lines.filter((line) => line.startsWith("@"));
        grants.forEach((grant, at) => fences.add(grant, `@${2 * at + 1} `));
        expect(grants).toHaveLength(each / 2);
      }
    },
    testMilliseconds,
  );

  test(
    "are gone when their connections go, and whoever is left is next",
    async () => {
      const { server, watcher, holder, crowd } = await start();
      await using _ = server;
      await queue(crowd, one);
      const last = await LineClient.connect(server.doors.tcp);
      last.command("@last gw - lock");
      expect(await last.ask("ping")).toBe("1 pong");
      crowd.forEach((client, which) =>
        which % 2 === 0 ? client.socket.reset() : client.socket.drop(),
      );
      await eventually(
        "the crowd goes",
        () => watcher.ask("ls lock"),
        (lock) => lock.includes(`"waiters":1,`),
      );
      holder.command("r lock");
      const [, grant] = [await holder.take(1), await last.take(1)];
      expect(grant[0]).toMatch(/^@last [1-9]\d* Lock Get Success: lock$/);
      last.command("r lock");
      await last.take(1);
      expect(await watcher.statistics()).toMatchObject({ connections: 3, locks: 0, orphans: 0 });
    },
    testMilliseconds,
  );
});

describe(`${waiters} locks with a waiter each`, () => {
  test(
    "are handed over when their holder goes, each to its waiter",
    async () => {
      const { server, watcher, holder, crowd } = await occupied();
      await using _ = server;
      expect(await watcher.ask("ls lock-77777")).toContain('"waiters":1,');
      holder.socket.reset();
      const fences = new Set<number>();
      for (const [which, client] of crowd.entries()) {
        const seen = new Set<number>();
        for (const line of await client.take(each)) {
          const [, tag = "", fence = "", lock] =
            /^@(\d+) (\d+) Lock Get Success: (.*)$/.exec(line) ?? [];
          if (lock !== own(which, Number(tag))) throw new Error(`${line} is no grant of its tag`);
          seen.add(Number(tag));
          fences.add(Number(fence));
        }
        expect(seen.size).toBe(each);
      }
      expect(fences.size).toBe(waiters);
      expect(await watcher.statistics()).toMatchObject({ locks: waiters, orphans: waiters });
      expect(await watcher.ask("ls lock-77777")).toContain('"waiters":0,');
    },
    testMilliseconds,
  );

  test(
    "are free when both have gone",
    async () => {
      const { server, watcher, holder, crowd } = await occupied();
      await using _ = server;
      for (const client of [...crowd, holder]) client.socket.drop();
      const counts = await eventually(
        "all go",
        () => watcher.statistics(),
        (all) => all["connections"] === 1 && all["locks"] === 0,
      );
      // Whoever was granted one in between has left it as well.
      expect(counts["orphans"]).toBeGreaterThanOrEqual(waiters);
      expect(await watcher.ask("g lock-77777")).toBe("1 Lock Get Success: lock-77777");
    },
    testMilliseconds,
  );
});

/** Checks that each grant has a larger fence than the one before. */
class Rising {
  private last = 0;

  add(grant: string, tag: string): void {
    const fence = Number(/^(\d+) Lock Get Success: lock$/.exec(grant.slice(tag.length))?.[1]);
    if (!grant.startsWith(tag) || !(fence > this.last)) {
      throw new Error(`${grant} is not the grant of ${tag}after ${this.last}`);
    }
    this.last = fence;
  }
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, n) => n);
}
