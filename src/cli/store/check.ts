/** `glockd store check`: whether a store is whole; what is wrong with it, and where. */
import { Database } from "bun:sqlite";
import { readContent } from "../../store/file/content.ts";
import { claimDirectory, inspectDirectory } from "../../store/file/directory.ts";
import type { StoreFiles } from "../../store/file/files.ts";
import { type Exclusion, exclusionsOf, sentenceOf } from "../../store/law.ts";
import { salvage } from "../../store/salvage/salvage.ts";
import { StoreError } from "../../store/store-error.ts";
import { complain, print } from "../display/output.ts";

/** Complaints of SQLite that are shown. */
const complaintsMax = 20;

/** 0: all is there. 1: it is damaged; standard error tells how. @throws StoreError */
export function check(directory: string): number {
  const files = inspectDirectory(directory);
  const { isShared, release } = claimIfFree(directory);
  try {
    const content = readContent(files, { isShared });
    let exclusions;
    try {
      exclusions = exclusionsOf([...content.holds()], Date.now());
    } finally {
      content.close();
    }
    // Every byte is right, and a server refuses it all the same.
    if (exclusions.length > 0) return complainOf(files, exclusions);
    const { holds, fenceMark, batch } = content.ledger;
    const use = isShared ? ", in use" : "";
    print(
      `${files.directory} is fine: ${holds} holds, fence mark ${fenceMark}, ${batch} commits${use}\n`,
    );
    return 0;
  } catch (error) {
    if (!(error instanceof StoreError) || error.fault !== "damaged") throw error;
    complain(`${error.message}\n`);
    for (const complaint of complaintsOf(files)) complain(`  ${files.database}: ${complaint}\n`);
    const { holds, losses } = salvage(files);
    for (const loss of losses) complain(`  ${loss}\n`);
    for (const exclusion of exclusionsOf(holds, Date.now()))
      complain(`  ${sentenceOf(exclusion)}\n`);
    complain(`  ${holds.length} holds can be read\n`);
    return 1;
  } finally {
    release();
  }
}

function complainOf({ directory }: StoreFiles, exclusions: readonly Exclusion[]): number {
  complain(
    `the store ${directory} contradicts itself, and no server takes it; ` +
      `\`glockd store repair ${directory}\` keeps the newest of what excludes each other\n`,
  );
  for (const exclusion of exclusions) complain(`  ${sentenceOf(exclusion)}\n`);
  return 1;
}

/** Shared with a server, or with whoever owns files that cannot be locked. */
function claimIfFree(directory: string): { readonly isShared: boolean; release(): void } {
  try {
    const claim = claimDirectory(directory, "repair");
    return { isShared: false, release: () => claim.release() };
  } catch (error) {
    if (error instanceof StoreError) return { isShared: true, release: () => {} };
    throw error;
  }
}

function complaintsOf(files: StoreFiles): string[] {
  try {
    using database = new Database(files.database, { readonly: true, strict: true });
    const rows = database.query(`PRAGMA integrity_check(${complaintsMax})`).values() as string[][];
    return rows
      .flatMap(([text = ""]) => text.split("\n"))
      .filter((line) => line !== "" && line !== "ok" && !line.startsWith("***"));
  } catch {
    // What it is was said already.
    return [];
  }
}
