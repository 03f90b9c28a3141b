/** A disk that is really full, and what a failure is called. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { failureOf } from "../../src/store/file/failure.ts";
import { openFileStore } from "../../src/store/file-store.ts";
import { StoreError } from "../../src/store/store-error.ts";
import type { Store, StoredHold } from "../../src/store/store.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { answerOf, contentOf, holdOf, kept } from "./contract.ts";

setDefaultTimeout(testMilliseconds);

/** A disk of its own, so small that it is soon full. */
function smallDisk(directory: string): { unmount(): void } | undefined {
  mkdirSync(directory);
  const mount = Bun.spawnSync([
    "mount",
    "-t",
    "tmpfs",
    "-o",
    "size=1m,mode=700",
    "none",
    directory,
  ]);
  if (!mount.success) return undefined;
  return {
    unmount() {
      const { success, stderr } = Bun.spawnSync(["umount", directory]);
      if (!success) throw new Error(stderr.toString());
    },
  };
}

/** Why the tests of a full disk cannot run. */
async function whyNoDisk(): Promise<string | undefined> {
  if (process.platform !== "linux" || Bun.which("mount") === null) return "there is no mount";
  await using room = scratch();
  const disk = smallDisk(room.path("disk"));
  disk?.unmount();
  return disk === undefined ? "mounting is not allowed here" : undefined;
}

async function withDisk(use: (directory: string) => Promise<void>): Promise<void> {
  await using room = scratch();
  const disk = smallDisk(room.path("disk"))!;
  try {
    await use(room.path("disk"));
  } finally {
    disk.unmount();
  }
}

/** Puts large holds until one cannot be written; gives those that could. */
async function fill(store: Store): Promise<{ fit: StoredHold[]; refused: StoredHold }> {
  const fit: StoredHold[] = [];
  for (let fence = 1; ; fence++) {
    const hold = holdOf(fence, { requestor: "r".repeat(30_000) });
    store.put(hold);
    if ((await answerOf(store)) !== null) return { fit, refused: hold };
    fit.push(hold);
  }
}

const reason = await whyNoDisk();

describe.skipIf(reason !== undefined)(
  `A store on a full disk${reason ? ` (${reason})` : ""}`,
  () => {
    test("says so, goes on when there is room, and has lost nothing that it answered for", async () => {
      await withDisk(async (disk) => {
        const ballast = join(disk, "ballast");
        const store = await openFileStore(join(disk, "store"));
        expect(contentOf(store)).toEqual([]);
        writeFileSync(ballast, Buffer.alloc(400_000));
        const { fit, refused } = await fill(store);
        expect(fit.length).toBeGreaterThan(0);
        expect(store.failure).toContain(`no room is left on the disk of ${join(disk, "store")}`);
        expect(store.failure).toContain("SQLITE_FULL");
        // What the engine does with a grant that it could not keep.
        store.remove(refused.fence);
        const recovered = new Promise<void>((resolve) => {
          store.onChange = (failure) => {
            if (failure === null) resolve();
          };
        });
        rmSync(ballast);
        await recovered;
        const later = holdOf(refused.fence + 1);
        store.put(later);
        await kept(store);
        await store.close();
        const next = await openFileStore(join(disk, "store"));
        expect(contentOf(next)).toEqual([...fit, later]);
        await next.close();
      });
    });

    test("is refused at start with words, or opened whole, and never begun anew", async () => {
      await withDisk(async (disk) => {
        const store = await openFileStore(join(disk, "store"));
        expect(contentOf(store)).toEqual([]);
        const { fit } = await fill(store);
        await store.close();
        const again = await openFileStore(join(disk, "store")).then(
          async (opened) => {
            const content = contentOf(opened).slice(0, fit.length);
            await opened.close();
            return content;
          },
          (error: unknown) => error,
        );
        if (again instanceof StoreError) expect(again.fault).toBe("unusable");
        else expect(again).toEqual(fit);
      });
    });

    test("cannot be made, and leaves nothing that a later start would take for one", async () => {
      await withDisk(async (disk) => {
        const directory = join(disk, "store");
        mkdirSync(directory, { mode: 0o700 });
        const ballast = join(disk, "ballast");
        writeFileSync(ballast, Buffer.alloc(1_024 * 1_024 - 8_192));
        expect(openFileStore(directory)).rejects.toMatchObject({ fault: "unusable" });
        rmSync(ballast);
        const store = await openFileStore(directory);
        expect(contentOf(store)).toEqual([]);
        await store.close();
      });
    });
  },
);

describe("A failure to write", () => {
  test.each([
    ["SQLITE_FULL", "no room is left on the disk of /store (SQLITE_FULL)"],
    ["ENOSPC", "no room is left on the disk of /store (ENOSPC)"],
    ["EDQUOT", "no room is left on the disk of /store (EDQUOT)"],
    ["SQLITE_READONLY_DIRECTORY", "/store cannot be written: it is read-only"],
    ["EROFS", "/store cannot be written: it is read-only"],
    ["SQLITE_IOERR_FSYNC", "the disk of /store gives input or output errors"],
    ["SQLITE_CORRUPT", "the store /store is damaged; stop the server and repair it"],
    ["SQLITE_BUSY", "another program has the database in /store locked"],
    ["SQLITE_CANTOPEN", "the database in /store cannot be opened"],
    ["EACCES", "the store /store cannot be written: permission denied (EACCES)"],
  ])("by %s is told in words", (code, words) => {
    expect(failureOf(Object.assign(new Error("key=secret"), { code }), "/store")).toStartWith(
      words,
    );
  });

  test("that is a bug of ours is no failure of the disk", () => {
    expect(() => failureOf(new TypeError("x is undefined"), "/store")).toThrow("x is undefined");
  });
});
