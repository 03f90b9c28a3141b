/** Flags, a file of variables and the environment: who wins, and what SIGHUP changes. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { type Settings, readSettings } from "../../../src/cli/serve/settings.ts";
import { LineClient } from "../../peers/line-client.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { Glockd, glockd, onlyUnix, scratch } from "../glockd.ts";

setDefaultTimeout(testMilliseconds);

async function settingsOf(
  argv: string[],
  environment: Record<string, string>,
  variables: string,
): Promise<Settings["config"]> {
  await using room = scratch();
  const file = room.path("variables");
  writeFileSync(file, variables);
  const read = await readSettings({
    argv: [...argv, "-env-file", file],
    environment,
    handed: false,
  });
  if (read.request !== "run") throw new Error("it was not asked for help");
  return read.config;
}

describe("readSettings", () => {
  test("has flags win over the file, and the file over the environment", async () => {
    const environment = { GLOCKD_PORT: "1", GLOCKD_WS: "2", GLOCKD_MAX_LOCKS: "3" };
    const config = await settingsOf(["-port=10"], environment, "GLOCKD_PORT=11\nGLOCKD_WS=12\n");
    expect([config.port, config.ws, config.limits.locksMax]).toEqual([10, 12, 3]);
  });

  test("checks the file's values as it does all others", async () => {
    const reading = settingsOf([], {}, "GLOCKD_WS=many\n");
    await expect(reading).rejects.toThrow('GLOCKD_WS: "many" is not a whole number');
  });

  test("makes a credential of the file's AUTH_USER and AUTH_PASS", async () => {
    const config = await settingsOf([], {}, "AUTH_USER=me\nAUTH_PASS='s3cret'\n");
    expect(config.authEnvironment).toEqual({ name: "me", secret: "s3cret" });
  });

  test("finds the file by GLOCKD_ENV_FILE as well", async () => {
    await using room = scratch();
    writeFileSync(room.path("variables"), "GLOCKD_PORT=7000\n");
    const environment = { GLOCKD_ENV_FILE: room.path("variables") };
    const read = await readSettings({ argv: [], environment, handed: false });
    expect(read.request === "run" && read.config.port).toBe(7000);
  });
});

describe("SIGHUP", () => {
  test("changes the level of the log, for connections that are there and for holds", async () => {
    await using room = scratch();
    const [unix, file] = [room.path("socket"), room.path("variables")];
    writeFileSync(file, "GLOCKD_LOG_LEVEL=info\n");
    await using server = await Glockd.start([...onlyUnix(unix), "-env-file", file]);
    await server.logged("listening");
    const client = await LineClient.connect({ unix });
    await client.ask("g quiet");
    await client.ask("free quiet");
    writeFileSync(file, "GLOCKD_LOG_LEVEL=verbose\n");
    server.signal("SIGHUP");
    await server.logged("settings reloaded");
    await client.ask("g loud");
    await client.ask("free loud");
    await server.logged("freed mode=exclusive lock=loud");
    writeFileSync(file, "GLOCKD_VERBOSE=false\nGLOCKD_DRAIN=7\n");
    server.signal("SIGHUP");
    await server.logged("level=info drain=7");
    await client.ask("g silence");
    await client.ask("free silence");
    await client.ask("r loud");
    server.signal("SIGTERM");
    expect(await server.exited()).toBe(0);
    expect(server.stderr()).toContain("granted mode=exclusive lock=loud");
    expect(server.stderr()).not.toMatch(/quiet|silence|disconnected/);
  });

  test("names what only a restart can follow, and goes on with what it had", async () => {
    await using room = scratch();
    const [unix, file] = [room.path("socket"), room.path("variables")];
    writeFileSync(file, "");
    await using server = await Glockd.start([...onlyUnix(unix), "-env-file", file]);
    await server.logged("listening");
    writeFileSync(file, "GLOCKD_MAX_LOCKS=1\nAUTH_USER=a\nAUTH_PASS=b\nGLOCKD_DRAIN=600\n");
    server.signal("SIGHUP");
    const warning = await server.logged("only a restart can follow it");
    expect(warning).toEndWith('changed="GLOCKD_MAX_LOCKS AUTH_USER AUTH_PASS"');
    const client = await LineClient.connect({ unix });
    await client.ask("g a");
    expect(await client.ask("g b")).toBe("1 Lock Get Success: b");
    server.signal("SIGTERM");
    expect(await server.logged("draining")).toBe("draining seconds=600 holders=1");
  });

  test("goes on with the old settings when the new ones are no good", async () => {
    await using room = scratch();
    const [unix, file] = [room.path("socket"), room.path("variables")];
    writeFileSync(file, "GLOCKD_LOG_LEVEL=verbose\n");
    await using server = await Glockd.start([...onlyUnix(unix), "-env-file", file]);
    await server.logged("listening");
    writeFileSync(file, "GLOCKD_LOG_LEVEL=loud\n");
    server.signal("SIGHUP");
    const complaint = await server.logged("settings not reloaded: the old ones go on");
    expect(complaint).toContain("is not one of error, warn, info, verbose");
    const client = await LineClient.connect({ unix });
    await client.ask("g foo");
    await server.logged("granted mode=exclusive lock=foo");
  });
});

test("A server whose file of variables is missing does not start, and says so with status 2", async () => {
  const { status, stderr } = await glockd(["-env-file", "/nowhere/variables"]);
  expect(stderr).toContain("-env-file: cannot read /nowhere/variables: no such file or directory");
  expect(status).toBe(2);
});
