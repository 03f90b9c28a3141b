/** `/v1`: acquiring, renewing, releasing, and who may. */
import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../clock.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startHere } from "../../server-in-process.ts";
import { admin, api, as, authorityOf, locker, reader } from "./api.ts";

const lock = "/v1/locks/foo";

describe("POST /v1/locks/{name}", () => {
  test("acquires under a key that nobody can guess, for a minute", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    const { status, body } = await api(server, "POST", lock);
    expect([status, body]).toEqual([
      201,
      {
        name: "foo",
        mode: "exclusive",
        key: expect.stringMatching(/^[\w-]{32}$/),
        requestor: expect.stringMatching(/^127\.0\.0\.1:\d+$/),
        fence: expect.any(Number),
        count: 1,
        expires: "2026-01-02T03:05:05.678Z",
      },
    ]);
    const other = await api(server, "POST", "/v1/locks/bar", { body: {} });
    expect(other.body.key).not.toBe(body.key);
    expect(other.body.fence).toBeGreaterThan(body.fence);
    clock.advance(59_999);
    expect((await api(server, "POST", lock)).status).toBe(409);
    clock.advance(1);
    expect((await api(server, "POST", lock)).status).toBe(201);
  });

  test("tells who holds it to whoever is refused, but not the key", async () => {
    await using server = await startHere();
    const body = { key: "secret", requestor: "deploy 7", ttl: 0 };
    const { body: held } = await api(server, "POST", lock, { body });
    const refused = await api(server, "POST", lock);
    expect(refused.status).toBe(409);
    expect(refused.headers.get("content-type")).toBe("application/problem+json");
    expect(refused.body).toMatchObject({
      code: "held",
      waiters: 0,
      holders: [{ client: null, name: "deploy 7", count: 1, fence: held.fence, expires: null }],
    });
    expect(JSON.stringify(refused.body)).not.toContain("secret");
  });

  test("raises the count of a requestor that holds already", async () => {
    await using server = await startHere();
    const body = { key: "K", ttl: 0 };
    const first = await api(server, "POST", lock, { body });
    const again = await api(server, "POST", lock, { body });
    expect(again.body).toEqual({ ...first.body, count: 2 });
  });

  test("shares a lock, with as many as the limit says", async () => {
    await using server = await startHere();
    const take = (key: string) =>
      api(server, "POST", lock, { body: { mode: "shared", key, limit: 2 } });
    expect((await take("a")).status).toBe(201);
    const second = await take("b");
    expect([second.status, second.body.mode, second.body.count]).toEqual([201, "shared", 1]);
    expect(await take("c")).toMatchObject({ status: 409, body: { holders: [{}, {}] } });
    const line = await LineClient.connect(server.doors.tcp);
    expect(await line.ask("si foo")).toBe("2 Shared Lock Is Locked: foo");
    expect(await line.ask("i foo")).toBe("0 Lock Not Locked: foo");
    const release = { mode: "shared", key: "a" };
    expect((await api(server, "DELETE", lock, { body: release })).status).toBe(204);
    expect((await take("c")).status).toBe(201);
  });

  test("and a TCP connection exclude each other", async () => {
    await using server = await startHere();
    const line = await LineClient.connect(server.doors.tcp);
    expect(await line.ask("g foo")).toBe("1 Lock Get Success: foo");
    expect(await api(server, "POST", lock)).toMatchObject({
      status: 409,
      body: { holders: [{ client: line.address }] },
    });
    await line.ask("r foo");
    const { body } = await api(server, "POST", lock, { body: { key: "K" } });
    expect(await line.ask("g foo")).toBe("0 Lock Get Failure: foo");
    expect(await line.ask("kg K - 0 foo")).toBe(`${body.fence} Lock Get Success: foo`);
  });

  test("names a slash and other characters by their encoding", async () => {
    await using server = await startHere();
    const { body } = await api(server, "POST", "/v1/locks/deploy%2F%E6%97%A5%20%25");
    expect(body.name).toBe("deploy/日 %");
    const line = await LineClient.connect(server.doors.tcp);
    const bytes = Buffer.from("deploy/日 %").toString("latin1");
    expect(await line.ask(`i ${bytes}`)).toBe(`1 Lock Is Locked: ${bytes}`);
  });
});

describe("PATCH /v1/locks/{name}", () => {
  test("lets the TTL count from now", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    const { body: hold } = await api(server, "POST", lock, { body: { key: "K", ttl: 10 } });
    clock.advance(9_000);
    const renewed = await api(server, "PATCH", lock, { body: { key: "K", ttl: 10 } });
    expect(renewed).toMatchObject({
      status: 200,
      body: { ...hold, expires: "2026-01-02T03:04:24.678Z" },
    });
    clock.advance(9_000);
    expect((await api(server, "PATCH", lock, { body: { key: "K", ttl: 0 } })).body.expires).toBe(
      null,
    );
    clock.advance(1e9);
    expect((await api(server, "GET", lock)).status).toBe(200);
  });

  test("says that the hold is gone", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    await api(server, "POST", lock, { body: { key: "K", ttl: 1 } });
    clock.advance(1_000);
    for (const body of [
      { key: "K", ttl: 1 },
      { key: "L", ttl: 1 },
    ]) {
      const { status, body: problem } = await api(server, "PATCH", lock, { body });
      expect([status, problem.code]).toEqual([404, "not_held"]);
    }
  });
});

