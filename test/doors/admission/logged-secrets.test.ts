/** What is logged with -verbose: what happened, and no key or secret of anybody. */
import { expect, test } from "bun:test";
import { fileOf } from "../../auth/secrets.ts";
import { writeFileSync } from "node:fs";
import { scratch } from "../../cli/glockd.ts";
import { api } from "../http/api.ts";
import { createLogger } from "../../../src/log.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startHere } from "../../server-in-process.ts";

test("Keys and secrets are in no line, however wrongly they were sent", async () => {
  await using room = scratch();
  const authFile = room.path("auth");
  writeFileSync(authFile, await fileOf({ name: "ci", role: "admin" }));
  let log = "";
  const logger = createLogger({ verbose: true, format: "plain", write: (line) => (log += line) });
  {
    await using server = await startHere({ authFile }, { logger });
    const client = await LineClient.connect(server.doors.unix);
    client.command("Auth ci:hidden-1", "ci:hidden-2", "@1 atuh ci:hidden-3", "hidden4");
    await client.take(1);
    await client.ask("auth ci:hidden-5");
    await client.ask("auth hidden-6");
    await client.ask("auth ci:ci-secret");
    await client.ask("kg hidden-7 0 0 foo");
    await client.ask("@2 kgg hidden-8 0 0 foo");
    await client.ask("kr hidden-7 foo");
    const headers = { Authorization: "Bearer ci:ci-secret" };
    const body = { key: "hidden-9", ttl: 0 };
    await api(server, "POST", "/v1/locks/foo", { body, headers });
    await api(server, "POST", "/v1/locks/foo", {
      body,
      headers: { Authorization: "Bearer ci:hidden-10" },
    });
  }
  expect(log).toContain("invalid command client=unix:1 command=Auth");
  expect(log).toContain("granted mode=exclusive lock=foo");
  expect(log).toContain("authentication failed");
  expect(log.match(/.*(?:hidden|ci-secret).*/g)).toBe(null);
});
