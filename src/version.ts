/**
 * Which glockd this is. The version is package.json's; the commit is put in by
 * `builds/build.ts` and unknown when run from source.
 */
import { version } from "../package.json" with { type: "json" };

declare const GLOCKD_COMMIT: string | undefined;

export { version };

/** The abbreviated commit, with `-dirty` when it was built from changed files. */
export const commit: string = typeof GLOCKD_COMMIT === "string" ? GLOCKD_COMMIT : "unknown";

/** What `--version` prints, without a line end. */
export const versionLine = `glockd ${version} (${commit})`;
