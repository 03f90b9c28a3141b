/**
 * Every command's usage has examples, and each does what it says: it is typed into bash,
 * against a server that listens where the example says so, but for other ports.
 */
import { expect, setDefaultTimeout, test } from "bun:test";
import { cpSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { type CliCommand, cliCommands } from "../../src/cli/commands.ts";
import { schemaVersion } from "../../src/store/file/schema.ts";
import { compiledBinary } from "../binary.ts";
import { goldenDirectory } from "../store/golden/write-golden.ts";
import { missing, type ServerProcess, startProcess } from "../server-process.ts";
import { Changes, testMilliseconds, within } from "../wait-for.ts";
import { glockd, scratch } from "./glockd.ts";

setDefaultTimeout(testMilliseconds);

test.each(cliCommands.map(({ name }) => name))("glockd %s -help shows an example", async (name) => {
  const { status, stdout, stderr } = await glockd([name, "-help"]);
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout).toMatch(/\nExamples:\n {2}.*glockd/);
});

/** Programs besides glockd that examples use: without one, the example is skipped. */
const programs = ["jq", "curl", "openssl"];

const examples = await Promise.all(
  cliCommands.map(async ({ name, load }: CliCommand) => {
    const { usage } = await load();
    return (usage.examples ?? []).map(([line]) => [name, line] as const);
  }),
);
for (const [name, line] of examples.flat()) {
  const needed = programs.filter((program) => new RegExp(`\\b${program}\\b`).test(line));
  const reason = needed.map((program) => missing(program)).find((why) => why !== undefined);
  const skipped = reason === undefined ? "" : ` (skipped: ${reason})`;
  test.skipIf(reason !== undefined)(`\`${line}\` works${skipped}`, async () => {
    await using server = await startProcess();
    await (name === "serve" ? serves(line) : succeeds(line, server));
  });
}

/** The scripts, the secret, the store and the file of locks that examples are about. */
async function furnish(path: (name: string) => string, line: string): Promise<void> {
  for (const [, script = ""] of line.matchAll(/\.\/(\S+?\.sh)/g)) {
    await Bun.write(path(script), "#!/bin/sh\n");
    Bun.spawnSync(["chmod", "+x", path(script)]);
  }
  writeFileSync(path("secret"), "hunter2");
  cpSync(goldenDirectory(schemaVersion), path("store"), { recursive: true });
  writeFileSync(path("locks.json"), '{"a":{"key":"k","locked_by":{"me":1}}}');
}

async function succeeds(line: string, server: ServerProcess): Promise<void> {
  await using room = scratch();
  await furnish((name) => room.path(name), line);
  const { tcp, web, unix } = server.doors;
  const placed = line
    .replaceAll("9999", String(tcp.port))
    .replaceAll("9998", String(web.port))
    .replaceAll("/run/glockd/socket", unix.unix)
    .replaceAll("/var/lib/glockd", room.path("store"));
  const child = Bun.spawn(["bash", "-euo", "pipefail", "-c", placed], {
    cwd: dirname(room.path("x")),
    env: { ...(await environment()), GLOCKD_HOST: `127.0.0.1:${tcp.port}` },
    stdin: "ignore",
    stdout: "pipe",
    stderr: "pipe",
  });
  const said = Promise.all([child.exited, new Response(child.stderr).text()]);
  expect(await within("the example's end", said)).toEqual([0, ""]);
}

/** A server that is stopped once it listens. */
async function serves(line: string): Promise<void> {
  await using room = scratch();
  const placed = line.replaceAll("/run/glockd/socket", room.path("socket"));
  const child = Bun.spawn(["bash", "-c", `exec ${placed}`], {
    env: {
      ...(await environment()),
      GLOCKD_PORT: "0",
      GLOCKD_WS: "0",
      GLOCKD_UNIX: room.path("s"),
    },
    stdin: "ignore",
    stdout: "ignore",
    stderr: "pipe",
  });
  const changes = new Changes();
  let log = "";
  const reading = (async () => {
    for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
      log += text;
      changes.announce();
    }
  })();
  await changes.until("that it listens", () => (log.includes("listening") ? log : undefined));
  child.kill("SIGTERM");
  await reading;
  expect(await within("the server's end", child.exited)).toBe(0);
}

async function environment(): Promise<Record<string, string>> {
  return { PATH: `${dirname(await compiledBinary())}:${process.env["PATH"] ?? ""}` };
}
