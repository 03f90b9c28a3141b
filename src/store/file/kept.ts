/**
 * What a repair keeps of a damaged store, beside the new one: `damaged-TIME-NAME`, or
 * `damaged-TIME-N-NAME` when there were others in that second.
 *
 * Invariants: no copy is ever written over. The database is moved last: where it is missing,
 * the copies that were made of the rest are whole.
 */
import { copyFileSync, existsSync, linkSync, readdirSync, readFileSync, renameSync } from "node:fs";
import { basename, join } from "node:path";
import { syncDirectory } from "./directory.ts";
import { damagedPrefix, type StoreFiles } from "./files.ts";

/** Names of the copies, in the directory; the store has no database any more. */
export function keep(files: StoreFiles, wallMilliseconds: number): string[] {
  const prefix = freePrefix(files, wallMilliseconds);
  const there = [files.acknowledged, files.log, files.database].filter((file) => existsSync(file));
  for (const file of there) {
    const copy = join(files.directory, prefix + basename(file));
    // The acknowledgements are written on in place.
    if (file === files.acknowledged) copyFileSync(file, copy);
    else if (file === files.log) linkOrCopy(file, copy);
    else {
      syncDirectory(files.directory);
      renameSync(file, copy);
    }
  }
  syncDirectory(files.directory);
  return there.map((file) => prefix + basename(file)).toReversed();
}

/** The copies of a repair that did not come to its end; `null`: there was none. */
export function unfinished(files: StoreFiles): { files: StoreFiles; kept: string[] } | null {
  if (existsSync(files.database)) return null;
  const sets = Map.groupBy(readdirSync(files.directory), (name) => copyName.exec(name)?.[1]);
  const candidates = [...sets].flatMap(([prefix, kept]) => {
    if (prefix === undefined) return [];
    const at = (file: string): string => join(files.directory, prefix + basename(file));
    const { database, log, acknowledged } = files;
    const copies = {
      ...files,
      database: at(database),
      log: at(log),
      acknowledged: at(acknowledged),
    };
    // Whoever finishes a repair writes on in the acknowledgements.
    const isOfThisStore = isSame(acknowledged, copies.acknowledged);
    return isOfThisStore ? [{ files: copies, kept: kept.toSorted() }] : [];
  });
  // One that was interrupted before it moved the database has left it for another.
  const whole = candidates.find((each) => existsSync(each.files.database));
  return whole ?? candidates.at(-1) ?? null;
}

const copyName = new RegExp(
  `^(${damagedPrefix}\\d+T\\d+Z-(?:\\d+-)?)(?:holds\\.db(?:-wal)?|acknowledged)$`,
);

function isSame(...paths: readonly [string, string]): boolean {
  const [one, other] = paths.map((path) => (existsSync(path) ? readFileSync(path) : undefined));
  return one === undefined || other === undefined ? one === other : one.equals(other);
}

/** Begins names that nobody has. */
function freePrefix({ directory }: StoreFiles, wallMilliseconds: number): string {
  const stamp = new Date(wallMilliseconds).toISOString().replaceAll(/[-:]|\.\d+/g, "");
  const names = readdirSync(directory);
  for (let number = 1; ; number++) {
    const prefix = `${damagedPrefix}${stamp}-${number === 1 ? "" : `${number}-`}`;
    if (!names.some((name) => copyName.exec(name)?.[1] === prefix)) return prefix;
  }
}

/** Some file systems know no second name. */
function linkOrCopy(file: string, copy: string): void {
  try {
    linkSync(file, copy);
  } catch {
    copyFileSync(file, copy);
  }
}
