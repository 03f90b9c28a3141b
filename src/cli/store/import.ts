/**
 * `glockd store import`: holds of another store, or of the keyed HTTP service, into this one.
 * Invariant: all of them come in, by one commit, or none; nothing that the store has is
 * changed unless `-replace` says so.
 */
import { readFileSync } from "node:fs";
import { UsageError } from "../../flag.ts";
import { type Change, encodeBatch, reservation } from "../../store/batch.ts";
import { readContent } from "../../store/file/content.ts";
import { createDatabase } from "../../store/file/create.ts";
import { StoreDatabase } from "../../store/file/database.ts";
import { type Claim, claimDirectory, removeDraft } from "../../store/file/directory.ts";
import { unusable } from "../../store/file/failure.ts";
import { fenceOfClock, lockOf } from "../../store/law.ts";
import { upgrades } from "../../store/file/schema.ts";
import type { StoredHold } from "../../store/store.ts";
import { upgradeDatabase } from "../../store/file/upgrade.ts";
import { reasonOf } from "../../system/reason.ts";
import { print } from "../display/output.ts";
import { type Imported, type Input, readInput } from "./input.ts";

export interface ImportOptions {
  /** `undefined` and `-`: standard input. */
  readonly file: string | undefined;
  readonly replace: boolean;
}

/** 0: all is in the store. @throws StoreError, UsageError */
export async function importHolds(directory: string, options: ImportOptions): Promise<number> {
  const now = Date.now();
  const input = readInput(await readBytes(options.file), now);
  const claim = claimDirectory(directory, "create");
  try {
    removeDraft(claim.files);
    if (claim.isEmpty) createDatabase(claim.files);
    upgradeDatabase(claim.files, upgrades);
    const { changes, removed } = changesOf(input, present(claim), {
      replace: options.replace,
      wallMilliseconds: now,
    });
    write(claim, changes);
    const instead = removed === 0 ? "" : ` in place of ${removed}`;
    print(`${claim.files.directory} has ${input.holds.length} more holds${instead}\n`);
    return 0;
  } catch (error) {
    throw unusable(error, claim.files.directory);
  } finally {
    claim.release();
  }
}

/** What the store has. */
interface Present {
  readonly holds: readonly StoredHold[];
  readonly fenceMark: number;
}

function present({ files }: Claim): Present {
  const content = readContent(files);
  try {
    return { holds: [...content.holds()], fenceMark: content.ledger.fenceMark };
  } finally {
    content.close();
  }
}

function changesOf(
  input: Input,
  store: Present,
  { replace, wallMilliseconds }: { readonly replace: boolean; readonly wallMilliseconds: number },
): { changes: Map<number, Change>; removed: number } {
  const changes = new Map<number, Change>();
  const named = new Map(input.holds.map((imported) => [lockOf(imported.hold), imported.place]));
  const taken = new Map<number, Imported>();
  for (const imported of input.holds)
    if (imported.hold.fence !== null) taken.set(imported.hold.fence, imported);
  let mark = Math.max(store.fenceMark, input.fenceMark);
  // Who is given a fence here may have had one of a server without a store before.
  if (taken.size < input.holds.length) mark = Math.max(mark, fenceOfClock(wallMilliseconds));
  for (const fence of taken.keys()) mark = Math.max(mark, fence);
  for (const hold of store.holds) {
    mark = Math.max(mark, hold.fence);
    const place = named.get(lockOf(hold));
    if (place !== undefined && !replace)
      throw new UsageError(
        `${place}: the store has this lock already; -replace puts what is imported in its place`,
      );
    if (place !== undefined) changes.set(hold.fence, null);
    else if (taken.has(hold.fence))
      throw new UsageError(
        `${taken.get(hold.fence)!.place}: fence ${hold.fence} is that of a hold in the store`,
      );
  }
  const removed = changes.size;
  for (const { hold } of input.holds) {
    const fence = hold.fence ?? ++mark;
    changes.set(fence, { ...hold, fence });
  }
  changes.set(reservation, mark);
  return { changes, removed };
}

function write({ files }: Claim, changes: Map<number, Change>): void {
  const database = new StoreDatabase(files);
  try {
    database.apply(encodeBatch(changes));
  } finally {
    database.close();
  }
}

async function readBytes(file: string | undefined): Promise<Uint8Array> {
  if (file === undefined || file === "-") return await Bun.stdin.bytes();
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(`cannot read ${file}: ${reasonOf(error)}`);
  }
}
