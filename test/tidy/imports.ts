/** Which file imports which, and which may: arrows point inward, and nothing goes round. */
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { type Complaints, modulesBelow, type Sources } from "./sources.ts";

/**
 * What each room of `src` may import besides itself: rooms, or single files. A room
 * that is not listed may import nothing; `main.ts` and `server.ts` wire, and are free.
 */
export const arrows: Readonly<Record<string, readonly string[]>> = {
  core: ["limits.ts", "assert.ts"],
  protocol: ["core", "limits.ts", "assert.ts", "version.ts"],
  engine: ["core", "store", "limits.ts", "assert.ts", "clock.ts"],
  // Locks its directory and says why one cannot be used.
  store: ["core", "limits.ts", "assert.ts", "clock.ts", "system"],
  // Credentials and certificates are files, so it needs to say why one cannot be read.
  auth: "limits.ts assert.ts clock.ts late.ts log.ts random.ts system/reason.ts".split(" "),
  // What happened, as lines in a file: it knows the core's words and the listings' names.
  audit: "core protocol auth limits.ts assert.ts clock.ts log.ts system/reason.ts".split(" "),
  // The engine and the authority as doors know them are interfaces; which ones they are,
  // server.ts decides.
  doors: [
    ..."protocol core auth engine/engine.ts".split(" "),
    ..."limits.ts assert.ts clock.ts late.ts log.ts random.ts".split(" "),
  ],
  // Opens every door, and is the only one that knows more than one of them.
  listeners: "doors auth system config.ts version.ts limits.ts assert.ts clock.ts log.ts".split(
    " ",
  ),
  client: ["protocol", "core", "limits.ts", "assert.ts"],
  tester: ["client", "protocol", "core", "limits.ts", "assert.ts", "flag.ts"],
  system: ["limits.ts", "assert.ts", "late.ts"],
  cli: [
    ..."server.ts config.ts late.ts log.ts version.ts flag.ts flags.ts limits.ts assert.ts".split(
      " ",
    ),
    // The tables of flags that `glockd serve` reads.
    "config",
    "nearest.ts",
    // What it was handed, and why nothing listens.
    "listeners/activation.ts",
    "listeners/listener.ts",
    // `glockd hash` makes what the server checks.
    ..."auth client tester system engine store protocol".split(" "),
  ],
  // The tables that config.ts makes its values of.
  config: ["flag.ts", "limits.ts", "log.ts"],
  page: [],
};
const wiring = new Set(["src/main.ts", "src/server.ts", "src/server/store.ts"]);

/** Where a thread of the binary begins: builds/build.ts compiles both. */
const programs = new Set(["src/main.ts", "src/store/worker.ts"]);

/** Single files that may import more than their room, with the reason why. */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // Starts a server where one can run; its import is late, so that clients do without.
  "src/client/compat/server.ts": ["src/server.ts", "src/config.ts"],
  // Asks the system whether somebody is looking.
  "src/log.ts": ["src/late.ts", "src/system/terminal.ts"],
};

/** Files that are a door of their own: they share what the room has and never each other. */
const doors = /^src\/doors\/(tcp|unix|web|http)(\.ts|\/)/;

/** The one port of HTTP and WebSocket hands requests on: its listener knows both. */
const listener = "src/doors/web.ts";

/** Packages, and the files that may import them. */
const packages: Readonly<Record<string, RegExp>> = {
  consola: /^src\/log\.ts$/,
  citty: /^src\/(main\.ts|cli\/)/,
  "bun:ffi": /^src\/system\//,
  valibot: /^src\/doors\/http\//,
  "@valibot/to-json-schema": /^src\/doors\/http\/v1\/openapi\.ts$/,
  "prom-client": /^src\/doors\/http\/metrics\//,
};

/** What the core may not name: whatever reaches outside of it, or lets time pass. */
const outside =
  /\b(Bun|process|console|Date\.now|new Date\(\)|performance|setTimeout|setInterval|setImmediate|queueMicrotask|Promise|async|await)(?!\w)/;

