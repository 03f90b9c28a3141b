/** The system's clock as the server reads it. */
import { expect, test } from "bun:test";
import { systemClock } from "../src/clock.ts";
import { turn } from "./wait-for.ts";

test("the time is the same all through a turn of the event loop, and right in the next", async () => {
  const { wallMs } = systemClock;
  await turn();
  const before = Date.now();
  const first = wallMs();
  expect(first).toBeGreaterThanOrEqual(before);
  while (Date.now() < before + 20);
  expect(wallMs()).toBe(first);
  await turn();
  expect(wallMs()).toBeGreaterThanOrEqual(before + 20);
});
