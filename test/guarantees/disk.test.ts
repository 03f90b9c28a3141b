/** The compiled server on disks that are full, and on stores that are not for it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { glockd, onlyUnix, scratch } from "../cli/glockd.ts";
import { api } from "../doors/http/api.ts";
import { LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

/** Mounts a disk of one mebibyte; `undefined` where that is not allowed. */
function smallDisk(directory: string): AsyncDisposable | undefined {
  mkdirSync(directory);
  const words = ["-t", "tmpfs", "-o", "size=1m,mode=700", "none", directory];
  if (Bun.which("mount") === null || !Bun.spawnSync(["mount", ...words]).success) return undefined;
  return {
    async [Symbol.asyncDispose]() {
      const unmounted = Bun.spawnSync(["umount", directory]);
      if (!unmounted.success) throw new Error(unmounted.stderr.toString());
    },
  };
}

async function whyNoDisk(): Promise<string> {
  await using room = scratch();
  await using disk = smallDisk(room.path("disk"));
  return disk === undefined ? " (skipped: mounting is not allowed here)" : "";
}

const skipped = await whyNoDisk();
const unavailable = /^0 Unavailable: no room is left on the disk /;

test.skipIf(skipped !== "")(
  `A full disk grants nothing that has to be kept, and hurts nothing else; with room all goes on${skipped}`,
  async () => {
    await using room = scratch();
    await using disk = smallDisk(room.path("disk"));
    expect(disk).toBeDefined();
    const store = `-store=file:${room.path("disk/store")}`;
    const long = "r".repeat(900);
    let last = 0;
    {
      await using server = await startProcess(store);
      const client = await LineClient.connect(server.doors.unix);
      await client.ask("kg k 0 0 first");
      // What the log and the database leave, so that the next commits find no room.
      const filled = await Bun.$`dd if=/dev/zero of=${room.path("disk/filler")} bs=1k`
        .nothrow()
        .quiet();
      expect(filled.exitCode).not.toBe(0);
      let answer = "";
      for (; !unavailable.test(answer); last++)
        answer = await client.ask(`kg k 0 0 ${last}${long}`);
      expect(await client.ask(`i ${last - 1}${long}`)).toStartWith("0 Lock Not Locked: ");
      for (const line of ["kg k 0 0 other", "kr k first"]) {
        expect(await client.ask(line)).toMatch(unavailable);
      }
      expect(await client.ask("g plain")).toBe("1 Lock Get Success: plain");
      expect((await api(server, "GET", "/readyz")).status).toBe(503);
      expect((await api(server, "POST", "/lock/http")).status).toBe(503);
      expect(server.stderr()).toContain("the store cannot be written");
      await Bun.$`rm ${room.path("disk/filler")}`;
      await eventually(
        "it has noticed that there is room",
        () => api(server, "GET", "/readyz"),
        ({ status }) => status === 200,
      );
      expect(await client.ask("kr k first")).toBe("1 Lock Release Success: first");
      expect(await client.ask("kg k 0 0 after")).toMatch(/^\d{16} Lock Get Success: after$/);
      client.socket.drop();
      process.kill(server.pid, "SIGKILL");
    }
    await using server = await startProcess(store);
    const client = await LineClient.connect(server.doors.unix);
    expect(await client.ask("i after")).toBe("1 Lock Is Locked: after");
    expect(await client.ask("i first")).toBe("0 Lock Not Locked: first");
    for (let name = 0; name < last; name++) {
      const held = name < last - 1 ? "1 Lock Is Locked: " : "0 Lock Not Locked: ";
      expect(await client.ask(`i ${name}${long}`)).toStartWith(held);
    }
    client.socket.drop();
  },
);

describe("A store that is not for this server ends it with status 5", () => {
  test("when another one uses it, and tells which", async () => {
    await using room = scratch();
    const store = `-store=file:${room.path("store")}`;
    await using server = await startProcess(store);
    expect(statSync(room.path("store")).mode & 0o777).toBe(0o700);
    const { status, stderr } = await glockd([...onlyUnix(room.path("s")), store]);
    expect(stderr).toContain(room.path("store"));
    expect(stderr).toContain(String(server.pid));
    expect(status).toBe(5);
    const client = await LineClient.connect(server.doors.tcp);
    expect(await client.ask("kg k 0 0 lock")).toMatch(/^\d{16} Lock Get Success: lock$/);
    client.socket.drop();
  });

  test.each([
    ["when its database is something else", "holds.db", "something else"],
    ["when it is some directory with files in it", "letter.txt", "Dear reader"],
  ])("%s, which stays as it is", async (_, file, content) => {
    await using room = scratch();
    mkdirSync(room.path("store"));
    writeFileSync(room.path(`store/${file}`), content);
    const argv = [...onlyUnix(room.path("s")), `-store=file:${room.path("store")}`];
    const { status, stderr } = await glockd(argv);
    expect(stderr).toContain(room.path("store"));
    expect(status).toBe(5);
    expect(await Bun.file(room.path(`store/${file}`)).text()).toBe(content);
  });
});

test("A server that is stopped has written what it was asked", async () => {
  await using room = scratch();
  const store = `-store=file:${room.path("store")}`;
  const first = await startProcess(store);
  const client = await LineClient.connect(first.doors.tcp);
  client.command(...Array.from({ length: 200 }, (_, n) => `@${n} kg k 0 0 lock-${n}`));
  // The last of them may still be on its way to the disk when the signal comes.
  await client.take(1);
  expect(await first.stop()).toBe(0);
  const answers = await client.take(client.pending);
  await first[Symbol.asyncDispose]();
  await using second = await startProcess(store);
  const other = await LineClient.connect(second.doors.tcp);
  for (const answer of answers) {
    const [, name] = /: (\S+)$/.exec(answer) ?? [];
    expect(await other.ask(`i ${name}`)).toBe(`1 Lock Is Locked: ${name}`);
  }
  other.socket.drop();
});
