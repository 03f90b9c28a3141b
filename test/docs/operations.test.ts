/** docs/operations.md: whoever does what it says gets what it says. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import {
  auditBufferCharactersMax,
  auditDenialsPerSecondMax,
  descriptorsReserved,
} from "../../src/limits.ts";
import { scratch } from "../cli/glockd.ts";
import { addressOf, api } from "../doors/http/api.ts";
import { LineClient } from "../peers/line-client.ts";
import { startHere } from "../server-in-process.ts";
import { missing, startProcess } from "../server-process.ts";
import { eventually, testMilliseconds, within } from "../wait-for.ts";
import { documentText, examplesOf } from "./examples.ts";

setDefaultTimeout(testMilliseconds);

const text = documentText("docs/operations.md");
/** However its lines are broken. */
const prose = text.replaceAll(/\s+/g, " ");

function blockBehind(mark: string): string {
  const [, block = ""] =
    new RegExp(`<!-- ${mark} -->\\n\`\`\`\\w*\\n([^]*?)^\`\`\``, "m").exec(text) ?? [];
  expect(block).not.toBe("");
  return block;
}

function parsed(lines: string): object[] {
  return lines
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as object);
}

function membersOf(line: object): string {
  return Object.keys(line).join();
}

function locksIn(file: string): string[] {
  return parsed(readFileSync(file, "utf8")).map((line) => (line as { lock: string }).lock);
}

const withoutTools = missing("curl") ?? missing("jq") ?? missing("bash");

test.skipIf(withoutTools !== undefined)(
  "Keyed locks move from one server to the other",
  async () => {
    const [example] = examplesOf(text);
    await using old = await startHere();
    await using fresh = await startHere();
    const put = (name: string, key: string, lockBy: string) =>
      api(old, "PUT", `/lock/${encodeURIComponent(name)}`, { body: { key, lock_by: lockBy } });
    await put("db/migration", "can-coexist", "coexisting-1");
    await put("db/migration", "can-coexist", "coexisting-2");
    await put("deploy", "cannot-coexist", "exclusive-job");
    const env = {
      PATH: process.env["PATH"] ?? "",
      OLD: addressOf(old, ""),
      NEW: addressOf(fresh, ""),
    };
    const child = Bun.spawn(["bash", "-c", example?.program ?? ""], {
      env,
      stdout: "pipe",
      stderr: "pipe",
    });
    const output = await within("the end of it", new Response(child.stdout).text());
    expect(await new Response(child.stderr).text()).toBe("");
    expect(output).toBe(example?.prints ?? "");
    expect((await api(fresh, "GET", "/locks")).body).toEqual(
      (await api(old, "GET", "/locks")).body,
    );
  },
);

test.skipIf(missing("logrotate") !== undefined)(
  "logrotate rotates the audit log as it is shown",
  async () => {
    await using room = scratch();
    const path = room.path("audit.log");
    await using server = await startProcess(`-audit=${path}`);
    const client = await LineClient.connect(server.doors.unix);
    await client.ask("g before");
    await eventually(
      "the line",
      () => readFileSync(path, "utf8"),
      (told) => told.endsWith("\n"),
    );
    const configuration = blockBehind("logrotate")
      .replace("/var/log/glockd/audit.log", path)
      .replace(
        "systemctl kill --kill-who=main --signal=HUP glockd.service",
        `kill -HUP ${server.pid}`,
      );
    expect(configuration).toContain("kill -HUP");
    writeFileSync(room.path("conf"), configuration, { mode: 0o644 });
    const argv = ["logrotate", "--force", "--state", room.path("state"), room.path("conf")];
    const rotated = Bun.spawnSync(argv);
    expect(rotated.stderr.toString()).toBe("");
    await eventually(
      "the new file",
      () => server.stderr(),
      (log) => log.includes("audit log reopened"),
    );
    await client.ask("g after");
    expect(await server.stop()).toBe(0);
    expect(locksIn(`${path}.1`)).toEqual(["before"]);
    // Taken, and, in no order, orphaned by the stop.
    expect(locksIn(path).sort()).toEqual(["after", "after", "before"]);
    expect(dirname(path)).toBe(room.path("."));
  },
);

test("The audit log's lines have the members that are shown", async () => {
  await using room = scratch();
  const audit = room.path("audit");
  {
    await using server = await startHere({ audit });
    const [holder, other] = [
      await LineClient.connect(server.doors.unix),
      await LineClient.connect(server.doors.unix),
    ];
    await holder.ask("g foo");
    await other.ask("free foo");
    const remote = await LineClient.connect(server.doors.tcp);
    await remote.ask("free foo");
  }
  const shown = parsed(blockBehind("audit")).map(membersOf);
  expect(parsed(readFileSync(audit, "utf8")).map(membersOf)).toEqual(shown);
});

test("The configuration of logrotate is the Debian package's", () => {
  expect(blockBehind("logrotate")).toBe(documentText("packaging/debian/logrotate"));
});

test("Its figures are those of the code", () => {
  expect(prose).toContain(`up to ${auditBufferCharactersMax / 2 ** 20} MiB of lines`);
  expect(prose).toContain(`and ${descriptorsReserved} are kept back`);
  expect(auditDenialsPerSecondMax).toBe(100);
  expect(prose).toContain("up to a hundred in a second");
});
