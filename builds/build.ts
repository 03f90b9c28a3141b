/**
 * Compiles glockd into one file for each system.
 *
 *     bun builds/build.ts TARGET...    builds/TARGET/glockd[.exe]
 *     bun builds/build.ts --all        every target, and builds/SHA256SUMS
 *
 * Invariant: the same commit gives the same bytes wherever it is built, and a binary
 * never reads or runs what lies in the directory that it is started in.
 */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Where each target's binary goes, and what Bun calls the target. */
export const targets: Readonly<Record<string, string>> = {
  "linux-x64": "bun-linux-x64",
  "linux-arm64": "bun-linux-arm64",
  "linux-x64-musl": "bun-linux-x64-musl",
  "linux-arm64-musl": "bun-linux-arm64-musl",
  "darwin-x64": "bun-darwin-x64",
  "darwin-arm64": "bun-darwin-arm64",
  "windows-x64": "bun-windows-x64",
  "windows-arm64": "bun-windows-arm64",
  "freebsd-x64": "bun-freebsd-x64",
};

const root = join(import.meta.dir, "..");

/** The binary's path below `builds/`. */
export function binaryOf(target: string): string {
  return join(target, target.startsWith("windows") ? "glockd.exe" : "glockd");
}

/** The target of this machine, as the Makefile finds it too. */
export function hostTarget(): string {
  const ldd = process.platform === "linux" ? Bun.spawnSync(["ldd", "--version"]) : undefined;
  const musl = `${ldd?.stdout ?? ""}${ldd?.stderr ?? ""}`.includes("musl");
  const system = process.platform === "win32" ? "windows" : process.platform;
  return `${system}-${process.arch}${musl ? "-musl" : ""}`;
}

/** Compiles one target into `directory`/TARGET/ and returns the binary's path. */
export async function build(target: string, directory: string): Promise<string> {
  const bunTarget = targets[target];
  if (bunTarget === undefined)
    throw new Error(`no target ${target}; there are ${Object.keys(targets).join(", ")}`);
  const binary = join(directory, binaryOf(target));
  // Compiled beside and moved into place: a server that runs the old one keeps it, and
  // an interrupted build leaves nothing that looks finished. The name is the final one,
  // as it is part of the output.
  const scratch = join(directory, `.${target}-${process.pid}`);
  const outfile = join(scratch, binaryOf(target));
  mkdirSync(join(scratch, target), { recursive: true });
  try {
    await compile(bunTarget as Bun.Build.CompileTarget, outfile);
    mkdirSync(join(directory, target), { recursive: true });
    renameSync(outfile, binary);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return binary;
}

async function compile(target: Bun.Build.CompileTarget, outfile: string): Promise<void> {
  await Bun.build({
    // The store's thread is a program of its own inside of the binary.
    entrypoints: [join(root, "src/main.ts"), join(root, "src/store/worker.ts")],
    root,
    // Bytecode halves the start-up and needs esm for the top-level await in main.ts.
    format: "esm",
    bytecode: true,
    // A server does not load what other commands need.
    splitting: true,
    minify: { whitespace: true, syntax: true, identifiers: true, keepNames: true },
    allowUnresolved: [],
    define: {
      GLOCKD_COMMIT: JSON.stringify(commitOf(root)),
      GLOCKD_STORE_WORKER: JSON.stringify("./src/store/worker.js"),
    },
    compile: {
      target,
      outfile,
      // Whoever may write to the directory that glockd is started in must not run code in it.
      autoloadDotenv: false,
      autoloadBunfig: false,
      autoloadTsconfig: false,
      autoloadPackageJson: false,
    },
  });
}

/** The commit that `directory` has checked out, `-dirty` if files differ; `unknown` without git. */
function commitOf(directory: string): string {
  const git = (...words: string[]): string | undefined => {
    const run = Bun.spawnSync(["git", "-C", directory, ...words], { stderr: "ignore" });
    return run.success ? run.stdout.toString().trim() : undefined;
  };
  try {
    // A copy of the sources inside of some other project's checkout is not that commit.
    if (git("rev-parse", "--show-prefix") !== "") return "unknown";
    const commit = git("rev-parse", "--short=12", "HEAD");
    if (commit === undefined) return "unknown";
    const changed = git("status", "--porcelain", "--untracked-files=no") !== "";
    return changed ? `${commit}-dirty` : commit;
  } catch {
    return "unknown";
  }
}

/** Lines that `sha256sum -c` reads when run in `directory`. */
function writeSums(directory: string): void {
  const lines = Object.keys(targets)
    .map(binaryOf)
    .sort()
    .map((file) => {
      const sum = createHash("sha256")
        .update(readFileSync(join(directory, file)))
        .digest("hex");
      return `${sum}  ${file.replaceAll("\\", "/")}\n`;
    });
  writeFileSync(join(directory, "SHA256SUMS"), lines.join(""));
}

if (import.meta.main) {
  const words = process.argv.slice(2);
  if (words.length === 0) throw new Error("usage: bun builds/build.ts --all | TARGET...");
  const all = words[0] === "--all";
  for (const target of all ? Object.keys(targets) : words) {
    const binary = await build(target, import.meta.dir);
    process.stdout.write(`built ${binary.slice(root.length + 1)}\n`);
  }
  if (all) writeSums(import.meta.dir);
}
