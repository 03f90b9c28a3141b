/** The compiled server on disks that really give errors, and on one that cannot be written. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { glockd, onlyUnix, scratch } from "../cli/glockd.ts";
import { api } from "../doors/http/api.ts";
import { LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

function ran(...words: readonly string[]): boolean {
  return Bun.which(words[0]!) !== null && Bun.spawnSync([...words], { stderr: "ignore" }).success;
}

/** A disk that has room of which there is nothing: what it promises lies on a smaller one. */
class HollowDisk implements AsyncDisposable {
  readonly path: string;
  private readonly below: string;

  private constructor(path: string, below: string) {
    this.path = path;
    this.below = below;
  }

  /** `undefined` where such a thing may not be made. */
  static make(path: string, below: string): HollowDisk | undefined {
    mkdirSync(path);
    mkdirSync(below);
    const disk = new HollowDisk(path, below);
    if (!ran("mount", "-t", "tmpfs", "-o", "size=6m", "none", below)) return undefined;
    const image = `${below}/image`;
    const made =
      ran("truncate", "-s", "40m", image) &&
      ran("mkfs.ext4", "-q", "-O", "^has_journal", image) &&
      disk.mount();
    if (!made) ran("umount", below);
    return made ? disk : undefined;
  }

  private mount(): boolean {
    return ran("mount", "-o", "loop", `${this.below}/image`, this.path);
  }

  /** From now on what is new on it cannot be written. */
  async hollow(): Promise<void> {
    await Bun.$`dd if=/dev/zero of=${this.below}/ballast bs=1k`.nothrow().quiet();
  }

  fill(): void {
    rmSync(`${this.below}/ballast`);
  }

  /** What is only in memory is lost. */
  again(): void {
    if (!ran("umount", this.path) || !this.mount()) throw new Error("it cannot be mounted again");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    ran("umount", this.path);
    if (!ran("umount", this.below)) throw new Error(`${this.below} cannot be unmounted`);
  }
}

async function whyNoDisk(): Promise<string> {
  await using room = scratch();
  await using disk = HollowDisk.make(room.path("disk"), room.path("below"));
  return disk === undefined ? " (skipped: loop devices may not be mounted here)" : "";
}

const skipped = await whyNoDisk();

test.skipIf(skipped !== "")(
  `A disk that gives errors grants nothing, and loses nothing that was granted before or is granted later${skipped}`,
  async () => {
    await using room = scratch();
    await using disk = HollowDisk.make(room.path("disk"), room.path("below"))!;
    const store = `-store=file:${disk.path}/store`;
    {
      await using server = await startProcess(store);
      const client = await LineClient.connect(server.doors.unix);
      expect(await client.ask("kg k 0 0 before")).toEndWith(" Lock Get Success: before");
      await disk.hollow();
      let answer = "";
      for (let name = 0; !answer.startsWith("0 "); name++)
        answer = await client.ask(`kg k 0 0 ${name}${"r".repeat(900)}`);
      expect(answer).toMatch(/^0 Unavailable: the disk of .* gives input or output errors/);
      expect(await client.ask("g plain")).toBe("1 Lock Get Success: plain");
      expect((await api(server, "GET", "/readyz")).status).toBe(503);
      disk.fill();
      await eventually(
        "it has noticed that the disk can be written",
        () => api(server, "GET", "/readyz"),
        ({ status }) => status === 200,
      );
      expect(await client.ask("kg k 0 0 after")).toEndWith(" Lock Get Success: after");
      client.socket.drop();
      process.kill(server.pid, "SIGKILL");
    }
    disk.again();
    await using server = await startProcess(store);
    const client = await LineClient.connect(server.doors.unix);
    for (const name of ["before", "after"])
      expect(await client.ask(`i ${name}`)).toBe(`1 Lock Is Locked: ${name}`);
    client.socket.drop();
  },
);

test.skipIf(skipped !== "")(
  `A store on a disk that is mounted read-only ends the start with status 5${skipped}`,
  async () => {
    await using room = scratch();
    await using disk = HollowDisk.make(room.path("disk"), room.path("below"))!;
    const directory = `${disk.path}/store`;
    const first = await startProcess(`-store=file:${directory}`);
    expect(await first.stop()).toBe(0);
    await first[Symbol.asyncDispose]();
    expect(ran("mount", "-o", "remount,ro", disk.path)).toBe(true);
    const flags = onlyUnix(room.path("s"));
    for (const path of [directory, `${disk.path}/another`]) {
      const { status, stderr } = await glockd([...flags, `-store=file:${path}`]);
      expect(stderr).toContain(path);
      expect(stderr).toMatch(/read-only/i);
      expect(status).toBe(5);
    }
    expect(ran("mount", "-o", "remount,rw", disk.path)).toBe(true);
    const again = await startProcess(`-store=file:${directory}`);
    expect(await again.stop()).toBe(0);
    await again[Symbol.asyncDispose]();
  },
);
