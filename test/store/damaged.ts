/** Stores as a killed server leaves them, and copies of them that are damaged. */
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { claimDirectory } from "../../src/store/file/directory.ts";
import { filesOf } from "../../src/store/file/files.ts";
import { openFileStore } from "../../src/store/file-store.ts";
import { expectWholePages, readContent } from "../../src/store/file/content.ts";
import { StoreError } from "../../src/store/store-error.ts";
import { holdsOf, type StoredHold } from "../../src/store/store.ts";
import { answerOf, holdOf } from "./contract.ts";

/** What a store had that was left behind. */
export interface Left {
  readonly directory: string;
  readonly holds: readonly StoredHold[];
  readonly fenceMark: number;
}

/**
 * Fills a store at `directory` by `commits` commits of `each` changes, a third of them
 * removals, and leaves a copy of its files as a kill would at `directory`-left.
 */
export async function leave(directory: string, commits: number, each: number): Promise<Left> {
  const store = await openFileStore(directory);
  for (const hold of holdsOf(store.records())) void hold;
  const holds = new Map<number, StoredHold>();
  const fenceMark = 100_000;
  store.reserve(fenceMark);
  let fence = 0;
  for (let commit = 0; commit < commits; commit++) {
    for (let change = 0; change < each; change++) {
      const hold = holdOf(++fence, { requestor: `requestor-${fence}`.padEnd(fence % 90, ".") });
      store.put(hold);
      holds.set(fence, hold);
      if (fence % 3 !== 0) continue;
      store.remove(fence - 2);
      holds.delete(fence - 2);
    }
    const answer = await answerOf(store);
    if (answer !== null) throw new Error(answer);
  }
  const left = `${directory}-left`;
  cpSync(directory, left, { recursive: true });
  // A lock ends with its process; only its file stays.
  rmSync(filesOf(left).lock);
  await store.close();
  return { directory: left, holds: [...holds.values()], fenceMark };
}

/** What opening a store comes to: the same, another content, or why it is refused. */
export type Verdict = "same" | "other" | StoreError;

/** Opens what is at `directory` as a server does, in this thread. */
export function verdictOn(directory: string, left: Left): Verdict {
  try {
    const claim = claimDirectory(directory, "create");
    try {
      if (claim.isEmpty) return "other";
      const content = readContent(claim.files, { arePagesLeft: true });
      try {
        const found = [...content.holds()].map((hold) => ({
          ...hold,
          name: Buffer.from(hold.name),
        }));
        expectWholePages(claim.files);
        const isSame =
          Bun.deepEquals(found, left.holds) && content.ledger.fenceMark === left.fenceMark;
        return isSame ? "same" : "other";
      } finally {
        content.close();
      }
    } finally {
      claim.release();
    }
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
}

/** A copy of what was left, with one of its files changed. */
export function damagedCopy(left: Left, file: string, change: (bytes: Buffer) => Buffer): string {
  const copy = `${left.directory}-damaged`;
  rmSync(copy, { recursive: true, force: true });
  cpSync(left.directory, copy, { recursive: true });
  const path = join(copy, file);
  writeFileSync(path, change(readFileSync(path)));
  return copy;
}

/** The names of the files that have bytes in them. */
export function filesIn(left: Left): { readonly name: string; readonly size: number }[] {
  const { database, log, acknowledged } = filesOf(left.directory);
  return [database, log, acknowledged].flatMap((path) => {
    const size = Bun.file(path).size;
    return size === 0 ? [] : [{ name: basename(path), size }];
  });
}
