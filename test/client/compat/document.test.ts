/** Whoever types what docs/compat.md shows sees what it shows. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LockdClient } from "../../../src/client/compat/index.ts";
import { documentText, examplesOf } from "../../docs/examples.ts";
import { Shown } from "../../docs/shown.ts";
import { startProcess } from "../../server-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { fieldServer } from "./field.ts";
import { type Library, library, type Runtime, tried } from "./library.ts";

const document = documentText("docs/compat.md");

describe("The example of docs/compat.md", () => {
  let packed: Library;
  beforeAll(async () => void (packed = await library()), testMilliseconds);
  afterAll(() => packed[Symbol.asyncDispose]());

  const examples = examplesOf(document).map(({ runner, ...example }) => [runner, example] as const);

  test("is there for both runtimes", () => {
    expect(examples.map(([runner]) => runner).sort()).toEqual(["bun", "node"]);
  });

  test.each(tried.flatMap(([runtime]) => examples.filter(([runner]) => runner === runtime)))(
    "in %s prints what is shown",
    async (runner, { program, prints }) => {
      await using server = await startProcess();
      await using free = await fieldServer(() => {});
      await free.end();
      const port = program.includes("listen") ? free.tcp.split(":")[1] : server.doors.tcp.port;
      const came = await packed.run(runner as Runtime, program.replaceAll("9999", String(port)));
      expect(new Shown().difference(prints, came)).toBe(undefined);
    },
    testMilliseconds,
  );
});

test("docs/compat.md has a row for every method, and no other rows", () => {
  const rows = [...document.matchAll(/^\| `(\w+)\(/gm)].map(([, method = ""]) => method);
  const methods = Object.getOwnPropertyNames(LockdClient.prototype);
  expect([...new Set(rows)].sort()).toEqual(
    methods.filter((name) => name !== "constructor").sort(),
  );
});
