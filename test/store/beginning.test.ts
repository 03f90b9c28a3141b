/** A store whose first commit was cut short is no damaged one; nor is one that is busy. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { cpSync, existsSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { type Change, encodeBatch } from "../../src/store/batch.ts";
import { Acknowledgements, lastAcknowledged } from "../../src/store/file/acknowledgements.ts";
import { readContent } from "../../src/store/file/content.ts";
import { createDatabase } from "../../src/store/file/create.ts";
import { StoreDatabase } from "../../src/store/file/database.ts";
import { claimDirectory } from "../../src/store/file/directory.ts";
import { filesOf, type StoreFiles } from "../../src/store/file/files.ts";
import { upgradeDatabase } from "../../src/store/file/upgrade.ts";
import { verified } from "../../src/store/file/verified.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { holdOf } from "./contract.ts";

setDefaultTimeout(testMilliseconds);

function made(directory: string): StoreFiles {
  const claim = claimDirectory(directory, "create");
  createDatabase(claim.files);
  claim.release();
  return claim.files;
}

function batchOf(fence: number): Uint8Array {
  return encodeBatch(new Map<number, Change>([[fence, holdOf(fence)]]));
}

/** Connects, and fails before anything is committed. */
function connect(database: StoreDatabase): void {
  expect(() => database.apply(Buffer.alloc(3, 0xff))).toThrow();
}

describe("The acknowledgements of a new store", () => {
  test.each([
    ["missing", null],
    ["empty", 0],
    ["long enough, and nothing in it", 32],
  ])("are there before its first commit, though the file was %s", async (_, bytes) => {
    await using room = scratch();
    const files = made(room.path("store"));
    if (bytes !== null) writeFileSync(files.acknowledged, Buffer.alloc(bytes));
    expect(lastAcknowledged(files)).toBeNull();
    const database = new StoreDatabase(files);
    connect(database);
    expect(lastAcknowledged(files)).toBe(0);
    const early = room.path("acknowledged-early");
    cpSync(files.acknowledged, early);
    database.apply(batchOf(1));
    expect(lastAcknowledged(files)).toBe(1);
    // As a power cut leaves it, or a kill, behind the commit.
    const left = filesOf(room.path("left"));
    cpSync(files.directory, left.directory, { recursive: true });
    cpSync(early, left.acknowledged);
    database.close();
    const content = readContent(left);
    expect([...content.holds()].map(({ fence }) => fence)).toEqual([1]);
    content.close();
  });

  // A later slot that is not written notices less; without the first one all looks lost.
  test.skipIf(!existsSync("/dev/full"))("must be written, and later ones need not", async () => {
    await using room = scratch();
    const files = { ...filesOf(room.path(".")), acknowledged: "/dev/full" };
    const acknowledgements = new Acknowledgements(files);
    expect(() => acknowledgements.begin(0)).toThrow("ENOSPC");
    acknowledgements.write(1);
    acknowledgements.close();
  });

  test("keep a commit from being made when they cannot be had", async () => {
    await using room = scratch();
    const files = made(room.path("store"));
    mkdirSync(files.acknowledged);
    expect(() => new StoreDatabase(files).apply(batchOf(1))).toThrow("EISDIR");
    rmdirSync(files.acknowledged);
    const content = readContent(files);
    expect(content.ledger.batch).toBe(0);
    content.close();
  });
});

describe("A database that cannot be read at present", () => {
  const files = filesOf("/store");

  test.each([
    ["SQLITE_BUSY", "unusable"],
    ["SQLITE_LOCKED", "unusable"],
    ["SQLITE_IOERR_READ", "unusable"],
    ["SQLITE_NOMEM", "unusable"],
    ["SQLITE_IOERR_SHORT_READ", "damaged"],
    ["SQLITE_CORRUPT", "damaged"],
    ["SQLITE_NOTADB", "damaged"],
  ])("by %s is %s", (code, fault) => {
    const read = (): never => {
      throw Object.assign(new Error("why"), { code });
    };
    let thrown: unknown;
    try {
      verified(files, read);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ fault });
  });

  test("is waited for, and is not called damaged when it stays so", async () => {
    await using room = scratch();
    const { directory, database } = made(room.path("store"));
    const script =
      'import { Database } from "bun:sqlite"; const d = new Database(process.argv[1]); ' +
      'd.run("PRAGMA locking_mode = exclusive"); d.run("BEGIN EXCLUSIVE"); console.log("held"); ' +
      "setTimeout(() => d.close(), 300);";
    const other = Bun.spawn([process.execPath, "-e", script, database], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    await other.stdout.getReader().read();
    // Throws when it does not wait.
    upgradeDatabase(filesOf(directory), {});
    expect(await other.exited).toBe(0);
    using holder = new Database(database);
    holder.run("PRAGMA locking_mode = exclusive");
    holder.run("BEGIN EXCLUSIVE");
    let thrown: unknown;
    try {
      upgradeDatabase(filesOf(directory), {});
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({ fault: "unusable" });
  });
});
