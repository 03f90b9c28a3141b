/** The recipes print what they show, and the client's page tells all that there is. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "../cli/glockd.ts";
import { documentText, examplesOf } from "../docs/examples.ts";
import { startProcess } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";
import { builtLibrary, type Ended, root, run } from "./library.ts";

const recipes = documentText("docs/recipes.md");
const manual = documentText("docs/client.md");
const source = (path: string): string => readFileSync(join(root, "src/client", path), "utf8");

/** Programs that need Bun are run by Bun, the others by both. */
const programs = [...examplesOf(recipes), ...examplesOf(manual)].flatMap((example, index) => {
  const runtimes = example.runner === "bun" ? ["bun"] : ["bun", "node"];
  return runtimes.map((runtime) => [index + 1, runtime, example] as const);
});

describe("Each recipe", () => {
  test("has a program", () => {
    const headings = [...recipes.matchAll(/^## /gm)].length;
    expect(headings).toBeGreaterThanOrEqual(6);
    for (const section of recipes.split(/^## /m).slice(1))
      expect(section).toContain("<!-- example");
  });

  test.each(programs)(
    "%i prints what it shows, under %s",
    async (_, runtime, { program, prints }) => {
      await using server = await startProcess();
      const placed = program.replaceAll("9999", String(server.doors.tcp.port));
      const { status, stdout, stderr } = await play(runtime, placed);
      expect({ status, stderr, stdout }).toEqual({ status: 0, stderr: "", stdout: prints });
    },
    testMilliseconds,
  );
});

describe("docs/client.md", () => {
  test("names every option of connect", () => {
    const [, body = ""] =
      /interface ConnectOptions \{\n([^]*?)\n\}/.exec(source("options.ts")) ?? [];
    const options = [...body.matchAll(/^ {2}readonly (\w+)\?/gm)].map(([, name = ""]) => name);
    expect(options).toContain("patience");
    for (const option of options) expect(manual).toContain(`\n| \`${option}\` |`);
  });

  test("names every code of an error, and every method", () => {
    const [, union = ""] = /type ErrorCode =([^;]*);/.exec(source("errors.ts")) ?? [];
    const codes = [...union.matchAll(/"([^"]+)"/g)].map(([, code = ""]) => code);
    expect(codes).toContain("timed-out");
    for (const code of codes) expect(manual).toContain(`\n| \`${code}\` |`);
    const classes = [
      "client.ts",
      "holds/handle.ts",
      "holds/detached-lock.ts",
      "holds/semaphore.ts",
    ];
    const methods = classes.flatMap((path) =>
      [...source(path).matchAll(/^ {2}(?:async |override )*(\w+)(?:<T>)?\(/gm)].map(
        ([, name = ""]) => name,
      ),
    );
    expect(methods).toEqual(
      expect.arrayContaining(["acquire", "release", "handOver", "withPermit"]),
    );
    const missing = methods.filter(
      (name) => name !== "constructor" && name !== "lose" && !manual.includes(`${name}(`),
    );
    expect(missing).toEqual([]);
  });
});

async function play(runtime: string, program: string): Promise<Ended> {
  await builtLibrary();
  await using room = scratch();
  mkdirSync(room.path("node_modules"));
  symlinkSync(root, room.path("node_modules/glockd"));
  const file = room.path("recipe.mjs");
  await Bun.write(file, program);
  const executable = runtime === "bun" ? process.execPath : runtime;
  return await run([executable, file], { cwd: room.path("."), env: { NO_COLOR: "1" } });
}
