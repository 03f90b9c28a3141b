/** The client's cases under Node, against the library as users get it. */
import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { compiledBinary } from "../binary.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";
import { builtLibrary, run } from "./library.ts";
import { binaryVariable } from "./room.ts";
import { themes } from "./themes.ts";

/** What Node's test runner says of each case, in the format TAP. */
let report = "";

beforeAll(async () => {
  await using room = scratch();
  const bundle = await bundled(room.path("bundle"));
  const { stdout, stderr } = await run(["node", "--test", "--test-reporter=tap", bundle], {
    env: { [binaryVariable]: await compiledBinary() },
  });
  report = stdout + stderr;
}, testMilliseconds);

for (const [theme, cases] of Object.entries(themes)) {
  describe(`Under node, ${theme}`, () => {
    test.each(Object.keys(cases))("%s", (sentence) => {
      const lines = report.split("\n").map((line) => line.trim());
      const about = lines.findIndex((line) => / - (.*)$/.exec(line)?.[1] === sentence);
      if (about === -1) throw new Error(`node did not run it:\n${report.slice(0, 4_000)}`);
      const isPassed = lines[about]?.startsWith("ok ") === true;
      expect(isPassed ? "passed" : lines.slice(about, about + 40).join("\n")).toBe("passed");
    });
  });
}

/** The cases in one file that imports nothing but Node's modules and the built library. */
async function bundled(directory: string): Promise<string> {
  const library = join(await builtLibrary(), "client/index.js");
  const { success, logs } = await Bun.build({
    entrypoints: [join(import.meta.dir, "node-entry.ts")],
    outdir: directory,
    target: "node",
    naming: "cases.mjs",
    plugins: [
      {
        name: "the built library",
        setup(build) {
          build.onResolve({ filter: /\/src\/client\/index\.ts$/ }, () => ({
            path: library,
            external: true,
          }));
        },
      },
    ],
  });
  if (!success) throw new Error(logs.join("\n"));
  return join(directory, "cases.mjs");
}
