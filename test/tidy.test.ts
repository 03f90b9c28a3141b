/**
 * What of the project's style can be checked. Each check is tried on small bad
 * examples first: a check that finds nothing in them would prove nothing.
 */
import { describe, expect, test } from "bun:test";
import { commands } from "../src/protocol/commands.ts";
import { onlyCode } from "./tidy/code.ts";
import {
  commandsWithoutTranscript,
  downloadAddresses,
  outdatedSections,
  tables,
  withTables,
} from "./tidy/documents.ts";
import { cycles, forbiddenArrows, forgotten, outsideInCore, slowStarts } from "./tidy/imports.ts";
import { misplacedTests } from "./tidy/mirror.ts";
import {
  crowdedFolders,
  emptyNames,
  longFiles,
  longFunctions,
  missingPurpose,
  sleepingTests,
  unfinished,
} from "./tidy/shape.ts";
import { type Complaints, example, projectSources, type Sources } from "./tidy/sources.ts";

const project = projectSources();
const names = commands.map(({ name }) => name);

/** A check: what it demands, how it looks, and sources that it has to complain about. */
type Check = readonly [string, (sources: Sources) => Complaints, readonly Sources[]];

const fileOf = (lines: number): string => "/** A file. */\n".repeat(lines);
const functionOf = (lines: number, head = "function f() {"): string =>
  `${head}\n${"  g();\n".repeat(lines - 2)}}\n`;
const many = (count: number, path: (index: number) => string): Sources =>
  example(Object.fromEntries(Array.from({ length: count }, (_, index) => [path(index), ""])));

