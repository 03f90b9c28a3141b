/** Acquires that are sent again because their answers were lost. */
import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../clock.ts";
import { HttpClient } from "../../peers/http-client.ts";
import { startHere } from "../../server-in-process.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { admin, api, as, authorityOf, locker } from "./api.ts";

const lock = "/v1/locks/build";
const headers = { "Idempotency-Key": "6f1c" };

describe("An Idempotency-Key", () => {
  test("has a repeated acquire answered like the first", async () => {
    await using server = await startHere({}, { clock: new FakeClock() });
    const first = await api(server, "POST", lock, { headers });
    const again = await api(server, "POST", lock, { headers });
    expect(first.status).toBe(201);
    expect([again.status, again.body]).toEqual([201, first.body]);
    expect(again.headers.get("idempotency-replayed")).toBe("true");
    // Not taken twice: one release is enough, and its count is one.
    const { key } = first.body;
    expect((await api(server, "DELETE", lock, { body: { key } })).status).toBe(204);
    expect((await api(server, "GET", lock)).status).toBe(404);
  });

  test("never makes up for a hold that is gone", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    await api(server, "POST", lock, { headers, body: { ttl: 5 } });
    clock.advance(5_000);
    const again = await api(server, "POST", lock, { headers, body: { ttl: 5 } });
    expect([again.status, again.body.code]).toEqual([410, "hold_gone"]);
    // Somebody else's hold is not taken for the lost one either.
    await api(server, "POST", lock, { body: { key: "K" } });
    expect((await api(server, "POST", lock, { headers, body: { ttl: 5 } })).status).toBe(410);
  });

  test("belongs to one lock and one body", async () => {
    await using server = await startHere();
    await api(server, "POST", lock, { headers, body: { ttl: 5 } });
    for (const [path, body] of [
      [lock, { ttl: 6 }],
      ["/v1/locks/other", { ttl: 5 }],
    ] as const) {
      const other = await api(server, "POST", path, { headers, body });
      expect([other.status, other.body.code]).toEqual([422, "idempotency_key_reused"]);
    }
  });

  test("is forgotten with an acquire that failed, and after an hour", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    const { body } = await api(server, "POST", lock, { body: { ttl: 0 } });
    expect((await api(server, "POST", lock, { headers })).status).toBe(409);
    await api(server, "DELETE", lock, { body: { key: body.key } });
    expect((await api(server, "POST", lock, { headers })).status).toBe(201);
    clock.advance(3_600_000);
    expect((await api(server, "POST", lock, { headers, body: { ttl: 7 } })).status).toBe(201);
  });

  test("is each credential's own", async () => {
    await using server = await startHere({}, { authority: authorityOf(admin, locker) });
    const send = (who: typeof admin) =>
      api(server, "POST", lock, { headers: { ...headers, ...as(who) } });
    expect((await send(admin)).status).toBe(201);
    expect((await send(locker)).status).toBe(409);
    expect((await send(admin)).status).toBe(201);
  });

  test(
    "joins the wait of the first, and keeps its place when that one hangs up",
    async () => {
      await using server = await startHere();
      const { body: held } = await api(server, "POST", lock, { body: { ttl: 0 } });
      const waiting = (waiters: number): Promise<unknown> =>
        eventually(
          `${waiters} wait`,
          () => api(server, "GET", lock),
          ({ body }) => body.waiters === waiters,
        );
      const text = '{"wait":3600,"ttl":0}';
      const lost = await HttpClient.connect(server.doors.web);
      lost.send("POST", lock, text, headers);
      await waiting(1);
      const rival = api(server, "POST", lock, { body: { wait: 3600, ttl: 0 } });
      await waiting(2);
      const retried = await HttpClient.connect(server.doors.web);
      // The connection is known to the server, so what is sent now is read in this order.
      await retried.ask("GET", "/healthz");
      retried.send("POST", lock, text, headers);
      lost.socket.reset();
      await api(server, "GET", "/healthz");
      await waiting(2);
      await api(server, "DELETE", lock, { body: { key: held.key } });
      const answer = await retried.take();
      expect(answer?.status).toBe(201);
      const { key } = JSON.parse(answer?.body ?? "{}");
      await api(server, "DELETE", lock, { body: { key } });
      expect((await rival).status).toBe(201);
    },
    testMilliseconds,
  );

  test.each(["", " ", "é", "x".repeat(256)])("is refused when it is %p", async (key) => {
    await using server = await startHere();
    const client = await HttpClient.connect(server.doors.web);
    const answer = await client.ask("POST", lock, "{}", { "Idempotency-Key": key });
    expect(answer.status).toBe(400);
    expect((await api(server, "GET", lock)).status).toBe(404);
  });
});
