/**
 * A store of the version that this glockd writes, kept so that every later one is shown to
 * read it:
 *
 *     bun test/store/golden/write-golden.ts
 *
 * writes test/store/golden/version-N. Run it once for each version, when it is new; what
 * lies there is never written again.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { filesOf } from "../../../src/store/file/files.ts";
import { openFileStore } from "../../../src/store/file-store.ts";
import { schemaVersion } from "../../../src/store/file/schema.ts";
import { holdsOf, type StoredHold } from "../../../src/store/store.ts";
import { answerOf, holdOf } from "../contract.ts";

/** What every golden store has. */
export const goldenHolds: readonly StoredHold[] = [
  holdOf(1),
  holdOf(2),
  holdOf(3),
  holdOf(5, { name: Buffer.of(0xff, 0x80), key: "\xff", requestor: "-" }),
  holdOf(6, { name: Buffer.alloc(9_000, "n"), expiresWallMilliseconds: 1_900_000_000_000 }),
];
export const goldenFenceMark = 1_000_000;

/** Where the golden store of a version is. */
export function goldenDirectory(version: number): string {
  return join(import.meta.dir, `version-${version}`);
}

async function write(): Promise<void> {
  const scratch = mkdtempSync(join(tmpdir(), "glockd-golden-"));
  const store = await openFileStore(join(scratch, "store"));
  for (const hold of holdsOf(store.records())) void hold;
  store.reserve(goldenFenceMark);
  for (const hold of [...goldenHolds, holdOf(4)]) store.put(hold);
  const failure = await answerOf(store);
  if (failure !== null) throw new Error(failure);
  store.remove(4);
  await store.close();
  const to = goldenDirectory(schemaVersion);
  mkdirSync(to);
  const { database, acknowledged } = filesOf(join(scratch, "store"));
  for (const file of [database, acknowledged]) await copyFile(file, join(to, basename(file)));
  rmSync(scratch, { recursive: true });
}

if (import.meta.main) await write();
