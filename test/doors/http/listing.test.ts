/** What `/v1` shows: locks page by page, one with its line, connections, counters. */
import { describe, expect, test } from "bun:test";
import { FakeClock } from "../../clock.ts";
import { LineClient } from "../../peers/line-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { admin, api, as, authorityOf, reader } from "./api.ts";

/** The names of all pages. */
async function allPages(server: ServerHere, query: string): Promise<string[][]> {
  const pages: string[][] = [];
  let after = "";
  for (;;) {
    const { status, body } = await api(server, "GET", `/v1/locks?${query}${after}`);
    expect(status).toBe(200);
    pages.push(
      body.locks.map((lock: { name: string; mode: string }) => `${lock.mode[0]} ${lock.name}`),
    );
    if (body.next === null) return pages;
    after = `&after=${body.next}`;
  }
}

describe("GET /v1/locks", () => {
  test("lists page by page, exclusive ones first, each sorted by bytes", async () => {
    await using server = await startHere();
    const line = await LineClient.connect(server.doors.tcp);
    for (const name of ["b", "a", "ab", "Z", "日", "\uFEFFb"]) {
      await line.ask(`g ${Buffer.from(name).toString("latin1")}`);
    }
    for (const name of ["a", "c"]) await line.ask(`sg ${name}`);
    const whole = ["e Z", "e a", "e ab", "e b", "e 日", "e \uFEFFb", "s a", "s c"];
    expect(await allPages(server, "")).toEqual([whole]);
    expect(await allPages(server, "limit=3")).toEqual([
      whole.slice(0, 3),
      whole.slice(3, 6),
      whole.slice(6),
    ]);
    expect((await allPages(server, "limit=1")).flat()).toEqual(whole);
    expect(await allPages(server, "prefix=a")).toEqual([["e a", "e ab", "s a"]]);
    expect(await allPages(server, "mode=shared&limit=1")).toEqual([["s a"], ["s c"]]);
    expect(await allPages(server, "prefix=%E6%97&limit=5").catch(() => "refused")).toBe("refused");
  });

  test("shows the objects of ls", async () => {
    await using server = await startHere({}, { clock: new FakeClock() });
    const line = await LineClient.connect(server.doors.tcp);
    for (const command of ["iam worker", "g a", "kg K 60 0 b", "sg c"]) await line.ask(command);
    const { body } = await api(server, "GET", "/v1/locks");
    const lines = (await line.ask("@l ls")).startsWith("@l 3 lines") ? await line.take(3) : [];
    expect(body.locks).toEqual(lines.map((text) => JSON.parse(text)));
    expect(body.locks).toMatchObject([
      { name: "a", key: null, holders: [{ client: line.address, name: "worker" }] },
      { name: "b", key: null, holders: [{ client: null, expires: "2026-01-02T03:05:05.678Z" }] },
      { name: "c", mode: "shared" },
    ]);
  });

  test("goes on where it was, whatever was changed meanwhile", async () => {
    await using server = await startHere();
    const line = await LineClient.connect(server.doors.tcp);
    for (const name of ["a", "c", "e"]) await line.ask(`g ${name}`);
    const first = await api(server, "GET", "/v1/locks?limit=2");
    for (const command of ["r c", "g b", "g d"]) await line.ask(command);
    const rest = await api(server, "GET", `/v1/locks?limit=2&after=${first.body.next}`);
    expect(rest.body.locks.map(({ name }: { name: string }) => name)).toEqual(["d", "e"]);
    expect(rest.body.next).toBe(null);
  });

  test.each([
    ["limit=0", "limit"],
    ["limit=1001", "limit"],
    ["limit=x", "limit"],
    ["limit=1&limit=2", "limit"],
    ["mode=both", "mode"],
    ["after=%20", "after"],
    ["after=AAAA", "after"],
    ["page=2", "page"],
    ["prefix=%zz", "%zz"],
    ["prefix=%ff", "%ff"],
    ["constructor=1", "constructor"],
  ])("refuses ?%s", async (query, parameter) => {
    await using server = await startHere();
    const { status, body } = await api(server, "GET", `/v1/locks?${query}`);
    expect([status, body.code, body.parameter]).toEqual([400, "invalid_query", parameter]);
  });

  test(
    "cuts pages that grow too long, and lists a hundred thousand while others are served",
    async () => {
      await using server = await startHere();
      const line = await LineClient.connect(server.doors.tcp);
      const count = 100_000;
      for (let from = 0; from < 3_000; from += 500) {
        line.command(...Array.from({ length: 500 }, (_, number) => `g ${longName(from + number)}`));
        await line.take(500);
      }
      const pages = await allPages(server, "limit=1000");
      expect(pages.length).toBeGreaterThan(3);
      expect(pages.flat()).toEqual(Array.from({ length: 3_000 }, (_, n) => `e ${longName(n)}`));
      line.command(...Array.from({ length: count }, (_, number) => `g ${number}`));
      await line.take(count);
      const [page, pong] = await Promise.all([
        api(server, "GET", "/v1/locks?limit=10"),
        line.ask("ping"),
      ]);
      expect([page.body.locks.length, pong]).toEqual([10, "1 pong"]);
    },
    testMilliseconds,
  );

  test("is turned off with -dump=false", async () => {
    await using server = await startHere({ dump: false });
    for (const path of ["/v1/locks", "/v1/locks/foo", "/v1/clients", "/v1/events"]) {
      const { status, body } = await api(server, "GET", path);
      expect([path, status, body.code]).toEqual([path, 403, "disabled"]);
    }
  });
});

