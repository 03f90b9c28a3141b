/**
 * What packages tell of the project, each in one place: its version, its home, its date.
 * Invariant: nothing here depends on when or where packages are made, only on the commit.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import project from "../package.json" with { type: "json" };

/** The project's folder. */
export const root = join(import.meta.dir, "..");

export const { version, description, license } = project;

/** Where people find the project; a name that leads nowhere while package.json has none. */
export const homepage: string =
  (project as { homepage?: string }).homepage ?? "https://glockd.example";

/** Where the archives of a release are downloaded from; GLOCKD_RELEASES overrides it. */
export function releasesAddress(): string {
  return process.env["GLOCKD_RELEASES"] ?? `${homepage}/releases/v${version}`;
}

/** As Debian wants it: who answers for the package. */
export const maintainer = "glockd contributors <glockd@glockd.example>";

/** Seconds since 1970 that everything is dated: SOURCE_DATE_EPOCH, else the commit's date. */
export function sourceDate(): number {
  const given = process.env["SOURCE_DATE_EPOCH"];
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  const git = Bun.spawnSync(["git", "-C", root, "log", "-1", "--format=%ct"], { stderr: "ignore" });
  const committed = Number(git.stdout.toString().trim());
  // Without git the changelog's heading is all there is; any constant will do.
  return git.success && committed > 0 ? committed : 1_767_225_600;
}

/** A file of the project, as text. */
export function projectText(path: string): string {
  return readFileSync(join(root, path), "utf8");
}
