/**
 * `glockd store dump`: the holds of a store as JSON lines on standard output, as
 * `glockd store import` reads them.
 * Invariant: what is printed is one state of the store; a reader that is slow keeps no
 * view of it open, under which a server's log would grow.
 */
import { readContent } from "../../store/file/content.ts";
import { inspectDirectory } from "../../store/file/directory.ts";
import type { StoreFiles } from "../../store/file/files.ts";
import { salvage } from "../../store/salvage/salvage.ts";
import { StoreError } from "../../store/store-error.ts";
import type { StoredHold } from "../../store/store.ts";
import { complain, print } from "../display/output.ts";
import { holdLine, markLine } from "./lines.ts";

/** 0: that is all. 1: there was more, standard error tells what. @throws StoreError */
export function dump(directory: string): number {
  const files = inspectDirectory(directory);
  try {
    for (const lines of whole(files)) print(lines);
    return 0;
  } catch (error) {
    // What a later version wrote would be misread.
    if (!(error instanceof StoreError) || error.fault === "newer") throw error;
    complain(`glockd store dump: ${error.message}\n`);
  }
  const { holds, ledger, losses } = salvage(files);
  for (const lines of linesOf(holds, ledger?.fenceMark ?? 0)) print(lines);
  for (const loss of losses) complain(`glockd store dump: ${loss}\n`);
  return 1;
}

/** All lines, or none: a fault may show with the last hold. */
function whole(files: StoreFiles): Buffer[] {
  const content = readContent(files, { isShared: true });
  try {
    return linesOf(content.holds(), content.ledger.fenceMark);
  } finally {
    content.close();
  }
}

const linesAtOnce = 1_000;

function linesOf(holds: Iterable<StoredHold>, fenceMark: number): Buffer[] {
  const chunks: Buffer[] = [];
  let lines = [markLine(fenceMark)];
  for (const hold of holds) {
    lines.push(holdLine(hold));
    if (lines.length < linesAtOnce) continue;
    chunks.push(Buffer.from(lines.join("")));
    lines = [];
  }
  chunks.push(Buffer.from(lines.join("")));
  return chunks;
}
