/**
 * Whoever can write to the directory that glockd is started in, or has to unpack an
 * archive there, must not run code in it: nothing there is read, let alone run.
 */
import { beforeAll, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import { compiledBinary } from "../binary.ts";
import { glockd, scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const strace = Bun.which("strace");
let binary = "";
beforeAll(async () => {
  binary = await compiledBinary();
});

/** Fills the directory with all that Bun or npm is known to read from where it starts. */
function lay(path: (name: string) => string): void {
  const evil = `require("node:fs").writeFileSync(${JSON.stringify(path("owned"))}, "");`;
  const preload = 'preload = ["./evil.ts"]\n';
  for (const name of ["citty", "consola"]) {
    mkdirSync(path(`node_modules/${name}`), { recursive: true });
    writeFileSync(path(`node_modules/${name}/index.js`), evil);
    const exports = { ".": "./index.js", "./core": "./index.js" };
    writeFileSync(path(`node_modules/${name}/package.json`), JSON.stringify({ name, exports }));
  }
  writeFileSync(path("evil.ts"), evil);
  writeFileSync(path("bunfig.toml"), `${preload}[run]\n${preload}[test]\n${preload}`);
  for (const name of [".env", ".env.local", ".env.production", ".env.development"])
    writeFileSync(path(name), "GLOCKD_PORT=nonsense\nBUN_OPTIONS=--preload=./evil.ts\n");
  const paths = { citty: ["./evil.ts"], "consola/core": ["./evil.ts"], "*": ["./evil.ts"] };
  writeFileSync(
    path("tsconfig.json"),
    JSON.stringify({ compilerOptions: { baseUrl: ".", paths } }),
  );
  writeFileSync(path("package.json"), JSON.stringify({ imports: { "#*": "./evil.ts" } }));
}

test("a binary that is started in a hostile directory does what it does elsewhere", async () => {
  await using room = scratch();
  lay(room.path);
  // The complaint is logged, so that what is loaded late is loaded too.
  const argv = ["-unix", room.path("missing/s"), "-port=0", "-ws=0", "-log-format=plain"];
  const { status, stderr } = await glockd(argv, { cwd: room.path(".") });
  expect(stderr).toStartWith("error: ");
  expect([status, existsSync(room.path("owned"))]).toEqual([1, false]);
});

test.skipIf(strace === null)(
  "a binary opens no file of the directory it is started in",
  async () => {
    await using room = scratch();
    lay(room.path);
    await using elsewhere = scratch();
    const trace = elsewhere.path("trace");
    const argv = ["-port=0", "-ws=0", "-unix", "/nowhere/s", "-pidfile", "/nowhere/pid"];
    const run = Bun.spawn([strace ?? "", "-f", "-e", "trace=file", "-o", trace, binary, ...argv], {
      cwd: room.path("."),
      env: { PATH: process.env["PATH"] ?? "" },
      stdio: ["ignore", "ignore", "ignore"],
    });
    expect(await run.exited).toBe(3);
    const calls = readFileSync(trace, "utf8").split("\n");
    expect(calls.some((call) => call.includes("/nowhere/pid"))).toBe(true);
    // Relative paths, and absolute ones into the directory; "" is fstat, and asking where one is is fine.
    const directory = room.path(".").replace(/\/\.?$/, "");
    const touched = calls.filter((call) => {
      const paths = [...call.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? "");
      if (/^\d+ +(getcwd|execve)\(/.test(call)) return false;
      return paths.some(
        (path) => (path !== "" && !path.startsWith("/")) || path.startsWith(directory),
      );
    });
    expect(touched).toEqual([]);
  },
);
