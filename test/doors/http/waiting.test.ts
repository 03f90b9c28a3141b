/** `/v1`: requests that wait in line, and leave it. */
import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../clock.ts";
import { HttpClient } from "../../peers/http-client.ts";
import { LineClient } from "../../peers/line-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { api } from "./api.ts";

const lock = "/v1/locks/foo";

/** Resolves once so many requests wait for `foo`. */
function untilWaiting(server: ServerHere, waiters: number): Promise<unknown> {
  return eventually(
    `${waiters} wait`,
    () => api(server, "GET", lock),
    ({ body }) => body.waiters === waiters,
  );
}

describe("Waiting in line", () => {
  test(
    "is first come, first served, among requests and connections",
    async () => {
      await using server = await startHere();
      const line = await LineClient.connect(server.doors.tcp);
      await line.ask("g foo");
      const first = api(server, "POST", lock, { body: { key: "1", wait: 3600, ttl: 0 } });
      await untilWaiting(server, 1);
      const second = await LineClient.connect(server.doors.tcp);
      second.command("gw - foo");
      await untilWaiting(server, 2);
      const last = api(server, "POST", lock, { body: { key: "3", wait: 3600, ttl: 0 } });
      await untilWaiting(server, 3);
      expect(await line.ask("r foo")).toBe("1 Lock Release Success: foo");
      const { status, body } = await first;
      expect(status).toBe(201);
      expect((await api(server, "DELETE", lock, { body: { key: "1" } })).status).toBe(204);
      const [granted = ""] = await second.take(1);
      expect(granted).toMatch(/^\d+ Lock Get Success: foo$/);
      expect(Number(granted.split(" ")[0])).toBeGreaterThan(body.fence);
      await second.ask("r foo");
      expect((await last).body).toMatchObject({ key: "3", count: 1 });
    },
    testMilliseconds,
  );

  test("ends with 408 when the time is over", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    await api(server, "POST", lock, { body: { ttl: 0 } });
    const waiting = api(server, "POST", lock, { body: { wait: 0.5 } });
    await untilWaiting(server, 1);
    clock.advance(499);
    await untilWaiting(server, 1);
    clock.advance(1);
    expect(await waiting).toMatchObject({ status: 408, body: { code: "wait_timeout" } });
    await untilWaiting(server, 0);
  });

  test.each(["reset", "drop", "halfClose"] as const)(
    "ends when the client hangs up by %s, and the next one is served",
    async (hangUp) => {
      await using server = await startHere();
      const { body: held } = await api(server, "POST", lock, { body: { ttl: 0 } });
      const client = await HttpClient.connect(server.doors.web);
      client.send("POST", lock, '{"wait":3600,"ttl":0}');
      await untilWaiting(server, 1);
      const next = api(server, "POST", lock, { body: { wait: 3600, ttl: 0 } });
      await untilWaiting(server, 2);
      client.socket[hangUp]();
      await untilWaiting(server, 1);
      await api(server, "DELETE", lock, { body: { key: held.key } });
      expect((await next).status).toBe(201);
      expect((await api(server, "GET", lock)).body.waiters).toBe(0);
    },
    testMilliseconds,
  );

  test("is possible for as many as the limits allow", async () => {
    await using server = await startHere({ limits: { lockWaitersMax: 1, connectionsMax: 2 } });
    await api(server, "POST", lock, { body: { ttl: 0 } });
    const abort = new AbortController();
    const wait = (path: string) =>
      api(server, "POST", path, { body: { wait: 3600 }, signal: abort.signal }).catch(() => null);
    const first = wait(lock);
    await untilWaiting(server, 1);
    expect(await wait(lock)).toMatchObject({
      status: 503,
      body: { code: "limit_reached", limit: "waiters" },
    });
    await api(server, "POST", "/v1/locks/bar", { body: { ttl: 0 } });
    const second = wait("/v1/locks/bar");
    await eventually(
      "both wait",
      () => api(server, "GET", "/v1/clients"),
      ({ body }) => body.clients.length === 2,
    );
    expect(await wait("/v1/locks/bar")).toMatchObject({
      status: 503,
      body: { code: "limit_reached", limit: "connections" },
    });
    abort.abort();
    await Promise.all([first, second]);
  });

  test("is refused with 503 when the server stops", async () => {
    await using server = await startHere();
    await api(server, "POST", lock, { body: { ttl: 0 } });
    const waiting = api(server, "POST", lock, { body: { wait: 3600 } });
    await untilWaiting(server, 1);
    const stopped = server.stop();
    expect(await waiting).toMatchObject({ status: 503, body: { code: "unavailable" } });
    await stopped;
  });
});
