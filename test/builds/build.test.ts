/** What is compiled: the same bytes each time, with the version and the commit in it. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { build, hostTarget, targets } from "../../builds/build.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

function sum(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

test("two builds in two directories give the same bytes", async () => {
  await using room = scratch();
  const first = await build(hostTarget(), room.path("a"));
  const second = await build(hostTarget(), room.path("b"));
  expect(sum(second)).toBe(sum(first));
});

test("an unknown target is refused with the known ones", async () => {
  await using room = scratch();
  expect(build("plan9-x64", room.path("a"))).rejects.toThrow("linux-x64");
});

test("this machine's target and the nine that are promised are known", () => {
  expect(Object.keys(targets)).toContain(hostTarget());
  expect(Object.keys(targets).length).toBe(9);
});

test("builds/README.md tells of every target", () => {
  const readme = readFileSync(new URL("../../builds/README.md", import.meta.url), "utf8");
  for (const target of Object.keys(targets)) expect(readme).toContain(`\`${target}/`);
});