const checks: readonly Check[] = [
  [
    "Arrows point inward",
    forbiddenArrows,
    [
      example({ "src/core/a.ts": 'import { b } from "../protocol/b.ts";' }),
      example({ "src/core/a.ts": 'import "node:fs";' }),
      example({ "src/core/a.ts": 'const b = await import("bun");' }),
      example({ "src/protocol/a.ts": 'import type { B } from "../engine/engine.ts";' }),
      example({ "src/doors/a.ts": 'import { b } from "../engine/local.ts";' }),
      example({ "src/doors/tcp.ts": 'import { b } from "./unix.ts";' }),
      example({ "src/doors/http/a.ts": 'import { b } from "../web.ts";' }),
      example({ "src/doors/web.ts": 'import { b } from "./tcp.ts";' }),
      example({ "src/doors/tcp.ts": 'import * as v from "valibot";' }),
      example({ "src/engine/a.ts": 'import { b } from "../doors/b.ts";' }),
      example({ "src/tester/a.ts": 'import { b } from "../server.ts";' }),
      example({ "src/config.ts": 'import { b } from "./cli/b.ts";' }),
      example({ "src/server.ts": 'import { b } from "consola";' }),
      example({ "src/config.ts": 'import { b } from "citty";' }),
      example({ "src/engine/a.ts": 'import { b } from "left-pad";' }),
    ],
  ],
  [
    "The core knows no system, no time and no promise",
    (sources) => outsideInCore(sources, onlyCode),
    [
      example({ "src/core/a.ts": "const now = Date.now();" }),
      example({ "src/core/a.ts": "async function a() {}" }),
      example({ "src/core/a.ts": "setTimeout(f, 1);" }),
    ],
  ],
  [
    "No imports go round in circles",
    cycles,
    [
      example({
        "src/a.ts": 'import { b } from "./b.ts";',
        "src/b.ts": 'import { a } from "./a.ts";',
      }),
      example({
        "src/a.ts": 'import type { B } from "./b.ts";',
        "src/b.ts": 'export type { C } from "./c.ts";',
        "src/c.ts": 'type A = import("./a.ts").A;',
      }),
    ],
  ],
  [
    "A server listens before it is loaded, and loads nothing slow before it serves",
    slowStarts,
    [
      example({ "src/main.ts": 'import { isatty } from "node:tty";' }),
      example({
        "src/cli/serve.ts": 'import { a } from "../a.ts";',
        "src/a.ts": 'import type { B } from "./b.ts";\nexport * from "./c.ts";',
        "src/c.ts": 'import { createHash } from "crypto";',
      }),
      example({ "src/cli/serve/service.ts": 'import { createConsola } from "consola/core";' }),
      example({
        "src/cli/serve.ts": 'import { startServer } from "../server.ts";',
        "src/server.ts": "",
      }),
    ],
  ],
  [
    "Somebody imports every file",
    forgotten,
    [
      example({ "src/main.ts": "", "src/core/a.ts": "" }),
      example({ "test/a.ts": "", "test/b.test.ts": 'import "./c.ts";', "test/c.ts": "" }),
    ],
  ],
  [
    "A file is short",
    longFiles,
    [
      example({ "src/a.ts": fileOf(301) }),
      example({ "src/a.ts": fileOf(251), "src/b.ts": fileOf(251) }),
    ],
  ],
  [
    "A function is short",
    longFunctions,
    [
      example({ "src/a.ts": functionOf(71) }),
      example({
        "src/a.ts": functionOf(71, "const f = async (a: A): Promise<B | undefined> => {"),
      }),
      example({
        "src/a.ts": `class A {\n${functionOf(71, "  f(): { a: string; b: string } {")}}\n`,
      }),
      example({ "src/a.ts": `const s = "{";\nconst e = /[}"]/;\n${functionOf(71)}` }),
    ],
  ],
  ["A folder holds few files", crowdedFolders, [many(16, (index) => `src/core/${index}.ts`)]],
  [
    "A name says what is inside",
    emptyNames,
    [
      example({ "src/utils.ts": "" }),
      example({ "src/helpers/a.ts": "" }),
      example({ "src/lock-manager.ts": "" }),
      example({ "test/common.test.ts": "" }),
    ],
  ],
  [
    "A file begins with what it is for",
    missingPurpose,
    [example({ "src/a.ts": "export const a = 1;\n/** Late. */" })],
  ],
  ["Nothing is left for later", unfinished, [example({ "src/a.ts": `// ${"TO"}DO: more` })]],
  [
    "No test sleeps",
    sleepingTests,
    [
      example({ "test/a.test.ts": "await Bun.sleep(5);" }),
      example({ "test/a.test.ts": "await new Promise((go) => setTimeout(go, 5));" }),
    ],
  ],
  [
    "A test is where its subject is",
    misplacedTests,
    [
      example({ "test/a.test.ts": "", "src/b.ts": "" }),
      example({ "test/core/a.test.ts": "", "src/doors/a.ts": "" }),
    ],
  ],
  [
    "Every command has a transcript",
    (sources) => commandsWithoutTranscript(names, sources),
    [example({ "test/transcripts/a.txt": "a> g foo\na< r foo\n# a> i foo" })],
  ],
  [
    "The lock file records no download addresses",
    downloadAddresses,
    [example({ "package-lock.json": '{"resolved": "somewhere"}' })],
  ],
  [
    "The README tells the commands and flags of the code",
    (sources) => outdatedSections(sources.get("README.md") ?? "", tables()),
    [
      example({ "README.md": "# glockd" }),
      example({
        "README.md": "<!-- commands -->\nold\n<!-- /commands --><!-- flags --><!-- /flags -->",
      }),
    ],
  ],
];

describe.each(checks)("%s", (_, check, bad) => {
  test.each(bad.map((sources, index) => [index + 1, sources] as const))(
    "is not so in bad example %i",
    (__, sources) => {
      expect(check(sources)).not.toEqual([]);
    },
  );

  test("is so in this project", () => {
    expect(check(project)).toEqual([]);
  });
});

describe("The checks", () => {
  test("find nothing in a good example", () => {
    const good = example({
      "src/main.ts": '/** Wires. */\nimport { b } from "./core/b.ts";\n',
      "src/core/b.ts": `/** A room; no Date here. */\n${functionOf(70)}export const text = "await";\n`,
      "test/core/b.test.ts": '/** Its test. */\nimport { b } from "../../src/core/b.ts";\n',
    });
    for (const [, check] of checks.slice(0, 12)) expect(check(good)).toEqual([]);
  });

  test("know code from comments, strings and regular expressions", () => {
    const text = "a /* { */ + b; // {\n'{' + \"{\" + `{${c + `{`}`; /[/{]/.test(d / e / f);\n";
    expect(onlyCode(text).replaceAll(/\s+/g, " ")).toBe("a + b; + + ; .test(d / e / f); ");
    expect(onlyCode(text)).toHaveLength(text.length);
  });

  test("write the README's tables as they demand them", () => {
    const empty = "<!-- commands --><!-- /commands -->\n<!-- flags -->\nx\n<!-- /flags -->\n";
    expect(outdatedSections(withTables(empty, tables()), tables())).toEqual([]);
  });
});
