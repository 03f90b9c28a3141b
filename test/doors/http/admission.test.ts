/** HTTP with credentials of a file, that are reread, and over TLS. */
import { writeFileSync } from "node:fs";
import { describe, expect, test } from "bun:test";
import { fileOf } from "../../auth/secrets.ts";
import { scratch } from "../../cli/glockd.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { missing } from "../../server-process.ts";
import { eventually, testMilliseconds, within } from "../../wait-for.ts";
import { withoutOpenssl, workshop } from "../admission/certificates.ts";
import { addressOf, api } from "./api.ts";
import { EventReader } from "./event-reader.ts";

const lock = "/v1/locks/deploy%2Fapi";

function basic(name: string, secret = `${name}-secret`): Record<string, string> {
  return { Authorization: `Basic ${Buffer.from(`${name}:${secret}`).toString("base64")}` };
}

function waiting(server: ServerHere, waiters: number): Promise<unknown> {
  return eventually(
    `${waiters} wait`,
    () => api(server, "GET", lock, { headers: basic("ops") }),
    ({ body }) => body.waiters === waiters,
  );
}

describe("Credentials of a file", () => {
  test("let in who knows a secret, as Basic or Bearer", async () => {
    await using room = scratch();
    const authFile = room.path("credentials");
    writeFileSync(authFile, await fileOf({ name: "job", prefixes: ["deploy/"] }, { name: "ops" }));
    await using server = await startHere({ authFile });
    const post = (headers: Record<string, string>) =>
      api(server, "POST", lock, { headers, body: { key: "K" } });
    expect((await post(basic("job"))).status).toBe(201);
    expect((await post({ Authorization: "Bearer job:job-secret" })).status).toBe(201);
    for (const wrong of [basic("job", "wrong"), basic("nobody"), { Authorization: "Basic !" }]) {
      expect((await post(wrong)).status).toBe(401);
    }
    expect((await api(server, "POST", "/v1/locks/x", { headers: basic("job") })).status).toBe(403);
  });

  test(
    "that are reread end the waits and the streams of who was removed",
    async () => {
      await using room = scratch();
      const authFile = room.path("credentials");
      const ops = { name: "ops", role: "admin" } as const;
      writeFileSync(authFile, await fileOf({ name: "job" }, ops));
      await using server = await startHere({ authFile });
      await api(server, "POST", lock, { headers: basic("ops"), body: { ttl: 0 } });
      const body = { wait: 3_600 };
      const gone = api(server, "POST", lock, { headers: basic("job"), body });
      await waiting(server, 1);
      const stays = api(server, "POST", lock, { headers: basic("ops"), body });
      await waiting(server, 2);
      const reader = await EventReader.open(addressOf(server, "/v1/events"), basic("job"));
      writeFileSync(authFile, await fileOf(ops));
      await server.reload();
      expect((await gone).status).toBe(503);
      await reader.changes.until("the end of the stream", () => reader.ended || undefined);
      await waiting(server, 1);
      expect((await api(server, "POST", `${lock}/free`, { headers: basic("ops") })).body).toEqual({
        freed: 1,
      });
      expect((await stays).status).toBe(201);
    },
    testMilliseconds,
  );
});

const skip = withoutOpenssl ?? missing("curl");
test.skipIf(skip !== undefined)(
  `curl takes a lock over TLS${skip === undefined ? "" : ` (skipped: ${skip})`}`,
  async () => {
    await using room = workshop();
    const pair = room.selfSigned("server");
    await using server = await startHere({ tls: { cert: pair.cert, key: pair.key } });
    const url = `https://localhost:${server.doors.web.port}/v1/locks/foo`;
    const curl = async (...argv: string[]): Promise<string> => {
      const command = ["curl", "-sS", "--ipv4", "--cacert", pair.cert, ...argv];
      const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
      return await within("the end of curl", new Response(child.stdout).text());
    };
    expect(JSON.parse(await curl("-d", '{"key":"K"}', url))).toMatchObject({ name: "foo" });
    const status = ["-o", "/dev/null", "-w", "%{http_code}"];
    expect(await curl(...status, "-d", '{"key":"L"}', url)).toBe("409");
    expect(await curl(...status, "-X", "DELETE", "-d", '{"key":"K"}', url)).toBe("204");
  },
  testMilliseconds,
);
