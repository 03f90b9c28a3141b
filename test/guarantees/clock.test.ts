/** The compiled server on a store whose last write was later than the clock, and on one whose fences only are. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { scratch } from "../cli/glockd.ts";
import { store as storeCommand } from "../cli/store/store.ts";
import { LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const complaint = "the clock was set back";

/** A store that a server has left with a hold in it. */
async function left(directory: string): Promise<void> {
  await using server = await startProcess(`-store=file:${directory}`);
  const client = await LineClient.connect(server.doors.unix);
  expect(await client.ask("kg k 0 0 lock")).toEndWith(" Lock Get Success: lock");
  client.socket.drop();
  expect(await server.stop()).toBe(0);
}

/** What a start on it says; the fence that it gives next. */
async function begun(directory: string): Promise<{ said: string; fence: number }> {
  await using server = await startProcess(`-store=file:${directory}`);
  const client = await LineClient.connect(server.doors.unix);
  const fence = Number((await client.ask("kg k - - other")).split(" ")[0]);
  client.socket.drop();
  expect(await server.stop()).toBe(0);
  return { said: server.stderr(), fence };
}

/** As if each of the last two writes had been so much later. */
function postpone(path: string, seconds: number): void {
  const bytes = readFileSync(path);
  for (let at = 0; at < bytes.length; at += 16) {
    const slot = bytes.subarray(at, at + 16);
    if (slot.readUInt32LE(4) === 0) continue;
    slot.writeUInt32LE(slot.readUInt32LE(4) + seconds, 4);
    slot.writeUInt32LE(Bun.hash.crc32(slot.subarray(4)), 0);
  }
  writeFileSync(path, bytes);
}

describe("A start", () => {
  test("does not take what a repair has added to the fences for a clock that was set back", async () => {
    await using room = scratch();
    const directory = room.path("store");
    await left(directory);
    const database = readFileSync(`${directory}/holds.db`);
    database[database.indexOf("lock", 4_096)]! ^= 1;
    writeFileSync(`${directory}/holds.db`, database);
    expect((await storeCommand(["repair", directory])).out).toContain("is repaired");
    const clock = 2_048 * Date.now();
    for (let start = 0; start < 2; start++) {
      const { said, fence } = await begun(directory);
      expect(fence).toBeGreaterThan(clock + 2_048 * 3_500_000);
      expect(said).not.toContain(complaint);
    }
  });

  test("says that the clock was set back when the last write was later", async () => {
    await using room = scratch();
    const directory = room.path("store");
    await left(directory);
    expect((await begun(directory)).said).not.toContain(complaint);
    postpone(`${directory}/acknowledged`, 3_600);
    expect((await begun(directory)).said).toContain(complaint);
  });
});
