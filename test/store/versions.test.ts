/** Stores of every version are read; a newer one is refused; an upgrade is whole or nothing. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { Database } from "bun:sqlite";
import { cpSync, readdirSync } from "node:fs";
import { filesOf } from "../../src/store/file/files.ts";
import { schemaVersion, upgrades } from "../../src/store/file/schema.ts";
import { upgradeDatabase } from "../../src/store/file/upgrade.ts";
import { openFileStore } from "../../src/store/file-store.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { contentOf, holdOf, kept } from "./contract.ts";
import { goldenDirectory, goldenFenceMark, goldenHolds } from "./golden/write-golden.ts";

setDefaultTimeout(testMilliseconds);

const versions = Array.from({ length: schemaVersion }, (_, index) => index + 1);

function goldenCopy(version: number, to: string): string {
  cpSync(goldenDirectory(version), to, { recursive: true });
  return to;
}

function versionAt(directory: string): unknown {
  using database = new Database(filesOf(directory).database, { readonly: true });
  return database.query("PRAGMA user_version").values()[0]?.[0];
}

describe("The golden stores", () => {
  test("are one for each version, each with its upgrade but the last", () => {
    const found = readdirSync(`${import.meta.dir}/golden`).filter((name) => !name.includes("."));
    expect(found.toSorted()).toEqual(versions.map((version) => `version-${version}`));
    expect(Object.keys(upgrades).map(Number)).toEqual(versions.slice(0, -1));
  });

  test.each(versions)(
    "of version %i is read with all that it has, and goes on",
    async (version) => {
      await using room = scratch();
      const directory = goldenCopy(version, room.path("store"));
      const store = await openFileStore(directory);
      expect(contentOf(store)).toEqual([...goldenHolds]);
      expect(store.fenceMark).toBe(goldenFenceMark);
      store.put(holdOf(7));
      await kept(store);
      await store.close();
      expect(versionAt(directory)).toBe(schemaVersion);
      const next = await openFileStore(directory);
      expect(contentOf(next)).toEqual([...goldenHolds, holdOf(7)]);
      await next.close();
    },
  );
});

function fails(): never {
  throw new Error("no room");
}

describe("A store of another version", () => {
  test("that is newer is refused with what to do", async () => {
    await using room = scratch();
    const directory = goldenCopy(schemaVersion, room.path("store"));
    upgradeDatabase(filesOf(directory), { [schemaVersion]: () => {} }, schemaVersion + 1);
    const refusal = openFileStore(directory);
    expect(refusal).rejects.toThrow(
      `written by a newer glockd: it has version ${schemaVersion + 1}`,
    );
    expect(refusal).rejects.toThrow("start that glockd");
    expect(refusal).rejects.toMatchObject({ fault: "newer" });
  });

  test("is upgraded step by step, in one transaction", async () => {
    await using room = scratch();
    const files = filesOf(goldenCopy(schemaVersion, room.path("store")));
    const steps: number[] = [];
    const step = (version: number) => (database: Database) => {
      database.run(`CREATE TABLE step_${version} (id INTEGER PRIMARY KEY)`);
      steps.push(version);
    };
    const [first, second] = [schemaVersion, schemaVersion + 1];
    const two = { [first]: step(first), [second]: step(second) };
    expect(() => upgradeDatabase(files, { ...two, [second]: fails }, second + 1)).toThrow(
      "no room",
    );
    expect(versionAt(files.directory)).toBe(schemaVersion);
    upgradeDatabase(files, two, second + 1);
    expect(steps).toEqual([first, first, second]);
    expect(versionAt(files.directory)).toBe(second + 1);
  });

  test("that has no upgrade any more is refused with the way round", async () => {
    await using room = scratch();
    const files = filesOf(goldenCopy(schemaVersion, room.path("store")));
    expect(() => upgradeDatabase(files, {}, schemaVersion + 1)).toThrow(
      "start one in between first",
    );
  });
});