describe("GET /v1/locks/{name}", () => {
  test("shows those who stand in line, in order", async () => {
    await using server = await startHere({}, { clock: new FakeClock() });
    const [holder, first, second] = await Promise.all(
      [1, 2, 3].map(() => LineClient.connect(server.doors.tcp)),
    );
    for (const command of ["g foo", "sg foo"]) await holder!.ask(command);
    first!.command("iam worker", "@1 gw - foo", "ping");
    await first!.take(2);
    second!.command("@1 kg secret - - foo", "ping");
    await second!.take(1);
    const { body } = await api(server, "GET", "/v1/locks/foo");
    const since = "2026-01-02T03:04:05.678Z";
    expect(body).toEqual({
      name: "foo",
      mode: "exclusive",
      key: null,
      waiters: 2,
      holders: [
        {
          client: holder!.address,
          name: null,
          count: 1,
          fence: expect.any(Number),
          since,
          expires: null,
        },
      ],
      queue: [
        { client: first!.address, name: "worker", since },
        { client: second!.address, name: null, since },
      ],
    });
    const shared = await api(server, "GET", "/v1/locks/foo?mode=shared");
    expect(shared.body).toMatchObject({ mode: "shared", waiters: 0, queue: [] });
    expect((await api(server, "GET", "/v1/locks/bar")).status).toBe(404);
  });
});

describe("GET /v1/clients", () => {
  test("lists connections with what they hold and wait for, page by page", async () => {
    await using server = await startHere({}, { clock: new FakeClock() });
    const line = await LineClient.connect(server.doors.tcp);
    for (const command of ["iam worker", "g a", "g b", "sg a"]) await line.ask(command);
    const other = await LineClient.connect(server.doors.tcp);
    other.command("@1 gw - a", "@2 gw - b", "ping");
    await other.take(1);
    const waiting = api(server, "POST", "/v1/locks/a", { body: { wait: 60 } });
    const { body } = await eventually(
      "three are here",
      () => api(server, "GET", "/v1/clients"),
      (answer) => answer.body.clients.length === 3,
    );
    const since = "2026-01-02T03:04:05.678Z";
    expect(body).toEqual({
      clients: [
        { id: 1, address: line.address, name: "worker", since, holds: 3, waits: 0 },
        { id: 2, address: other.address, name: null, since, holds: 0, waits: 2 },
        { id: 3, address: expect.any(String), name: null, since, holds: 0, waits: 1 },
      ],
      next: null,
    });
    const page = await api(server, "GET", "/v1/clients?limit=2");
    expect([page.body.clients.length, page.body.next]).toEqual([2, "2"]);
    const rest = await api(server, "GET", "/v1/clients?limit=2&after=2");
    expect([rest.body.clients.length, rest.body.next]).toEqual([1, null]);
    line.socket.reset();
    other.socket.reset();
    expect((await waiting).status).toBe(201);
  });

  test("ends one for an administrator, and with it what it holds", async () => {
    await using server = await startHere({}, { authority: authorityOf(admin, reader) });
    const line = await LineClient.connect(server.doors.unix);
    await line.ask("g foo");
    const { body } = await api(server, "GET", "/v1/clients", { headers: as(reader) });
    const path = `/v1/clients/${body.clients[0].id}`;
    expect((await api(server, "DELETE", path, { headers: as(reader) })).status).toBe(403);
    expect((await api(server, "DELETE", path, { headers: as(admin) })).status).toBe(204);
    await line.socket.whenEnded();
    expect((await api(server, "GET", "/v1/locks/foo", { headers: as(admin) })).status).toBe(404);
    const again = await api(server, "DELETE", path, { headers: as(admin) });
    expect([again.status, again.body.code]).toEqual([404, "client_not_found"]);
  });
});

describe("GET /v1/stats", () => {
  test("tells the counters of q, and which server it is", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    const line = await LineClient.connect(server.doors.tcp);
    await line.ask("g foo");
    clock.advance(1_500);
    const { body } = await api(server, "GET", "/v1/stats");
    expect(body).toMatchObject({
      version: expect.stringMatching(/^\d+\.\d+\.\d+/),
      engine: "local",
      started: "2026-01-02T03:04:05.678Z",
      uptime: 1.5,
      counters: { command_g: 1, connections: 1, locks: 1 },
    });
    const told = await line.statistics();
    expect({ ...body.counters, command_q: 1 }).toEqual(told);
  });
});

test("/healthz and /readyz are open to everybody", async () => {
  await using server = await startHere({}, { authority: authorityOf(admin) });
  expect((await api(server, "GET", "/healthz")).body).toEqual({ status: "ok" });
  expect((await api(server, "GET", "/readyz")).body).toEqual({ status: "ready" });
  for (const path of ["/v1/stats", "/v1/locks", "/v1/clients", "/v1/events", "/metrics"]) {
    expect([path, (await api(server, "GET", path)).status]).toEqual([path, 401]);
  }
});

test("/ tells what is here", async () => {
  await using server = await startHere();
  const { status, body } = await api(server, "GET", "/");
  expect(status).toBe(200);
  for (const path of ["/v1/locks", "/metrics", "/healthz", "WebSocket"])
    expect(body).toContain(path);
});

/** A thousand of them fill a page. */
function longName(number: number): string {
  return `${String(number).padStart(6, "0")}${"n".repeat(900)}`;
}
