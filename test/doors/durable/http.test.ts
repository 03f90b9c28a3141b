/** HTTP requests whose answer has to wait for the disk. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { type Kept, startKept } from "./kept.ts";
import { api } from "../http/api.ts";

setDefaultTimeout(testMilliseconds);

type Step = readonly [method: string, path: string, body: object | undefined, status: number];

const key = { key: "k", requestor: "r" };
const v1 = "/v1/locks/v";

/** In this order each of them succeeds. */
const steps: readonly Step[] = [
  ["POST", "/lock/p", undefined, 200],
  ["DELETE", "/lock/p", undefined, 200],
  ["PUT", "/lock/k", key, 200],
  ["PUT", "/lock/k", key, 200],
  ["DELETE", "/lock/k", key, 200],
  ["POST", v1, { ...key, ttl: 60 }, 201],
  ["POST", v1, { ...key, ttl: 0, wait: 5 }, 201],
  ["PATCH", v1, { ...key, ttl: 90 }, 200],
  ["DELETE", v1, key, 204],
  ["POST", v1, { ...key, mode: "shared", ttl: 90 }, 201],
];

function request({ server }: Kept, [method, path, body]: Step): ReturnType<typeof api> {
  return api(server, method, path, body === undefined ? {} : { body });
}

describe("A request that changes what outlives it", () => {
  test("is answered once that is on disk, in every dialect", async () => {
    await using kept = await startKept();
    for (const step of steps) {
      let answered = false;
      const answer = request(kept, step).finally(() => (answered = true));
      await kept.asked();
      expect(answered).toBe(false);
      kept.store.commit();
      expect([...step.slice(0, 2), (await answer).status]).toEqual([step[0], step[1], step[3]]);
    }
    expect([...kept.store.disk.values()]).toMatchObject([{ mode: "shared", count: 1 }]);
  });

  test("is answered with 503 when it cannot be, in every dialect, and has changed nothing", async () => {
    await using kept = await startKept();
    for (const step of steps) {
      const before = await listed(kept);
      const failing = request(kept, step);
      await kept.asked();
      kept.store.fail("no room is left");
      const isRelease = step[0] === "DELETE";
      for (const answer of [await failing, await request(kept, step)]) {
        expect(JSON.stringify([step, answer.body])).toContain("no room is left");
        expect(answer.status).toBe(503);
        expect(answer.headers.get("retry-after")).toBe("1");
        // What could not be promised to be gone is gone all the same.
        if (isRelease) break;
      }
      if (!isRelease) expect(await listed(kept)).toEqual(before);
      kept.store.commit();
      if (isRelease) continue;
      const again = request(kept, step);
      await kept.asked();
      kept.store.commit();
      expect([step, (await again).status]).toEqual([step, step[3]]);
    }
  });

  test("tells the hold as it was granted, whatever becomes of it before it is on disk", async () => {
    await using kept = await startKept();
    const first = request(kept, ["POST", v1, { ...key, ttl: 0 }, 201]);
    await kept.asked();
    const released = request(kept, ["DELETE", v1, key, 204]);
    await kept.asked(2);
    kept.store.commit();
    expect([(await first).body.count, (await released).status]).toEqual([1, 204]);
  });

  test("may have stood in line, and is not given up any more when it is granted", async () => {
    await using kept = await startKept();
    kept.store.byItself = true;
    await request(kept, ["POST", v1, { ...key, ttl: 0 }, 201]);
    const leaving = new AbortController();
    const body = { key: "other", ttl: 0, wait: 60 };
    const { signal } = leaving;
    const headers = { "Idempotency-Key": "lost" };
    const waits = api(kept.server, "POST", v1, { body, headers, signal }).catch(
      () => "hung up" as const,
    );
    await eventually(
      "it stands in line",
      () => api(kept.server, "GET", v1),
      (answer) => answer.body.waiters === 1,
    );
    kept.store.byItself = false;
    const released = request(kept, ["DELETE", v1, key, 204]);
    await kept.asked();
    leaving.abort();
    expect(await waits).toBe("hung up");
    kept.store.commit();
    expect((await released).status).toBe(204);
    expect([...kept.store.disk.values()]).toMatchObject([{ key: "other" }]);
    kept.store.byItself = true;
    const again = await api(kept.server, "POST", v1, { body, headers });
    expect([again.status, again.body.count]).toEqual([201, 1]);
  });

  test("is done once, however often its Idempotency-Key comes before it is on disk", async () => {
    await using kept = await startKept();
    const ask = (): ReturnType<typeof api> =>
      api(kept.server, "POST", v1, { body: { ttl: 0 }, headers: { "Idempotency-Key": "one" } });
    const first = ask();
    await kept.asked();
    const second = ask();
    const refused = await api(kept.server, "POST", v1, { body: {} });
    expect(refused.status).toBe(409);
    kept.store.commit();
    const [a, b] = [await first, await second];
    expect([a.status, b.status, a.body]).toEqual([201, 201, b.body]);
    expect(kept.store.disk.size).toBe(1);
  });

  test("promises that nothing is held only when the release of somebody else is on disk", async () => {
    await using kept = await startKept();
    kept.store.byItself = true;
    await request(kept, ["PUT", "/lock/k", key, 200]);
    kept.store.byItself = false;
    const releases = [0, 1].map(() => request(kept, ["DELETE", "/lock/k", key, 200]));
    await kept.asked(2);
    kept.store.fail("broken");
    for (const answer of await Promise.all(releases)) expect(answer.status).toBe(503);
  });
});

test("A server whose store cannot be written is not ready, and is again by itself", async () => {
  await using kept = await startKept();
  const readiness = async (): Promise<number> => (await api(kept.server, "GET", "/readyz")).status;
  expect(await readiness()).toBe(200);
  kept.store.fail("read-only");
  expect(await readiness()).toBe(503);
  expect((await api(kept.server, "GET", "/healthz")).status).toBe(200);
  kept.store.commit();
  expect(await readiness()).toBe(200);
});

async function listed(kept: Kept): Promise<unknown> {
  const { body } = await api(kept.server, "GET", "/v1/locks");
  return body.locks.map(
    ({ name, mode, holders }: { name: string; mode: string; holders: object[] }) => ({
      name,
      mode,
      holders,
    }),
  );
}
