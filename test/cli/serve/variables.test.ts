/** Variables that nobody reads, and those that only look like it. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { cliCommands } from "../../../src/cli/commands.ts";
import { strangeVariables } from "../../../src/cli/serve/variables.ts";
import { variableOf } from "../../../src/flag.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { Glockd, onlyUnix, scratch } from "../glockd.ts";

setDefaultTimeout(testMilliseconds);

describe("strangeVariables", () => {
  test.each([
    ["GLOCKD_PROT", "GLOCKD_PORT"],
    ["GLOCKD_PID_FILE", "GLOCKD_PIDFILE"],
    ["GLOCKD_MAXLOCKS", "GLOCKD_MAX_LOCKS"],
    ["GLOCKD_NOTHING_LIKE_IT", undefined],
  ])("names %s, and that %s was meant", (variable, nearest) => {
    expect(strangeVariables({ [variable]: "1" })).toEqual([{ variable, nearest }]);
  });

  test.each([
    ["GLOCKD_PROT", ""],
    ["GLOCK_PORT", "1"],
    ["GLOCKD_LOCK", "x"],
    ["GLOCKD_TEST_BINARY", "/tmp/glockd"],
    ["GLOCKD_FENCE", "7"],
    ["GLOCKD_MAIN_SERVICE_HOST", "10.0.0.7"],
    ["GLOCKD_MAIN_PORT_9999_TCP_ADDR", "10.0.0.7"],
    ["GLOCKD_MAIN_PORT", "tcp://10.0.0.7:9999"],
  ])("leaves %s=%s alone", (variable, value) => {
    expect(strangeVariables({ [variable]: value })).toEqual([]);
  });

  test("knows the variables of every command", async () => {
    const modules = await Promise.all(cliCommands.map(({ load }) => load()));
    const flags = modules.flatMap(({ usage }) => usage.flags);
    const variables = flags.filter(({ env }) => env === true).map((flag) => variableOf(flag));
    expect(variables).toContain("GLOCKD_WEB");
    expect(strangeVariables(Object.fromEntries(variables.map((name) => [name, "1"])))).toEqual([]);
  });
});

test("A server warns of a variable that is none, without its value, and serves", async () => {
  await using room = scratch();
  const env = { GLOCKD_DUPM: "hunter2", GLOCKD_TOKEN_FILE: "/x" };
  await using server = await Glockd.start(onlyUnix(room.path("socket")), { env });
  await server.logged("listening");
  expect(server.stderr()).toStartWith(
    "warn: there is no such variable: it changes nothing variable=GLOCKD_DUPM nearest=GLOCKD_DUMP\n",
  );
  expect(server.stderr()).not.toMatch(/hunter2|TOKEN/);
  server.signal("SIGTERM");
  expect(await server.exited()).toBe(0);
});
