/**
 * Whoever types what the documents show sees what they show: their sessions and programs
 * run against the compiled server. Its tables of commands and flags are checked by tidy.
 */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { exitStatus } from "../../src/cli/exit-status.ts";
import { serveShorthands } from "../../src/config/serve-flags.ts";
import { glockd, scratch } from "../cli/glockd.ts";
import { missing, type ServerProcess, startProcess } from "../server-process.ts";
import { testMilliseconds, within } from "../wait-for.ts";
import { Conversation } from "./conversation.ts";
import { documentText, type Example, examplesOf, sessionsOf } from "./examples.ts";
import { Shown } from "./shown.ts";

const readme = documentText("README.md");
const documents = ["README.md", "docs/protocol.md"];

describe.each(documents)("The sessions of %s", (path) => {
  test(
    "go as they are shown",
    async () => {
      const sessions = sessionsOf(documentText(path));
      expect(sessions).not.toBeEmpty();
      await using server = await startProcess();
      const conversation = await Conversation.begin(server.doors.tcp);
      for (const session of sessions) await conversation.play(session);
      await conversation.end();
    },
    testMilliseconds,
  );
});

/** Files and command lines of each runner; `bun` is the one that runs the tests. */
const runners: Readonly<Record<string, readonly [needs: string, file: string]>> = {
  sh: ["nc", "sh"],
  curl: ["curl", "sh"],
  bash: ["bash", "bash"],
  php: ["php", "php"],
  python: ["python3", "py"],
  node: ["node", "mjs"],
  bun: [process.execPath, "mjs"],
};

describe("The README's example", () => {
  const examples = examplesOf(readme);

  test("is there for every runner", () => {
    expect(examples.map(({ runner }) => runner)).toEqual(
      expect.arrayContaining(Object.keys(runners)),
    );
  });

  const titled = examples.map((example, index) => {
    const reason = missing(runners[example.runner]?.[0] ?? "");
    const skipped = reason === undefined ? "" : ` (skipped: ${reason})`;
    return [`${index + 1}, in ${example.runner}${skipped}`, reason, example] as const;
  });
  for (const [title, reason, example] of titled) {
    test.skipIf(reason !== undefined)(
      `${title}, prints what is shown`,
      async () => {
        await using server = await startProcess();
        const came = await printed(example, server);
        expect(new Shown().difference(example.prints, came)).toBe(undefined);
      },
      testMilliseconds,
    );
  }
});

describe("What came is told from what is shown", () => {
  const [low, high] = ["1000000000000001", "1000000000000002"];
  test.each([
    ["in other words", [["1 ok", "0 ok"]]],
    ["without its number", [[`${low} ok`, "1 ok"]]],
    ["with another number for the same", [[`${low} ${low}`, `${low} ${high}`]]],
    ["with the same number for another", [[`${low} ${high}`, `${low} ${low}`]]],
    [
      "with fences that fall",
      [
        [low, high],
        [high, low],
      ],
    ],
  ] as const)("%s", (_, lines) => {
    const shown = new Shown();
    const differences = lines.map(([expected, came]) => shown.difference(expected, came));
    expect(differences.at(-1)).toContain("the document shows");
    expect(shown.difference("the same", "the same")).toBe(undefined);
  });
});

/** What the program prints; the places that the README names are replaced by the server's. */
async function printed({ runner, program }: Example, server: ServerProcess): Promise<string> {
  await using room = scratch();
  const [needs = "", extension = ""] = runners[runner] ?? [];
  const { tcp, web, unix } = server.doors;
  const file = room.path(`example.${extension}`);
  const placed = program
    .replaceAll("9999", String(tcp.port))
    .replaceAll("9998", String(web.port))
    .replaceAll("/run/glockd/socket", unix.unix);
  writeFileSync(file, placed);
  const argv = [extension === "sh" ? "sh" : needs, file];
  const child = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, status] = await within(
    `the end of an example in ${runner}`,
    Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]),
  );
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  return stdout;
}

describe("The README tells", () => {
  test("the exit statuses that -help tells, and those of the code", async () => {
    const section = /<!-- exit-statuses -->([^]*)<!-- \/exit-statuses -->/.exec(readme)?.[1] ?? "";
    const rows = [...section.matchAll(/^\| (\d+)(?: \+ N)? \|/gm)].map(([, status]) => status);
    const { stdout } = await glockd(["-help"]);
    const help = stdout.slice(stdout.indexOf("Exit status:")).replaceAll(/\s+/g, " ");
    expect(rows).toEqual([...help.matchAll(/(?:: |; )(\d+) /g)].map(([, status]) => status));
    const { signalled, ...plain } = exitStatus;
    const ofTheCode = [...Object.values(plain), 3, 4, signalled(0)];
    expect(rows.map(Number)).toEqual(ofTheCode.sort((a, b) => a - b));
  });

  test("every other spelling of a flag", () => {
    for (const { names } of serveShorthands)
      for (const name of names) expect(readme).toContain(`-${name}`);
  });
});
