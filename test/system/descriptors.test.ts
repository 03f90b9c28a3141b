/** The descriptor limit, as a process with a known one sees it. */
import { expect, test } from "bun:test";
import { descriptorsReserved } from "../../src/limits.ts";
import { connectionsWithin } from "../../src/system/descriptors.ts";

test("descriptorLimit is what the shell has set", () => {
  const module = new URL("../../src/system/descriptors.ts", import.meta.url).pathname;
  const program = `console.log((await import(${JSON.stringify(module)})).descriptorLimit())`;
  const { stdout } = Bun.spawnSync([
    "sh",
    "-c",
    'ulimit -n 321; exec "$0" -e "$1"',
    process.execPath,
    program,
  ]);
  expect(stdout.toString()).toBe("321\n");
});

test("connectionsWithin keeps descriptors for other things and allows at least one connection", () => {
  expect(connectionsWithin(100, undefined)).toBe(100);
  expect(connectionsWithin(100, 100 + descriptorsReserved)).toBe(100);
  expect(connectionsWithin(100, 99 + descriptorsReserved)).toBe(99);
  expect(connectionsWithin(100, 3)).toBe(1);
});