describe("DELETE /v1/locks/{name}", () => {
  test("releases, whatever the count", async () => {
    await using server = await startHere();
    const body = { key: "K", requestor: "R" };
    for (const _ of [1, 2]) await api(server, "POST", lock, { body });
    expect((await api(server, "DELETE", lock, { body: { key: "L" } })).status).toBe(404);
    expect((await api(server, "DELETE", lock, { body })).status).toBe(204);
    expect((await api(server, "DELETE", lock, { body })).status).toBe(404);
    expect((await api(server, "GET", lock)).status).toBe(404);
  });

  test("needs the requestor only where several hold under the key", async () => {
    await using server = await startHere();
    const { body: made } = await api(server, "POST", lock);
    const release = (body: unknown) => api(server, "DELETE", lock, { body });
    expect((await release({ key: made.key })).status).toBe(204);
    for (const requestor of ["R", "S"]) {
      await api(server, "POST", lock, { body: { key: "K", requestor } });
    }
    expect((await release({ key: "K" })).body).toMatchObject({ status: 400, member: "requestor" });
    expect((await release({ key: "K", requestor: "R" })).status).toBe(204);
    expect((await release({ key: "K" })).status).toBe(204);
  });
});

test("A limit of locks is told", async () => {
  await using server = await startHere({ limits: { locksMax: 1 } });
  expect((await api(server, "POST", lock)).status).toBe(201);
  const limit = { status: 503, body: { code: "limit_reached", limit: "locks" } };
  expect(await api(server, "POST", "/v1/locks/bar")).toMatchObject(limit);
  expect((await api(server, "POST", "/lock/bar")).status).toBe(503);
  expect((await api(server, "PUT", "/lock/bar", { body: { key: "K" } })).status).toBe(503);
});

describe("With credentials configured", () => {
  const authority = authorityOf(admin, locker, reader);

  test("roles and prefixes say who may lock", async () => {
    await using server = await startHere({}, { authority });
    const path = "/v1/locks/deploy%2Fapi";
    const post = (headers = {}) => api(server, "POST", path, { headers, body: { key: "K" } });
    const none = await post();
    expect([none.status, none.body.code]).toEqual([401, "unauthorized"]);
    expect(none.headers.get("www-authenticate")).toContain("Basic");
    expect((await post({ Authorization: "Bearer ci:wrong" })).status).toBe(401);
    expect((await post(as(reader))).body.code).toBe("forbidden");
    expect((await api(server, "POST", "/v1/locks/other", { headers: as(locker) })).status).toBe(
      403,
    );
    expect((await post(as(locker))).status).toBe(201);
    const body = { key: "K", ttl: 1 };
    for (const method of ["PATCH", "DELETE"]) {
      expect((await api(server, method, path, { body, headers: as(reader) })).status).toBe(403);
      expect((await api(server, method, path, { body })).status).toBe(401);
    }
    expect(
      (await api(server, "DELETE", path, { body: { key: "K" }, headers: as(locker) })).status,
    ).toBe(204);
  });

  test("a hold without a requestor is the credential's", async () => {
    await using server = await startHere({}, { authority });
    const { body } = await api(server, "POST", "/v1/locks/build", { headers: as(locker) });
    expect(body.requestor).toBe("ci");
  });

  test("only administrators take locks from others, and see keys", async () => {
    await using server = await startHere({}, { authority });
    const path = "/v1/locks/build";
    const body = { key: "secret", requestor: "R" };
    await api(server, "POST", path, { headers: as(locker), body });
    for (const credential of [locker, reader]) {
      const answer = await api(server, "POST", `${path}/free`, { headers: as(credential) });
      expect([answer.status, answer.body.code]).toEqual([403, "forbidden"]);
      expect((await api(server, "GET", path, { headers: as(credential) })).body.key).toBe(null);
    }
    expect((await api(server, "GET", path, { headers: as(admin) })).body.key).toBe("secret");
    const freed = await api(server, "POST", `${path}/free`, { headers: as(admin) });
    expect([freed.status, freed.body]).toEqual([200, { freed: 1 }]);
    expect((await api(server, "POST", `${path}/free`, { headers: as(admin) })).body.freed).toBe(0);
  });
});

test("Without credentials nobody is an administrator over HTTP", async () => {
  await using server = await startHere();
  await api(server, "POST", lock);
  const { status, body } = await api(server, "POST", `${lock}/free`);
  expect([status, body.code]).toEqual([403, "forbidden"]);
  expect((await api(server, "DELETE", "/v1/clients/1")).status).toBe(403);
});
