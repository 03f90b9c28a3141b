/** The directory of a store: who may enter it, who has it, and what is taken for one. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, mkdirSync, readdirSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openFileStore } from "../../src/store/file-store.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { contentOf, holdOf } from "./contract.ts";

setDefaultTimeout(testMilliseconds);

function modeOf(path: string): string {
  return (statSync(path).mode & 0o777).toString(8);
}

describe("The directory of a store", () => {
  test("is made with those above it, for its owner alone, and so are its files", async () => {
    await using room = scratch();
    const directory = room.path("a/b/store");
    const store = await openFileStore(directory);
    expect(contentOf(store)).toEqual([]);
    store.put(holdOf(1));
    await new Promise((resolve) => store.settled(resolve));
    expect(modeOf(directory)).toBe("700");
    const modes = readdirSync(directory).map((name) => [name, modeOf(join(directory, name))]);
    expect(modes.toSorted()).toEqual([
      ["acknowledged", "600"],
      ["holds.db", "600"],
      ["holds.db-shm", "600"],
      ["holds.db-wal", "600"],
      ["lock", "644"],
    ]);
    await store.close();
  });

  test.each([0o755, 0o750, 0o701])("of mode %o is closed to others", async (mode) => {
    await using room = scratch();
    const directory = room.path("store");
    mkdirSync(directory);
    chmodSync(directory, mode);
    await (await openFileStore(directory)).close();
    expect(modeOf(directory)).toBe("700");
  });

  test("may be reached through a symbolic link, and hold lost+found", async () => {
    await using room = scratch();
    mkdirSync(room.path("disk/lost+found"), { recursive: true });
    symlinkSync(room.path("disk"), room.path("store"));
    await (await openFileStore(room.path("store"))).close();
    expect(readdirSync(room.path("disk"))).toContain("holds.db");
  });

  test("is refused to a second store, with who has it, until the first is closed", async () => {
    await using room = scratch();
    const first = await openFileStore(room.path("store"));
    const second = openFileStore(room.path("store"));
    expect(second).rejects.toThrow(`${room.path("store")} is in use by process ${process.pid}`);
    expect(second).rejects.toMatchObject({ fault: "held" });
    await second.catch(() => {});
    await first.close();
    await (await openFileStore(room.path("store"))).close();
  });

  test("is refused, and left as it is, when there is something else in it", async () => {
    await using room = scratch();
    const directory = room.path("home");
    mkdirSync(directory, { mode: 0o755 });
    chmodSync(directory, 0o755);
    writeFileSync(join(directory, "letter.txt"), "Dear");
    expect(openFileStore(directory)).rejects.toThrow('other files in it, such as "letter.txt"');
    expect([readdirSync(directory), modeOf(directory)]).toEqual([["letter.txt"], "755"]);
  });

  test("is refused when it is a file, or below one", async () => {
    await using room = scratch();
    writeFileSync(room.path("file"), "");
    expect(openFileStore(room.path("file"))).rejects.toThrow("cannot be a store");
    expect(openFileStore(room.path("file/store"))).rejects.toThrow("cannot be a store");
  });

  test("is made a store though a draft of one was left in it", async () => {
    await using room = scratch();
    const directory = room.path("store");
    mkdirSync(directory);
    // As a kill leaves it that comes while the store is made.
    for (const name of ["draft.db", "draft.db-wal", "lock"])
      writeFileSync(join(directory, name), "half");
    const store = await openFileStore(directory);
    expect(contentOf(store)).toEqual([]);
    await store.close();
    expect(readdirSync(directory).filter((name) => name.startsWith("draft"))).toEqual([]);
  });
});
