/** `glockd store repair`: a new store of what can be read of a damaged one. */
import { claimDirectory } from "../../store/file/directory.ts";
import { unusable } from "../../store/file/failure.ts";
import { repair } from "../../store/file/repair.ts";
import { complain, print } from "../display/output.ts";

/** 0: nothing was wrong, or nothing is lost. 1: repaired, with losses. @throws StoreError */
export function mend(directory: string): number {
  const claim = claimDirectory(directory, "repair");
  try {
    const repaired = repair(claim, Date.now());
    const where = claim.files.directory;
    if (!repaired.done) {
      print(`${where} was left as it is: ${repaired.why}\n`);
      return 0;
    }
    for (const loss of repaired.losses) complain(`lost: ${loss}\n`);
    print(
      `${where} is repaired: ${repaired.holds} holds, fences begin above ${repaired.fenceMark}; ` +
        `what it was is kept as ${repaired.kept.join(", ")}\n`,
    );
    return repaired.losses.length === 0 ? 0 : 1;
  } catch (error) {
    throw unusable(error, claim.files.directory);
  } finally {
    claim.release();
  }
}
