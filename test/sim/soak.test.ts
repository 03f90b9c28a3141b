/**
 * Processes contend for a few locks and are killed at random while they hold or wait:
 * no two ever hold one lock at a time, fences order the holds, and nobody is forgotten.
 */
import { expect, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { Changes, eventually, testMilliseconds } from "../wait-for.ts";
import { Random, seedOfRun } from "./random.ts";

const contenders = 5;
const locks = ["red", "green"];
const kills = 50;
/** Holds between two kills: everybody has had a turn and is somewhere in the next. */
const holdsBetweenKills = 40;

test.skipIf(process.platform !== "linux")(
  "Holds never overlap while processes are killed at random (skipped where there is no glibc)",
  async () => {
    const seed = seedOfRun();
    const random = new Random(seed);
    await using server = await startProcess();
    const watcher = await LineClient.connect(server.doors.tcp);
    const arena = new Arena(server);
    for (let count = 0; count < contenders; count += 1) arena.enter();
    for (let kill = 0; kill < kills; kill += 1) {
      await arena.holdsMore(holdsBetweenKills + random.below(10));
      arena.kill(random);
      arena.enter();
    }
    await arena.holdsMore(holdsBetweenKills);
    await arena.close();
    for (const lock of locks)
      expect({ seed, lock, wrong: disorder(arena.holds, lock) }).toEqual({ seed, lock, wrong: [] });
    const counts = await eventually(
      "all connections end",
      () => watcher.statistics(),
      ({ connections }) => connections === 1,
    );
    expect(counts).toMatchObject({ locks: 0 });
    for (const lock of locks) expect(await watcher.ask(`gw 0 ${lock}`)).toMatch(/^[1-9]/);
  },
  testMilliseconds * 2,
);

/** One hold, from beginning to end, of a process that lived to tell. */
interface Hold {
  readonly lock: string;
  readonly fence: number;
  readonly from: bigint;
  readonly to: bigint;
}

/** The contenders that live, and what all of them told. */
class Arena {
  readonly holds: Hold[] = [];
  readonly #server: ServerProcess;
  readonly #changes = new Changes();
  readonly #living: Bun.Subprocess<"ignore", "pipe", "inherit">[] = [];
  readonly #reading: Promise<void>[] = [];

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  enter(): void {
    const script = `${import.meta.dir}/contender.ts`;
    const { port } = this.#server.doors.tcp;
    const child = Bun.spawn([process.execPath, script, String(port), locks.join(",")], {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    this.#living.push(child);
    this.#reading.push(this.#read(child.stdout));
  }

  kill(random: Random): void {
    const [victim] = this.#living.splice(random.below(this.#living.length), 1);
    victim?.kill("SIGKILL");
  }

  async holdsMore(count: number): Promise<void> {
    const enough = this.holds.length + count;
    await this.#changes.until("more holds", () => this.holds.length >= enough || undefined);
  }

  async close(): Promise<void> {
    for (const child of this.#living) child.kill("SIGKILL");
    await Promise.all(this.#living.map((child) => child.exited));
    await Promise.all(this.#reading);
  }

  async #read(stdout: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    let partial = "";
    for await (const text of stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (partial + text).split("\n");
      // The last words of one that was killed may be half a line.
      partial = lines.pop() ?? "";
      for (const line of lines) {
        const [lock = "", fence = "", from = "", to = ""] = line.split(" ");
        this.holds.push({ lock, fence: Number(fence), from: BigInt(from), to: BigInt(to) });
      }
      this.#changes.announce();
    }
  }
}

/** Holds of a lock that do not come one after the other in the order of their fences. */
function disorder(holds: readonly Hold[], lock: string): string[] {
  const own = holds.filter((hold) => hold.lock === lock).sort((a, b) => a.fence - b.fence);
  expect(own.length).toBeGreaterThan(kills);
  return own.flatMap((hold, index) => {
    const next = own[index + 1];
    if (next === undefined || (hold.to < next.from && hold.fence < next.fence)) return [];
    return [`${JSON.stringify(hold.fence)} to ${hold.to} and ${next.fence} from ${next.from}`];
  });
}
