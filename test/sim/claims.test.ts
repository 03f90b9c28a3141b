/**
 * Processes contend for a few locks in every way there is, and are killed at random while
 * they hold or wait: no two hold what may not be shared, fences order the grants, nobody
 * is passed in line, nobody is forgotten, and nothing is left.
 */
import { describe, expect, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { Changes, eventually, testMilliseconds, within } from "../wait-for.ts";
import {
  type Claim,
  type Claimed,
  claimsOf,
  fencesOutOfOrder,
  overlaps,
  overtakings,
  placesTaken,
} from "./claims.ts";
import { Random, seedOfRun } from "./random.ts";

const claimants = 6;
const locks = ["red", "green"];
const semaphore = "places";
const places = 2;
const kills = 120;
/** Claims between two kills: everybody has had a turn and is somewhere in the next. */
const claimsBetweenKills = 100;

test.skipIf(process.platform !== "linux")(
  "Whatever is granted while processes are killed at random is granted rightly (skipped where there is no glibc)",
  async () => {
    const seed = seedOfRun();
    const random = new Random(seed);
    await using server = await startProcess();
    const watcher = await LineClient.connect(server.doors.tcp);
    await using fight = new Fight(server, random);
    for (let count = 0; count < claimants; count++) fight.enter();
    for (let kill = 0; kill < kills; kill++) {
      await fight.claimsMore(claimsBetweenKills + random.below(50));
      fight.kill();
      fight.enter();
    }
    await fight.claimsMore(claimsBetweenKills);
    // Nobody is forgotten: once the others leave, everybody gets what it waits for, and goes.
    expect(await fight.stop()).toEqual(Array(claimants).fill(0));

    const claims = claimsOf(fight.lines);
    expect({
      seed,
      overlaps: overlaps(claims).slice(0, 5),
      fences: fencesOutOfOrder(claims).slice(0, 5),
      overtakings: overtakings(claims).slice(0, 5),
    }).toEqual({ seed, overlaps: [], fences: [], overtakings: [] });
    expect({ seed, taken: placesTaken(claims, semaphore) }).toEqual({ seed, taken: places });
    const told = claims.filter(({ shared }) => shared).map(({ fence }) => fence);
    expect({ seed, told: Math.max(...told) }).toEqual({ seed, told: places });
    expectEverything(claims);
    const counts = await eventually(
      "all connections end, and leases lapse",
      () => watcher.statistics(),
      (now) => now["connections"] === 1 && now["locks"] === 0,
    );
    expect(counts).toMatchObject({ locks: 0, shared_locks: 0 });
    expect(await watcher.ask("sgw 1 0 places")).toBe("1 Shared Lock Get Success: places");
    for (const lock of locks) expect(await watcher.ask(`gw 0 ${lock}`)).toMatch(/^[1-9]/);
  },
  testMilliseconds * 2,
);

/** Every way was taken, and there was something to judge. */
function expectEverything(claims: readonly Claim[]): void {
  for (const lock of locks) {
    for (const group of ["", "readers", "leased"]) {
      const own = claims.filter((claim) => claim.lock === lock && claim.group === group);
      expect(own.length).toBeGreaterThan(kills);
    }
  }
  expect(claims.filter(({ shared }) => shared).length).toBeGreaterThan(kills);
  expect(claims.filter(({ queued }) => queued !== null).length).toBeGreaterThan(10 * kills);
}

type Process = Bun.Subprocess<"pipe", "pipe", "inherit">;

/** The claimants that live, and what all of them said. */
class Fight implements AsyncDisposable {
  readonly lines: string[] = [];
  private readonly server: ServerProcess;
  private readonly random: Random;
  private readonly changes = new Changes();
  private readonly living: Process[] = [];
  private readonly reading: Promise<void>[] = [];

  constructor(server: ServerProcess, random: Random) {
    this.server = server;
    this.random = random;
  }

  enter(): void {
    const script = `${import.meta.dir}/claimant.ts`;
    const { port } = this.server.doors.tcp;
    const seed = this.random.below(2 ** 31);
    const wanted = [port, seed, locks.join(), semaphore, places].map(String);
    const child = Bun.spawn([process.execPath, script, ...wanted], {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.living.push(child);
    this.reading.push(this.read(child));
  }

  kill(): void {
    const [victim] = this.living.splice(this.random.below(this.living.length), 1);
    victim?.kill("SIGKILL");
  }

  async claimsMore(count: number): Promise<void> {
    const enough = this.lines.length + 2 * count;
    await this.changes.until("more claims", () => {
      const ended = this.living.find(({ exitCode }) => exitCode !== null);
      if (ended !== undefined) throw new Error(`a claimant ended with ${ended.exitCode}`);
      return this.lines.length >= enough || undefined;
    });
  }

  /** Lets everybody finish what it has begun; the exit statuses. */
  async stop(): Promise<number[]> {
    for (const { stdin } of this.living) void stdin.end();
    const ending = Promise.all(this.living.map(({ exited }) => exited));
    const statuses = await within("everybody gets what it waits for", ending);
    await Promise.all(this.reading);
    return statuses;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const child of this.living) child.kill("SIGKILL");
    await Promise.all(this.living.map(({ exited }) => exited));
  }

  private async read(child: Process): Promise<void> {
    let partial = "";
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (partial + text).split("\n");
      // The last words of one that was killed may be half a line.
      partial = lines.pop() ?? "";
      this.lines.push(...lines);
      this.changes.announce();
    }
    await child.exited;
    this.changes.announce();
  }
}

describe("The judgement of claims", () => {
  const base: Claimed = {
    claim: "a",
    lock: "red",
    group: "",
    shared: false,
    fence: 1,
    sent: 0,
    queued: null,
    from: 10,
  };
  const judge = (...claims: (Partial<Claimed> & { to?: number })[]): Claim[] =>
    claimsOf(
      claims.flatMap(({ to, ...claim }, at) => {
        const claimed = { ...base, claim: `${at}`, fence: at + 1, ...claim };
        const over = to === undefined ? [] : [{ claim: claimed.claim, to }];
        return [claimed, ...over].map((event) => JSON.stringify(event));
      }),
    );

  test("sees holds that overlap, unless they share a key", () => {
    expect(overlaps(judge({ from: 10, to: 20 }, { from: 21, to: 30 }))).toEqual([]);
    expect(overlaps(judge({ from: 10, to: 20 }, { from: 19, to: 30 }))).toHaveLength(1);
    expect(overlaps(judge({ from: 10 }, { from: 9 }))).toHaveLength(1);
    expect(overlaps(judge({ from: 10, to: 20 }, { from: 12, lock: "green" }))).toEqual([]);
    const readers = { group: "readers" };
    expect(overlaps(judge({ ...readers, to: 40 }, { ...readers, to: 20 }))).toEqual([]);
    expect(overlaps(judge({ ...readers, to: 40 }, { ...readers, to: 20 }, { from: 30 }))).toEqual([
      "0 (red readers 1) and 2 (red  3)",
    ]);
  });

  test("sees fences that come twice or go back", () => {
    expect(fencesOutOfOrder(judge({ from: 10 }, { sent: 11, from: 12 }))).toEqual([]);
    expect(fencesOutOfOrder(judge({ fence: 5 }, { fence: 5 }))).toHaveLength(1);
    const back = [
      { fence: 6, from: 10 },
      { fence: 5, sent: 11, from: 12, lock: "green" },
    ] as const;
    expect(fencesOutOfOrder(judge(...back))).toHaveLength(1);
    // Both under way at a time: either order is right.
    expect(fencesOutOfOrder(judge({ fence: 6, from: 10 }, { fence: 5, sent: 9 }))).toEqual([]);
  });

  test("sees who was passed in line", () => {
    const waiter = { queued: 5, from: 30, fence: 9 };
    expect(overtakings(judge(waiter, { sent: 6, fence: 8 }))).toHaveLength(1);
    expect(overtakings(judge(waiter, { sent: 6, fence: 10 }))).toEqual([]);
    expect(overtakings(judge(waiter, { sent: 4, fence: 8 }))).toEqual([]);
    expect(overtakings(judge(waiter, { sent: 6, fence: 8, lock: "green" }))).toEqual([]);
  });

  test("counts the places that were taken at a time", () => {
    const place = { shared: true, lock: "places" };
    const three = [
      { ...place, from: 10, to: 20 },
      { ...place, from: 20, to: 30 },
      { ...place, from: 15, to: 25 },
    ];
    expect(placesTaken(judge(...three), "places")).toBe(2);
    expect(placesTaken(judge(...three, { ...place, from: 16, to: 17 }), "places")).toBe(3);
  });
});
