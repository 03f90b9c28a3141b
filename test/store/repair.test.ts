/** What can be read of a damaged store, and the new one that is made of it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { repairFenceMargin } from "../../src/store/bounds.ts";
import { claimDirectory } from "../../src/store/file/directory.ts";
import { filesOf } from "../../src/store/file/files.ts";
import { repair, type Repair } from "../../src/store/file/repair.ts";
import { openFileStore } from "../../src/store/file-store.ts";
import { fenceOfClock } from "../../src/store/law.ts";
import { salvage } from "../../src/store/salvage/salvage.ts";
import type { StoredHold } from "../../src/store/store.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { contentOf, holdOf, kept } from "./contract.ts";
import { damagedCopy, leave } from "./damaged.ts";

setDefaultTimeout(testMilliseconds);

const now = Date.UTC(2026, 0, 2, 3, 4, 5);
const pageBytes = 4_096;

function repaired(directory: string): Repair {
  const claim = claimDirectory(directory, "repair");
  try {
    return repair(claim, now);
  } finally {
    claim.release();
  }
}

async function opened(directory: string): Promise<{ holds: readonly StoredHold[]; mark: number }> {
  const store = await openFileStore(directory);
  const holds = contentOf(store);
  await store.close();
  return { holds, mark: store.fenceMark };
}

/** A store of `count` holds that was closed: all of it is in the database. */
async function filled(directory: string, count: number): Promise<readonly StoredHold[]> {
  const store = await openFileStore(directory);
  expect(contentOf(store)).toEqual([]);
  const holds = Array.from({ length: count }, (_, index) =>
    holdOf(index + 1, index === 3 ? { name: Buffer.alloc(9_000, "n") } : {}),
  );
  for (const hold of holds) store.put(hold);
  await kept(store);
  await store.close();
  return holds;
}

describe("What is salvaged", () => {
  test("of a whole store is all that it has, though SQLite never looks", async () => {
    await using room = scratch();
    const holds = await filled(room.path("closed"), 500);
    const { losses, ...closed } = salvage(filesOf(room.path("closed")));
    expect([losses, withBuffers(closed.holds)]).toEqual([[], holds]);
    const left = await leave(room.path("open"), 30, 7);
    const open = salvage(filesOf(left.directory));
    expect([open.losses, withBuffers(open.holds)]).toEqual([[], left.holds]);
    expect(open.ledger?.fenceMark).toBe(left.fenceMark);
  });

  test("has nothing of holds that were released", async () => {
    await using room = scratch();
    const holds = await filled(room.path("store"), 500);
    const store = await openFileStore(room.path("store"));
    expect(contentOf(store).length).toBe(500);
    for (const { fence } of holds) if (fence > 5) store.remove(fence);
    await store.close();
    expect(withBuffers(salvage(filesOf(room.path("store"))).holds)).toEqual(holds.slice(0, 5));
    const bytes = readFileSync(filesOf(room.path("store")).database, "latin1");
    expect(bytes.includes("key-5")).toBe(true);
    expect(bytes.includes("key-400")).toBe(false);
  });

  test("of a database with a page that is gone is all but that page's", async () => {
    await using room = scratch();
    const holds = await filled(room.path("store"), 500);
    const { database } = filesOf(room.path("store"));
    const bytes = readFileSync(database);
    const at = pageBytes * Math.floor(bytes.indexOf("requestor-250") / pageBytes);
    writeFileSync(database, bytes.fill(0, at, at + pageBytes));
    const { holds: found, losses } = salvage(filesOf(room.path("store")));
    expect(found.length).toBeGreaterThan(400);
    expect(found.length).toBeLessThan(500);
    expect(losses).toEqual([`there were 500 holds, ${found.length} can be read`]);
    const fences = new Set(found.map(({ fence }) => fence));
    expect(withBuffers(found)).toEqual(holds.filter(({ fence }) => fences.has(fence)));
  });

  test("of random bytes is nothing, whatever they are", async () => {
    await using room = scratch();
    const left = await leave(room.path("store"), 3, 3);
    let seed = 1;
    for (let round = 0; round < 50; round++) {
      const noise = Buffer.from(
        Array.from({ length: 3 * pageBytes }, () => {
          seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
          return seed >>> 24;
        }),
      );
      // Each page says that it is a leaf with many rows.
      for (const at of [100, pageBytes, 2 * pageBytes]) noise.set([13, 0, 0, 2, 0], at);
      const copy = damagedCopy(left, "holds.db", () => noise);
      rmSync(filesOf(copy).log);
      expect(salvage(filesOf(copy)).holds).toEqual([]);
    }
  });
});

