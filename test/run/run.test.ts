/** The count that `make test` ends with never reports success that was none. */
import { expect, test } from "bun:test";
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
