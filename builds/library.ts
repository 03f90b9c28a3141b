/**
 * Builds the library that `import "glockd"` and `import "glockd/compat"` mean: plain
 * modules for Node and Bun with their types, in `dist/`.
 *
 *     bun builds/library.ts
 *
 * Invariant: what it makes imports nothing but what the platform has, and the server is
 * loaded by nothing but `listen` of `glockd/compat`.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";

/** Below `src`, without their endings; package.json says what users call them. */
const entries = ["client/index", "client/compat/index"];

const root = join(import.meta.dir, "..");

/** Builds into `directory`, whatever was there. */
export async function buildLibrary(directory: string): Promise<void> {
  // Made beside and moved into place: an interrupted build leaves nothing that looks finished.
  const scratch = `${directory}.${process.pid}`;
  mkdirSync(scratch, { recursive: true });
  try {
    await writeModules(scratch);
    writeTypes(scratch);
    rmSync(directory, { recursive: true, force: true });
    renameSync(scratch, directory);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

async function writeModules(directory: string): Promise<void> {
  const { success, logs } = await Bun.build({
    entrypoints: entries.map((entry) => join(root, "src", `${entry}.ts`)),
    root: join(root, "src"),
    outdir: directory,
    target: "node",
    format: "esm",
    splitting: true,
    external: ["bun", "bun:*"],
    naming: { entry: "[dir]/[name].js", chunk: "parts/[hash].js" },
  });
  if (!success) throw new Error(`the library cannot be built:\n${logs.join("\n")}`);
}

/** The types of the entries and of what these mention: no more of the server than that. */
function writeTypes(directory: string): void {
  const all = join(directory, "types");
  const { exitCode, stdout } = Bun.spawnSync(
    ["node_modules/.bin/tsc", "-p", "tsconfig.library.json", "--outDir", all],
    { cwd: root },
  );
  if (exitCode !== 0) throw new Error(`the library's types cannot be made:\n${stdout}`);
  const wanted = mentioned(
    join(all, "src"),
    entries.map((entry) => join(all, "src", `${entry}.d.ts`)),
  );
  for (const [path, text] of wanted) {
    const target = join(directory, relative(join(all, "src"), path));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, text);
  }
  rmSync(all, { recursive: true });
}

/** Declarations by path, with all that they import, as modules that will be JavaScript. */
function mentioned(folder: string, paths: readonly string[]): Map<string, string> {
  const known = new Set(
    readdirSync(folder, { recursive: true, encoding: "utf8" }).map((path) => join(folder, path)),
  );
  const found = new Map<string, string>();
  const visit = (path: string): void => {
    if (found.has(path) || !known.has(path)) return;
    const text = readFileSync(path, "utf8");
    found.set(
      path,
      text.replaceAll(/(["'])(\.\.?\/[^"']+)\.ts\1/g, (_, quote: string, module: string) => {
        visit(join(dirname(path), `${module}.d.ts`));
        return `${quote}${module}.js${quote}`;
      }),
    );
  };
  for (const path of paths) visit(path);
  return found;
}

if (import.meta.main) await buildLibrary(join(root, "dist"));
