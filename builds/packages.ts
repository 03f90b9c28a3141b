/**
 * Packs what `make builds` has compiled.
 *
 *     bun builds/packages.ts    everything, into builds/packages/
 *
 * Invariant: the same commit gives the same bytes, and nothing is packed that was not
 * compiled from it.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { makeArchive } from "../packaging/archive.ts";
import { contents } from "../packaging/contents.ts";
import { debianArchitectures, makeDeb } from "../packaging/debian/deb.ts";
import { formula } from "../packaging/homebrew.ts";
import { sourceDate } from "../packaging/project.ts";
import { binaryOf, hostTarget, targets } from "./build.ts";

const builds = import.meta.dir;
const directory = join(builds, "packages");
const date = sourceDate();
rmSync(directory, { recursive: true, force: true });
mkdirSync(directory, { recursive: true });

const shared = await contents(join(builds, binaryOf(hostTarget())));
const made: string[] = [];
const sums = new Map<string, string>();

for (const target of Object.keys(targets)) {
  const binary = join(builds, binaryOf(target));
  const options = { target, binary, contents: shared, date, directory };
  const archive = makeArchive(options);
  sums.set(target, sumOf(archive));
  tell(archive);
  if (debianArchitectures[target] !== undefined) tell(makeDeb(options));
}
const formulaPath = join(directory, "glockd.rb");
writeFileSync(formulaPath, formula(sums));
tell(formulaPath);
writeFileSync(join(directory, "glockd.1"), shared.man);
tell(join(directory, "glockd.1"));
const lines = made.map((path) => `${sumOf(path)}  ${basename(path)}\n`).sort();
writeFileSync(join(directory, "SHA256SUMS"), lines.join(""));

function tell(path: string): void {
  made.push(path);
  process.stdout.write(`packed ${join("builds/packages", basename(path))}\n`);
}

function sumOf(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
