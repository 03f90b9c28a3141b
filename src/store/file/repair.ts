/**
 * Makes a new database of whatever can be read of a damaged one, and keeps the damaged
 * files beside it under another name. One that was interrupted is begun again, with the
 * copies that it has made.
 * Invariant: at every moment there is a copy of the damaged files, and until the new
 * database has its name a server refuses the directory.
 */
import { rmSync } from "node:fs";
import { Acknowledgements, lastAcknowledged } from "./acknowledgements.ts";
import { repairFenceMargin } from "../bounds.ts";
import { readContent } from "./content.ts";
import { placeDraft, writeDraft } from "./create.ts";
import type { Claim } from "./directory.ts";
import type { StoreFiles } from "./files.ts";
import { keep, unfinished } from "./kept.ts";
import { exclusionsOf, fenceOfClock, sentenceOf } from "../law.ts";
import { recordOf } from "../record.ts";
import { salvage } from "../salvage/salvage.ts";
import { damaged, StoreError } from "../store-error.ts";

/** What a repair did. */
export type Repair =
  | { readonly done: false; readonly why: string }
  | {
      readonly done: true;
      readonly holds: number;
      readonly fenceMark: number;
      /** What is lost, a sentence each. */
      readonly losses: readonly string[];
      /** Names of the files that are kept. */
      readonly kept: readonly string[];
    };

/** Repairs the store, unless nothing is wrong with it. @throws StoreError */
export function repair({ files }: Claim, wallMilliseconds: number): Repair {
  const fault = faultOf(files, wallMilliseconds);
  if (fault === null) return { done: false, why: "nothing is wrong with it" };
  if (fault.fault !== "damaged") throw fault;
  const before = unfinished(files);
  const source = before?.files ?? files;
  const { holds: found, ledger, losses } = salvage(source);
  const exclusions = exclusionsOf(found, wallMilliseconds);
  const out = new Set(exclusions.map(({ hold }) => hold));
  const holds = found.filter((hold) => !out.has(hold));
  const acknowledged = lastAcknowledged(source) ?? 0;
  const lost = acknowledged - (ledger?.batch ?? 0);
  const fenceMark =
    Math.max(ledger?.fenceMark ?? 0, found.at(-1)?.fence ?? 0, fenceOfClock(wallMilliseconds)) +
    repairFenceMargin;
  const batch = Math.max(acknowledged, ledger?.batch ?? 0) + 1;
  writeDraft(files, {
    batch,
    fenceMark,
    records: holds.map((hold) => [hold.fence, recordOf(hold)] as const),
  });
  const kept = before?.kept ?? keep(files, wallMilliseconds);
  // A log must not meet a database that is not its own.
  for (const file of [files.log, files.index]) rmSync(file, { force: true });
  placeDraft(files);
  const acknowledgements = new Acknowledgements(files);
  try {
    acknowledgements.begin(batch);
  } finally {
    acknowledgements.close();
  }
  return {
    done: true,
    holds: holds.length,
    fenceMark,
    losses: [
      ...losses,
      ...(lost > 0 && ledger !== null
        ? [`what the last ${lost} commits changed cannot be read`]
        : []),
      ...exclusions.map((exclusion) => sentenceOf(exclusion)),
    ],
    kept,
  };
}

/** Why the store cannot be used; `null` when it can. */
function faultOf(files: StoreFiles, wallMilliseconds: number): StoreError | null {
  try {
    const content = readContent(files);
    try {
      const [exclusion] = exclusionsOf([...content.holds()], wallMilliseconds);
      // Whole, but no server takes it.
      if (exclusion !== undefined) return damaged(files.directory, sentenceOf(exclusion));
    } finally {
      content.close();
    }
    return null;
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
}
