/**
 * Torn and flipped bytes in every file: a store that was damaged is refused, or has
 * exactly what was acknowledged; it never has something else, and is never begun anew.
 */
import { afterAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFileStore } from "../../src/store/file-store.ts";
import { StoreError } from "../../src/store/store-error.ts";
import { holdsOf } from "../../src/store/store.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { contentOf, holdOf, kept } from "./contract.ts";
import { damagedCopy, filesIn, leave, type Left, type Verdict, verdictOn } from "./damaged.ts";

setDefaultTimeout(testMilliseconds);

const room = scratch();
afterAll(() => room[Symbol.asyncDispose]());

/** All that a short log has, and a database that has most of it, as a checkpoint left it. */
const states = [
  ["only a log", await leave(room.path("log"), 5, 4)],
  ["a checkpoint behind it", await leave(room.path("both"), 1_010, 1)],
  ["a clean stop behind it", await stopped(await leave(room.path("clean"), 4, 60))],
] as const;

/** So many places of each file are tried, spread over it, and every byte of its first 100. */
const placesTried = 100;

function places(size: number): number[] {
  const step = Math.max(1, Math.floor(size / placesTried));
  const spread = Array.from({ length: Math.ceil(size / step) }, (_, index) => {
    // Not always the same byte of a page.
    return Math.min(size - 1, index * step + ((index * 7) % step));
  });
  return [...new Set([...Array(Math.min(size, 100)).keys(), ...spread])];
}

describe.each(states)("A store that was left with %s", (_, left) => {
  test("is what was acknowledged", () => {
    expect(
      verdictOn(
        damagedCopy(left, "acknowledged", (bytes) => bytes),
        left,
      ),
    ).toBe("same");
  });

  test.each(filesIn(left).map(({ name, size }) => [name, size] as const))(
    "is refused, or the same, wherever a byte of %s flips",
    (name, size) => {
      const verdicts = tried(left, name, (bytes, at) => {
        bytes[at]! ^= at % 2 === 0 ? 0xff : 1 << (at % 8);
        return bytes;
      });
      expect(verdicts.length).toBeGreaterThan(Math.min(size, placesTried) - 1);
      expect(verdicts.filter((verdict) => verdict === "other")).toEqual([]);
      // A check that found nothing to complain of would prove nothing.
      expect(verdicts.some((verdict) => verdict instanceof StoreError)).toBe(
        name !== "acknowledged",
      );
    },
  );

  test.each(filesIn(left).map(({ name, size }) => [name, size] as const))(
    "is refused, or the same, wherever %s is cut off",
    (name) => {
      const verdicts = tried(left, name, (bytes, at) => bytes.subarray(0, at));
      expect(verdicts.filter((verdict) => verdict === "other")).toEqual([]);
      expect(verdicts[0]).toBeInstanceOf(StoreError);
    },
  );

  test.each(filesIn(left).map(({ name }) => [name] as const))(
    "is refused when %s is missing, by the server too, which leaves everything as it is",
    async (name) => {
      const copy = damagedCopy(left, name, (bytes) => bytes);
      rmSync(join(copy, name));
      const before = contentsOf(copy);
      const refusal = await openFileStore(copy).then(
        async (store) => {
          const content = contentOf(store);
          await store.close();
          return content.length;
        },
        (error: unknown) => error,
      );
      expect(refusal).toBeInstanceOf(StoreError);
      expect(String(refusal)).toContain(`glockd store repair ${copy}`);
      expect(contentsOf(copy)).toEqual(before);
    },
  );
});

test("An empty database beside a log is refused before SQLite throws the log away", async () => {
  const [, left] = states[0];
  const copy = damagedCopy(left, "holds.db", () => Buffer.alloc(0));
  const log = readFileSync(join(copy, "holds.db-wal"));
  expect(openFileStore(copy)).rejects.toThrow("holds.db is empty");
  expect(readFileSync(join(copy, "holds.db-wal")).equals(log)).toBe(true);
});

