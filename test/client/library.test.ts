/** The library as a package: what it imports, how it is loaded, and what its types say. */
import { beforeAll, describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path";
import { scratch } from "../cli/glockd.ts";
import { importsOf } from "../tidy/imports.ts";
import { testMilliseconds } from "../wait-for.ts";
import { builtLibrary, type Ended, root, run } from "./library.ts";

let dist = "";

beforeAll(async () => {
  dist = await builtLibrary();
}, testMilliseconds);

/** A folder in which `glockd` is installed, with some files. */
function project(files: Readonly<Record<string, string>>): ReturnType<typeof scratch> {
  const room = scratch();
  mkdirSync(room.path("node_modules"));
  symlinkSync(root, room.path("node_modules/glockd"));
  for (const [path, text] of Object.entries(files)) writeFileSync(room.path(path), text);
  return room;
}

/** All modules that are loaded with `path`, and what else these import. */
function closure(path: string, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const text = readFileSync(path, "utf8").replaceAll(/\bimport\(/g, "");
  for (const target of importsOf(path, text)) {
    if (target.startsWith("/")) closure(target, found);
    else found.add(target);
  }
  return found;
}

describe("The built library", () => {
  test.each([["client/index.js"], ["client/compat/index.js"]])(
    "%s loads what the platform has, and nothing of the server",
    (entry) => {
      const loaded = [...closure(join(dist, entry))];
      const foreign = loaded.filter((each) => !each.startsWith("/") && !isBuiltin(each));
      expect(foreign).toEqual([]);
      expect(loaded).toContain("node:net");
      const ours = loaded.filter((each) => each.startsWith("/"));
      const sources = ours.flatMap((path) => [
        ...readFileSync(path, "utf8").matchAll(/^\/\/ (src\/\S+)$/gm),
      ]);
      const rooms = new Set(sources.map(([, path = ""]) => dirname(path).split("/")[1] ?? "."));
      expect(rooms).toContain("client");
      expect([...rooms].filter((room) => room !== "client" && room !== ".")).toEqual([]);
    },
  );

  const uses = [
    ["import", "mjs", 'import { connect } from "glockd";\nimport lockd from "glockd/compat";'],
    [
      "require",
      "cjs",
      'const { connect } = require("glockd");\nconst lockd = require("glockd/compat");',
    ],
  ] as const;
  const runtimes = [["node"], [process.execPath]] as const;

  test.each(runtimes.flatMap(([runtime]) => uses.map((use) => [runtime, ...use] as const)))(
    "is loaded by %s with %s",
    async (runtime, _, ending, load) => {
      const file = `program.${ending}`;
      const says = "console.log(typeof connect, typeof lockd.connect);";
      await using room = project({ [file]: `${load}\n${says}\n` });
      const { status, stdout } = await run([runtime, room.path(file)], { cwd: room.path(".") });
      expect({ status, stdout }).toEqual({ status: 0, stdout: "function function\n" });
    },
  );
});

describe("The library's types", () => {
  const good = `
    import { connect, GlockdError, type Lock } from "glockd";
    const stop = (): void => undefined;
    export async function use(signal: AbortSignal): Promise<number> {
      await using client = connect({ tcp: "127.0.0.1:9999", name: "worker" });
      await using lock = await client.acquire("deploy", { wait: 30, signal });
      await using perhaps: Lock | null = await client.tryAcquire("other");
      lock.lost.addEventListener("abort", stop);
      const permits: number = await client.semaphore("api", 5).withPermit(({ sharers }) => sharers);
      const name: string = await client.withLock("a", { wait: 1 }, (held) => held.name);
      if (perhaps === null) throw new Error(name) as GlockdError;
      return lock.fence + permits;
    }`;

  test("fit a strict program that knows no Node and no Bun", async () => {
    expect((await check(good)).stdout).toBe("");
  });

  test.each([
    ["client.acquire(1)"],
    ["client.detached('a', {})"],
    ["client.tryAcquire('a').then((lock) => lock.release())"],
    ["client.acquire('a', { wait: '5' })"],
    ["client.acquire('a').then((lock) => lock.lose)"],
    ["connect({ tcp: true })"],
  ])("do not fit %s", async (wrong) => {
    const program = `import { connect } from "glockd";\nconst client = connect({ tcp: 1 });\nvoid ${wrong};`;
    const { status, stdout } = await check(program);
    expect(status).not.toBe(0);
    expect(stdout).toMatch(/^program\.ts\(3,/);
    expect(
      stdout
        .trim()
        .split("\n")
        .filter((line) => line.startsWith("program.ts")),
    ).toHaveLength(1);
  });
});

/** What the compiler says of a program that uses the package. */
async function check(program: string): Promise<Ended> {
  const compilerOptions = {
    strict: true,
    noEmit: true,
    skipLibCheck: false,
    target: "ES2022",
    module: "NodeNext",
    lib: ["ES2023", "ESNext.Disposable", "DOM"],
    types: [],
  };
  await using room = project({
    "program.ts": program,
    "package.json": '{ "type": "module" }',
    "tsconfig.json": JSON.stringify({ compilerOptions, files: ["program.ts"] }),
  });
  return await run([join(root, "node_modules/.bin/tsc"), "-p", "."], { cwd: room.path(".") });
}
