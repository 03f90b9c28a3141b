/** The descriptor limit, as a process with a known one sees it. */
import { expect, test } from "bun:test";
import { descriptorsKeptMax, descriptorsReserved } from "../../src/limits.ts";
import {
  connectionsWithin,
  descriptorsKept,
  descriptorsOpen,
} from "../../src/system/descriptors.ts";

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

test("connectionsWithin leaves descriptors to other things and allows at least one connection", () => {
  expect(connectionsWithin(100, undefined, 1)).toBe(100);
  expect(connectionsWithin(100_000, 110_000, 1)).toBe(100_000);
  const limit = 4_096;
  const left = limit - descriptorsReserved - limit / 4 - limit / 16;
  expect(connectionsWithin(left, limit, 1)).toBe(left);
  expect(connectionsWithin(left + 1, limit, 1)).toBe(left);
  expect(connectionsWithin(left, limit, 3)).toBe(Math.floor(left / 3));
  expect(connectionsWithin(100, 3, 1)).toBe(1);
});

test("What the web port does not get is a part of few descriptors, and a number of many", () => {
  expect(descriptorsKept(1_000)).toBe(250);
  expect(descriptorsKept(1_000_000)).toBe(descriptorsKeptMax);
});

test.skipIf(process.platform !== "linux")("setDescriptorLimit is what the system keeps to", () => {
  const module = new URL("../../src/system/descriptors.ts", import.meta.url).pathname;
  const program = `
    const { descriptorLimit, setDescriptorLimit } = await import(${JSON.stringify(module)});
    console.log(setDescriptorLimit(100), descriptorLimit(), setDescriptorLimit(1000000000));`;
  const { stdout } = Bun.spawnSync([process.execPath, "-e", program]);
  expect(stdout.toString()).toBe("true 100 false\n");
});

test("descriptorsOpen counts one more when one more is open", () => {
  const before = descriptorsOpen();
  if (before === undefined) return;
  const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
  expect(descriptorsOpen()).toBe(before + 1);
  listener.stop(true);
});
