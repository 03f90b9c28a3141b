/** What `-help` prints. */
import { expect, test } from "bun:test";
import { renderUsage } from "../../src/cli/usage.ts";
import { serveFlags, serveShorthands } from "../../src/config/serve-flags.ts";

const usage = renderUsage({
  summary: "what it is",
  synopsis: ["glockd [FLAGS]", "glockd test"],
  flags: serveFlags,
  shorthands: serveShorthands,
  notes: ["a note ".repeat(40).trim()],
});

test("renderUsage shows every flag with its default and its variable", () => {
  const words = usage.replace(/\s+/g, " ");
  for (const flag of serveFlags) {
    expect(words).toContain(`-${flag.name}`);
    expect(words).toContain(`GLOCKD_${flag.name.toUpperCase().replaceAll("-", "_")}]`);
  }
  expect(words).toContain("[0660; GLOCKD_UNIX_MODE]");
});

test("renderUsage shows other spellings", () => {
  expect(usage).toContain("  -t, -tcp [HOST:]PORT");
  expect(usage).toContain("  -disable-dump");
});

test("renderUsage fits a terminal", () => {
  const widths = usage.split("\n").map((line) => line.length);
  expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  expect(usage).toEndWith("\n");
});
