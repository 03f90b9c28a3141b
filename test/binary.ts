/**
 * The compiled binary that tests start as a user would: `make test` has built it; a test
 * run on its own builds it when it is missing or older than a source.
 */
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { binaryOf, build, hostTarget } from "../builds/build.ts";

const root = join(import.meta.dir, "..");

/** The path of this machine's binary, up to date. */
export function compiledBinary(): Promise<string> {
  built ??= upToDate();
  return built;
}

let built: Promise<string> | undefined;

async function upToDate(): Promise<string> {
  const target = hostTarget();
  const binary = join(root, "builds", binaryOf(target));
  return modified(binary) > newestSource() ? binary : await build(target, join(root, "builds"));
}

function newestSource(): number {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" });
  const files = sources.map((file) => join("src", file));
  return Math.max(
    ...[...files, "package.json", "builds/build.ts"].map((file) => modified(join(root, file))),
  );
}

function modified(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