describe("A repair", () => {
  test("leaves a store alone with which nothing is wrong", async () => {
    await using room = scratch();
    await filled(room.path("store"), 3);
    expect(repaired(room.path("store"))).toEqual({ done: false, why: "nothing is wrong with it" });
    expect((await opened(room.path("store"))).holds.length).toBe(3);
  });

  test("makes a store of what can be read, keeps the damaged one, and lifts the fences", async () => {
    await using room = scratch();
    const left = await leave(room.path("store"), 20, 6);
    const copy = damagedCopy(left, "holds.db-wal", (bytes) => {
      const at = bytes.lastIndexOf("requestor-110.");
      bytes[at]! ^= 1;
      return bytes;
    });
    const damagedLog = readFileSync(filesOf(copy).log);
    expect(openFileStore(copy)).rejects.toMatchObject({ fault: "damaged" });
    const result = repaired(copy);
    if (!result.done) throw new Error(result.why);
    expect(result.kept).toEqual(
      ["holds.db", "holds.db-wal", "acknowledged"].map(
        (name) => `damaged-20260102T030405Z-${name}`,
      ),
    );
    expect(readFileSync(join(copy, result.kept[1]!)).equals(damagedLog)).toBe(true);
    const { holds, mark } = await opened(copy);
    expect(holds.length).toBe(result.holds);
    expect(holds.length).toBeGreaterThan(left.holds.length - 10);
    expect(mark).toBe(fenceOfClock(now) + repairFenceMargin);
    const wanted = new Set(left.holds.map(({ fence }) => fence));
    expect(holds.filter(({ fence }) => !wanted.has(fence))).toEqual([]);
  });

  test("lifts the fences above what was seen when the clock is behind that", async () => {
    await using room = scratch();
    const high = fenceOfClock(now) + 10 * repairFenceMargin;
    const store = await openFileStore(room.path("store"));
    expect(contentOf(store)).toEqual([]);
    store.put(holdOf(high));
    await store.close();
    rmSync(filesOf(room.path("store")).acknowledged);
    expect(repaired(room.path("store"))).toMatchObject({ done: true, losses: [], holds: 1 });
    expect((await opened(room.path("store"))).mark).toBe(high + repairFenceMargin);
  });

  test("says what the commits that are lost had", async () => {
    await using room = scratch();
    const left = await leave(room.path("store"), 10, 1);
    const copy = damagedCopy(left, "holds.db-wal", (bytes) => bytes.subarray(0, 0));
    const result = repaired(copy);
    expect(result).toMatchObject({
      done: true,
      losses: ["what the last 10 commits changed cannot be read"],
    });
    expect((await opened(copy)).holds).toEqual([]);
  });

  test("makes a store of the log alone when the database is gone", async () => {
    await using room = scratch();
    const left = await leave(room.path("store"), 10, 4);
    rmSync(filesOf(left.directory).database);
    expect(openFileStore(left.directory)).rejects.toThrow("holds.db is missing");
    expect(repaired(left.directory)).toMatchObject({ done: true, holds: left.holds.length });
    expect((await opened(left.directory)).holds).toEqual([...left.holds]);
  });

  test("keeps the copies of one before it, though both are of the same second", async () => {
    await using room = scratch();
    const left = await leave(room.path("store"), 5, 3);
    const copies: string[] = [];
    for (let round = 0; round < 3; round++) {
      writeFileSync(filesOf(left.directory).database, `nothing ${round}`);
      const result = repaired(left.directory);
      if (!result.done) throw new Error(result.why);
      const copy = result.kept.find((name) => name.endsWith("holds.db"));
      copies.push(readFileSync(join(left.directory, copy!), "latin1"));
    }
    expect(copies).toEqual(["nothing 0", "nothing 1", "nothing 2"]);
    const names = readdirSync(left.directory).filter((name) => name.endsWith("-holds.db"));
    const contents = names.map((name) => readFileSync(join(left.directory, name), "latin1"));
    expect(contents.toSorted()).toEqual(copies);
  });

  test.each([
    ["before the log was removed", ["holds.db"]],
    ["behind that", ["holds.db", "holds.db-wal", "holds.db-shm"]],
  ])("that was interrupted %s is done again with its copies", async (_, removed) => {
    await using room = scratch();
    const left = await leave(room.path("store"), 20, 6);
    const copy = damagedCopy(left, "holds.db", (bytes) => bytes.fill(0, 0, 1_000));
    // An older repair, which has come to its end, has nothing to say in this.
    const old = join(copy, "damaged-20250102T030405Z-");
    const database = readFileSync(join(copy, "holds.db"));
    writeFileSync(`${old}acknowledged`, "other");
    writeFileSync(`${old}holds.db`, database);
    const begun = join(copy, "damaged-20260102T030404Z-");
    for (const name of ["holds.db", "holds.db-wal", "acknowledged"])
      cpSync(join(copy, name), begun + name);
    for (const name of removed) rmSync(join(copy, name), { force: true });
    expect(openFileStore(copy)).rejects.toMatchObject({ fault: "damaged" });
    const result = repaired(copy);
    expect(result).toMatchObject({ done: true, losses: [], holds: left.holds.length });
    expect(result).toMatchObject({
      kept: ["acknowledged", "holds.db", "holds.db-wal"].map(
        (name) => `damaged-20260102T030404Z-${name}`,
      ),
    });
    expect((await opened(copy)).holds).toEqual([...left.holds]);
  });

  test("takes nothing from the copies of one that has come to its end", async () => {
    await using room = scratch();
    const left = await leave(room.path("store"), 5, 3);
    const copy = damagedCopy(left, "holds.db", (bytes) => bytes.fill(0, 0, 1_000));
    expect(repaired(copy)).toMatchObject({ done: true, holds: left.holds.length });
    rmSync(filesOf(copy).database);
    expect(repaired(copy)).toMatchObject({ done: true, holds: 0 });
  });

  test("is refused while somebody has the store, and where there is none", async () => {
    await using room = scratch();
    const store = await openFileStore(room.path("store"));
    expect(() => repaired(room.path("store"))).toThrow("is in use by process");
    await store.close();
    cpSync(room.path("store"), room.path("other"), { recursive: true });
    for (const name of readdirSync(room.path("other"))) rmSync(join(room.path("other"), name));
    expect(() => repaired(room.path("other"))).toThrow("there is no store in");
  });
});

function withBuffers(holds: readonly StoredHold[]): readonly StoredHold[] {
  return holds.map((hold) => ({ ...hold, name: Buffer.from(hold.name) }));
}