test("A hold that another program removed, or brought back, is noticed", () => {
  const [, left] = states[2];
  for (const sql of [
    "DELETE FROM hold WHERE fence = 2",
    "UPDATE hold SET fence = 1 WHERE fence = 2",
  ]) {
    const copy = damagedCopy(left, "holds.db", (bytes) => bytes);
    const database = new Database(join(copy, "holds.db"));
    database.run(sql);
    database.close();
    expect(verdictOn(copy, left)).toMatchObject({ fault: "damaged" });
  }
});

test("What was being written when the power went is no damage", () => {
  const [, left] = states[0];
  const torn = damagedCopy(left, "holds.db-wal", (bytes) =>
    // A frame of a commit that never ended.
    Buffer.concat([bytes, bytes.subarray(32, 32 + 2_000)]),
  );
  expect(verdictOn(torn, left)).toBe("same");
});

test("Commits behind a damaged one are noticed though the acknowledgements are old", () => {
  const [, left] = states[0];
  const copy = damagedCopy(left, "holds.db-wal", (bytes) => {
    // The middle of five commits: two pages each, one at least.
    bytes[32 + 4 * (24 + 4_096) + 1_000]! ^= 1;
    return bytes;
  });
  // As a power cut leaves them.
  const slot = Buffer.alloc(16);
  slot.writeDoubleLE(1, 8);
  slot.writeUInt32LE(Bun.hash.crc32(slot.subarray(4)), 0);
  writeFileSync(join(copy, "acknowledged"), slot);
  const verdict = verdictOn(copy, left);
  expect(verdict).toBeInstanceOf(StoreError);
  expect(String(verdict)).toContain("is damaged in front of commit");
});

test("Pages that no hold is in are looked at as well, by the thread that is to write", async () => {
  const directory = room.path("with-free-pages");
  const store = await openFileStore(directory);
  for (const hold of holdsOf(store.records())) void hold;
  for (let fence = 1; fence <= 3; fence++)
    store.put(holdOf(fence, { requestor: "r".repeat(30_000) }));
  await kept(store);
  store.remove(2);
  await store.close();
  const left: Left = { directory, holds: [], fenceMark: 0 };
  const copy = damagedCopy(left, "holds.db", (bytes) => {
    const free = bytes.readUInt32BE(36);
    expect(free).toBeGreaterThan(0);
    bytes.writeUInt32BE(free - 1, 36);
    return bytes;
  });
  const before = contentsOf(copy);
  const damaged = await openFileStore(copy);
  const records = damaged.records();
  expect([records.next()?.fence, records.next()?.fence]).toEqual([1, 3]);
  expect(() => records.next()).toThrow("has damaged pages (");
  await damaged.close();
  expect(contentsOf(copy).filter(([name]) => name !== "lock")).toEqual(before);
});

/** What becomes of the file with one place after the other changed. */
function tried(
  left: Left,
  name: string,
  change: (bytes: Buffer, at: number) => Buffer,
): readonly Verdict[] {
  const copy = damagedCopy(left, name, (bytes) => bytes);
  const path = join(copy, name);
  const whole = readFileSync(path);
  return places(whole.length).map((at) => {
    writeFileSync(path, change(Buffer.from(whole), at));
    return verdictOn(copy, left);
  });
}

/** Opened and closed once more: everything is in the database, and there is no log. */
async function stopped(left: Left): Promise<Left> {
  const store = await openFileStore(left.directory);
  for (const hold of holdsOf(store.records())) void hold;
  store.remove(0);
  await store.close();
  for (const name of readdirSync(left.directory))
    if (name.endsWith("-shm") || name.endsWith("-wal")) rmSync(join(left.directory, name));
  return left;
}

function contentsOf(directory: string): [string, string][] {
  // SQLite's index, and a log that it began with nothing in it, are no content.
  return readdirSync(directory)
    .filter((name) => !name.endsWith("-shm"))
    .map((name): [string, string] => [name, readFileSync(join(directory, name)).toString("latin1")])
    .filter(([, text]) => text !== "");
}
