/** The count that `make test` ends with never reports success that was none. */
import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratch } from "../cli/glockd.ts";
import { Changes } from "../wait-for.ts";
import { countLine, summary } from "./run.ts";

function ended(output: string, exitCode: number): { line: string; failed: number } {
  const counts = new Map<string, number>();
  for (const line of output.split("\n")) countLine(line, counts);
  return summary(counts, exitCode);
}

test("a run that passed is counted", () => {
  expect(ended(" 12 pass\n 0 fail\n 30 expect() calls\nRan 12 tests", 0)).toEqual({
    line: "12 passed, 0 failed",
    failed: 0,
  });
});

test("skipped and planned tests are told, but are no failures", () => {
  expect(ended(" 12 pass\n 2 skip\n 1 todo\n 0 fail\n", 0).line).toBe(
    "12 passed, 0 failed, 3 skipped",
  );
});

test("failures and errors outside of tests are failures", () => {
  expect(ended("\u001B[32m 3 pass\u001B[0m\n 1 fail\n 2 errors\n", 1)).toEqual({
    line: "3 passed, 3 failed",
    failed: 3,
  });
});

test.each([
  ["crashed after a summary", " 3 pass\n 0 fail", 139, "3 passed, 1 failed"],
  ["crashed without one", "panic", 132, "0 passed, 1 failed"],
  ["found no test", "No tests found!", 1, "0 passed, 1 failed"],
  ["claims success without a test", " 0 pass\n 0 fail", 0, "0 passed, 1 failed"],
  ["only skipped", " 0 pass\n 4 skip\n 0 fail", 0, "0 passed, 1 failed, 4 skipped"],
])("a run that %s is a failure", (_, output, exitCode, line) => {
  expect(ended(output, exitCode)).toEqual({ line, failed: 1 });
});

test("what a test prints is not taken for the summary when one follows", () => {
  expect(ended(" 99 pass\n 3 pass\n 1 fail", 1).line).toBe("3 passed, 1 failed");
  expect(ended("it said 7 pass\n7 passes\n 3 pass\n 0 fail", 0).line).toBe("3 passed, 0 failed");
});

/** Starts the runner on one test with this body, in a room of its own. */
function start(room: { path(name: string): string }, body: string) {
  const file = room.path("one.test.ts");
  const imports = `import { test } from "bun:test"; import { mkdtempSync, rmSync } from "node:fs";
    import { tmpdir } from "node:os"; import { join } from "node:path";`;
  const made = `const made = mkdtempSync(join(tmpdir(), "mine-"));`;
  writeFileSync(file, `${imports} test("one", async () => { ${made} ${body} });`);
  return Bun.spawn([process.execPath, join(import.meta.dir, "run.ts"), file], {
    env: { ...process.env, TMPDIR: room.path(".") },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
}

test.each([
  ["removes what it makes", "rmSync(made, { recursive: true });", 0, "1 passed, 0 failed\n"],
  ["leaves something behind", "", 1, "1 passed, 1 failed\n"],
])("a test that %s", async (_, body, status, line) => {
  await using room = scratch();
  const run = start(room, body);
  const [stdout, stderr] = [await run.stdout.text(), await run.stderr.text()];
  expect(await run.exited).toBe(status);
  expect(stdout.endsWith(line)).toBe(true);
  expect(/left behind .*: mine-\w+$/m.test(stderr)).toBe(status === 1);
  expect(readdirSync(room.path("."))).toEqual(["one.test.ts"]);
});

test("a run that is cut short leaves nothing behind", async () => {
  await using room = scratch();
  const run = start(room, 'console.error("begun"); await new Promise(() => {});');
  const changes = new Changes();
  let said = "";
  const reading = (async () => {
    for await (const bytes of run.stderr) {
      said += Buffer.from(bytes).toString();
      changes.announce();
    }
  })();
  await changes.until("its beginning", () => (said.includes("begun") ? true : undefined));
  run.kill("SIGTERM");
  expect(await run.exited).toBe(143);
  await reading;
  expect(readdirSync(room.path("."))).toEqual(["one.test.ts"]);
});