const importShape =
  /^\s*(?:import|export)\b[^;"'`]*?\bfrom\s*"([^"]+)"|^\s*import\s*"([^"]+)"|\bimport\(\s*"([^"]+)"/gm;

/** The paths that a file imports: types as well, and what is imported late. */
export function importsOf(path: string, text: string): string[] {
  return [...text.matchAll(importShape)].map(([, from, only, late]) => {
    const name = from ?? only ?? late ?? "";
    return name.startsWith(".") ? join(dirname(path), name) : name;
  });
}

export function forbiddenArrows(sources: Sources): Complaints {
  return modulesBelow(sources, "src").flatMap((path) => {
    const targets = importsOf(path, sources.get(path) ?? "");
    return targets
      .filter((target) => !mayImport(path, target))
      .map((target) => `${path} imports ${target}`);
  });
}

/** What in the core reaches outside, by name. */
export function outsideInCore(sources: Sources, onlyCode: (text: string) => string): Complaints {
  return modulesBelow(sources, "src/core").flatMap((path) => {
    const [, name] = outside.exec(onlyCode(sources.get(path) ?? "")) ?? [];
    return name === undefined ? [] : [`${path} names ${name}`];
  });
}

/** What a server begins with: it listens when these are loaded, … */
const first = ["src/main.ts", "src/cli/serve.ts"];
/** … and serves when these are. */
const second = ["src/cli/serve/service.ts"];
const server = "src/server.ts";

/** Each takes milliseconds to load, used or not. `src/late.ts` has some that come late. */
function isSlow(target: string): boolean {
  return isBuiltin(target) || /^(citty|consola)(\/|$)/.test(target);
}

/** Slow modules that a server loads before it serves, and itself before it listens. */
export function slowStarts(sources: Sources): Complaints {
  const early = loadedFrom(first, sources).filter(({ target }) => target === server);
  const slow = loadedFrom([...first, ...second], sources).filter(({ target }) => isSlow(target));
  return [...early, ...slow].map(({ path, target }) => `${path} loads ${target} at the start`);
}

/** Which file loads what when `starts` are loaded. */
function loadedFrom(
  starts: readonly string[],
  sources: Sources,
): { readonly path: string; readonly target: string }[] {
  const found = [];
  const reached = new Set(starts.filter((path) => sources.has(path)));
  for (const path of reached) {
    for (const target of loadedBy(path, sources.get(path) ?? "")) {
      found.push({ path, target });
      if (sources.has(target)) reached.add(target);
    }
  }
  return found;
}

/** Without types, and without what is imported late. */
function loadedBy(path: string, text: string): string[] {
  const late = /^\s*(?:import|export)\s+type\b[^;]*;|\bimport\([^)]*\)/gm;
  return importsOf(path, text.replace(late, ""));
}

/** Circles of imports, each once, as `a → b → a`. */
export function cycles(sources: Sources): Complaints {
  const graph = new Map(
    [...modulesBelow(sources, "src"), ...modulesBelow(sources, "test")].map((path) => [
      path,
      importsOf(path, sources.get(path) ?? "").filter((target) => sources.has(target)),
    ]),
  );
  const done = new Set<string>();
  const found: Complaints = [];
  const visit = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) found.push([...trail.slice(start), path].join(" → "));
    if (start >= 0 || done.has(path)) return;
    for (const target of graph.get(path) ?? []) visit(target, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) visit(path, []);
  return found;
}

/**
 * Files that nobody imports and nobody names: of `src`, any that is no program; of `test`,
 * any that is no test. A program that tests start is named by its file name.
 */
export function forgotten(sources: Sources): Complaints {
  const modules = [...modulesBelow(sources, "src"), ...modulesBelow(sources, "test")];
  const imported = new Set(modules.flatMap((path) => importsOf(path, sources.get(path) ?? "")));
  const isNamed = (path: string): boolean => {
    const name = path.split("/").at(-1) ?? "";
    return [...sources].some(([other, text]) => other !== path && text.includes(name));
  };
  return modules
    .filter((path) => !programs.has(path) && !path.endsWith(".test.ts") && !imported.has(path))
    .filter((path) => path.startsWith("src/") || !isNamed(path))
    .map((path) => `nobody imports ${path}`);
}

function mayImport(path: string, target: string): boolean {
  if (!target.startsWith("src/")) return mayImportPackage(path, target);
  if (exceptions[path]?.includes(target) === true) return true;
  if (path === listener && target.startsWith("src/doors/http/")) return true;
  if (doors.test(path) && doors.test(target)) return doorOf(path) === doorOf(target);
  const [room = ""] = path.slice(4).split("/");
  if (wiring.has(path) || !path.slice(4).includes("/")) return mayTopLevel(path, target);
  const allowed = [room, ...(arrows[room] ?? [])];
  const wanted = target.slice(4);
  return allowed.some((entry) => wanted === entry || wanted.startsWith(`${entry}/`));
}

/** Files beside the rooms know no room, but for those that wire, and the room of their own name. */
function mayTopLevel(path: string, target: string): boolean {
  const own = `${path.slice(0, -".ts".length)}/`;
  return wiring.has(path) || target.startsWith(own) || !target.slice(4).includes("/");
}

function mayImportPackage(path: string, target: string): boolean {
  if (target === "package.json") return path === "src/version.ts";
  if (path.startsWith("src/core/")) return false;
  const owner = Object.entries(packages).find(
    ([name]) => target === name || target.startsWith(`${name}/`),
  );
  if (owner !== undefined) return owner[1].test(path);
  return target === "bun" || /^(node|bun):/.test(target);
}

function doorOf(path: string): string | undefined {
  return doors.exec(path)?.[1];
}
