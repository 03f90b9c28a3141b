/** A server that was asked to stop and waits for its holders: what it refuses, and until when. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { FakeClock } from "../clock.ts";
import { api } from "../doors/http/api.ts";
import { LineClient } from "../peers/line-client.ts";
import { WebClient } from "../peers/web-client.ts";
import { startHere } from "../server-in-process.ts";
import { testMilliseconds, turn, within } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

/** A server that drains for as long as its first client holds `held`. */
async function draining(seconds = 600) {
  const server = await startHere();
  const holder = await LineClient.connect(server.doors.tcp);
  await holder.ask("g held");
  return {
    server,
    holder,
    begin: () => server.drain(seconds),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

/** Who holds `held`, and somebody else. */
interface Scene {
  readonly holder: LineClient;
  readonly other: LineClient;
}

/** Whether it is over by now; whatever is due has been done. */
async function isOver(drained: Promise<number>): Promise<boolean> {
  for (let turns = 0; turns < 5; turns++) await turn();
  return Promise.race([drained.then(() => true), turn().then(() => false)]);
}

describe("A server that drains", () => {
  test("refuses newcomers with words, over every door", async () => {
    await using scene = await draining();
    void scene.begin();
    const { tcp, unix, web } = scene.server.doors;
    for (const place of [tcp, unix]) {
      const newcomer = await LineClient.connect(place);
      expect(await newcomer.take(1)).toEqual(["0 Unavailable: shutting down"]);
      await newcomer.socket.whenEnded();
    }
    const newcomer = await WebClient.connect(web);
    expect((await newcomer.take()).text).toBe("0 Unavailable: shutting down\n");
    await newcomer.socket.whenEnded();
  });

  test("refuses whatever would take a lock, and does all else", async () => {
    await using scene = await draining();
    const { holder, server } = scene;
    const other = await LineClient.connect(server.doors.unix);
    await other.ask("kg key 600 0 detached");
    await holder.ask("sg shared");
    void scene.begin();
    for (const taking of ["g a", "gw 5 a", "sg shared", "sgw 0 5 a", "kg k 60 0 a", "@t g a"]) {
      const reply = await other.ask(taking);
      expect([taking, reply.replace("@t ", "")]).toEqual([taking, "0 Unavailable: shutting down"]);
    }
    expect(await other.ask("i held")).toBe("1 Lock Is Locked: held");
    expect(await other.ask("si shared")).toBe("1 Shared Lock Is Locked: shared");
    expect(await other.ask("kt key 60 detached")).toBe("1 Lock Renew Success: detached");
    expect(await other.ask("kr key detached")).toBe("1 Lock Release Success: detached");
    expect(await other.ask("iam me")).toBe("1 ok");
    expect(await other.ask("free held")).toBe("1 Lock Freed: held");
    expect(await holder.ask("sr shared")).toBe("1 Shared Lock Release Success: shared");
  });

  test("refuses those who wait, and goes on with what they have sent behind", async () => {
    await using scene = await draining();
    const waiter = await LineClient.connect(scene.server.doors.tcp);
    waiter.command("@t gw 600 held", "gw 600 held", "g other", "ping");
    while (!(await scene.holder.ask("ls held")).includes('"waiters":2'));
    void scene.begin();
    expect((await waiter.take(4)).toSorted()).toEqual([
      "0 Lock Get Failure: held",
      "0 Unavailable: shutting down",
      "1 pong",
      "@t 0 Lock Get Failure: held",
    ]);
  });

  test("tells those who asked for it how long they have", async () => {
    await using scene = await draining(600);
    const silent = await LineClient.connect(scene.server.doors.tcp);
    await silent.ask("me");
    expect(await scene.holder.ask("notify on")).toBe("1 ok");
    void scene.begin();
    expect(await scene.holder.take(1)).toEqual(["@! 0 Shutdown: 600"]);
    expect(await silent.ask("ping")).toBe("1 pong");
  });

  test("answers HTTP: 503 for new locks and readiness, and all else as before", async () => {
    await using scene = await draining();
    const { server } = scene;
    const asked = (method: string, path: string, body?: unknown) =>
      api(server, method, path, body === undefined ? {} : { body });
    const taken = await asked("POST", "/v1/locks/web", { key: "k" });
    await asked("POST", "/lock/plain");
    await asked("PUT", "/lock/keyed", { key: "k" });
    const waiting = asked("POST", "/v1/locks/held", { wait: 600 });
    const seen = await LineClient.connect(server.doors.unix);
    for (;;) if ((await seen.ask("ls held")).includes('"waiters":1')) break;
    void scene.begin();
    for (const refused of [
      await waiting,
      await asked("POST", "/v1/locks/new", { key: "k" }),
      await asked("POST", "/lock/new"),
      await asked("PUT", "/lock/new", { key: "k" }),
      await asked("GET", "/readyz"),
    ]) {
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([503, "1"]);
    }
    const statuses = [
      await asked("GET", "/healthz"),
      await asked("GET", "/v1/locks/web"),
      await asked("PATCH", "/v1/locks/web", { key: "k", ttl: 60 }),
      await asked("DELETE", "/v1/locks/web", { key: "k" }),
      await asked("DELETE", "/lock/plain"),
      await asked("DELETE", "/lock/keyed", { key: "k" }),
    ].map(({ status }) => status);
    expect([taken.status, statuses]).toEqual([201, [200, 200, 200, 204, 200, 200]]);
  });
});

describe("Draining is over", () => {
  test("at once when nobody holds anything that ends with its connection", async () => {
    await using server = await startHere();
    const client = await LineClient.connect(server.doors.tcp);
    await client.ask("g foo");
    await client.ask("r foo");
    await client.ask("kg key 600 0 foo");
    await client.ask("kg other 0 0 bar");
    expect(await within("the drain", server.drain(600))).toBe(0);
    expect(await client.ask("i foo")).toBe("1 Lock Is Locked: foo");
  });

  test.each([
    ["has released", ({ holder }: Scene) => holder.ask("r held")],
    ["has left", ({ holder }: Scene) => holder.socket.drop()],
    ["was freed of it", ({ other }: Scene) => other.ask("free held")],
  ])("when the last who held %s", async (_, ending) => {
    await using started = await draining();
    const { server, holder } = started;
    const other = await LineClient.connect(server.doors.unix);
    await other.ask("g more");
    await other.ask("sg more");
    await other.ask("kg key - 0 mine");
    const drained = started.begin();
    await other.ask("r more");
    await other.ask("sr more");
    expect(await isOver(drained)).toBe(false);
    await other.ask("kr key mine");
    expect(await isOver(drained)).toBe(false);
    await ending({ holder, other });
    expect(await within("the drain", drained)).toBe(0);
  });

  test("when time is, and tells how many still hold", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    const holders = [
      await LineClient.connect(server.doors.tcp),
      await LineClient.connect(server.doors.unix),
    ];
    for (const holder of holders) await holder.ask("sg foo");
    const idle = await LineClient.connect(server.doors.tcp);
    await idle.ask("me");
    const drained = server.drain(30);
    clock.advance(29_999);
    expect(await isOver(drained)).toBe(false);
    clock.advance(1);
    expect(await within("the drain", drained)).toBe(2);
    await server.stop();
    for (const holder of holders) await holder.socket.whenEnded();
  });
});
