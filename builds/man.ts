/**
 * Writes the manual page.
 *
 *     bun builds/man.ts FILE
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { manPage } from "../packaging/man/page.ts";
import { sourceDate, version } from "../packaging/project.ts";

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error("usage: bun builds/man.ts FILE");
mkdirSync(dirname(file), { recursive: true });
writeFileSync(file, await manPage({ version, date: sourceDate() }));
process.stdout.write(`wrote ${file}\n`);
