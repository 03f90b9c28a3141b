/** Server-sent events: what happens, in order, and where a reader comes back. */
import { describe, expect, test } from "bun:test";
import { eventsKeptMax, eventsLingerSeconds } from "../../../src/limits.ts";
import { FakeClock } from "../../clock.ts";
import { HttpClient } from "../../peers/http-client.ts";
import { ByteSocket } from "../../peers/byte-socket.ts";
import { LineClient } from "../../peers/line-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { addressOf, admin, api, as, authorityOf } from "./api.ts";
import { EventReader } from "./event-reader.ts";

function open(server: ServerHere, headers: Record<string, string> = {}): Promise<EventReader> {
  return EventReader.open(addressOf(server, "/v1/events"), headers);
}

const time = "2026-01-02T03:04:05.678Z";

describe("GET /v1/events", () => {
  test("tells every kind of event, with lock, client, fence and time", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock, authority: authorityOf(admin) });
    const reader = await open(server, as(admin));
    const line = await LineClient.connect(server.doors.unix);
    const other = await LineClient.connect(server.doors.unix);
    for (const client of [line, other]) expect(await client.ask("auth ops:ops")).toBe("1 ok");
    await other.ask("iam worker");
    await line.ask("g foo");
    other.command("@1 gw - foo", "@2 gw 5 foo", "@3 gw - foo");
    await other.ask("ping");
    await other.ask("x @3").catch(() => "");
    await other.ask("@x x 3");
    clock.advance(5_000);
    await line.ask("r foo");
    await line.ask("sg foo");
    await api(server, "POST", "/v1/locks/bar", {
      headers: as(admin),
      body: { key: "secret", ttl: 1 },
    });
    clock.advance(1_000);
    await line.ask("free foo");
    other.socket.reset();
    line.socket.reset();
    const events = await reader.take(11);
    const told = events.map(({ type, data }) => [
      type,
      data.lock,
      data.mode,
      data.client,
      data.name,
    ]);
    expect(told).toEqual([
      ["granted", "foo", "exclusive", "unix:1", null],
      ["waiting", "foo", "exclusive", "unix:2", "worker"],
      ["waiting", "foo", "exclusive", "unix:2", "worker"],
      ["waiting", "foo", "exclusive", "unix:2", "worker"],
      ["cancelled", "foo", "exclusive", "unix:2", "worker"],
      ["cancelled", "foo", "exclusive", "unix:2", "worker"],
      ["released", "foo", "exclusive", "unix:1", null],
      ["granted", "foo", "exclusive", "unix:2", "worker"],
      ["granted", "foo", "shared", "unix:1", null],
      ["granted", "bar", "exclusive", expect.stringMatching(/^127\.0\.0\.1:\d+$/), "ops"],
      ["expired", "bar", "exclusive", null, null],
    ]);
    const rest = await reader.take(2);
    expect(rest.map(({ type, data }) => [type, data.mode])).toEqual([
      ["freed", "exclusive"],
      ["orphaned", "shared"],
    ]);
    const fences = events.map(({ data }) => data.fence);
    expect([typeof fences[0], fences[6], fences[1]]).toEqual(["number", fences[0], null]);
    expect(events[0]?.data.time).toBe(time);
    expect(JSON.stringify(events)).not.toContain("secret");
    reader.leave();
  });

  test("is a stream that proxies and browsers know", async () => {
    await using server = await startHere();
    const client = await HttpClient.connect(server.doors.web);
    client.send("GET", "/v1/events");
    const answer = await client.take();
    expect(answer?.headers).toMatchObject({
      "content-type": "text/event-stream",
      "cache-control": "no-store",
      "transfer-encoding": "chunked",
    });
    client.socket.reset();
    const head = await fetch(addressOf(server, "/v1/events"), { method: "HEAD" });
    expect(head.headers.get("content-type")).toBe("text/event-stream");
    await eventually(
      "nobody reads any more",
      () => api(server, "GET", "/v1/clients"),
      ({ body }) => body.clients.length === 0,
    );
  });

  test("goes on behind Last-Event-ID, without gap or repetition", async () => {
    await using server = await startHere();
    const line = await LineClient.connect(server.doors.tcp);
    const reader = await open(server);
    await line.ask("g 1");
    await line.ask("g 2");
    const [first, second] = await reader.take(2);
    reader.leave();
    await eventually(
      "the reader has left",
      () => api(server, "GET", "/v1/clients"),
      ({ body }) => body.clients.length === 1,
    );
    await line.ask("g 3");
    const again = await open(server, { "Last-Event-ID": first!.id });
    await line.ask("g 4");
    const events = await again.take(3);
    expect(events.map(({ data }) => data.lock)).toEqual(["2", "3", "4"]);
    expect(events[0]?.id).toBe(second!.id);
    again.leave();
  });

  test("says so when what is asked for is not kept any more", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    const line = await LineClient.connect(server.doors.tcp);
    const reader = await open(server);
    await line.ask("g 1");
    const [{ id } = { id: "" }] = await reader.take(1);
    reader.leave();
    await eventually(
      "the reader has left",
      () => api(server, "GET", "/v1/clients"),
      ({ body }) => body.clients.length === 1,
    );
    clock.advance(eventsLingerSeconds * 1000);
    for (const last of [id, "nonsense", `${id.split("-")[0]}-999999`]) {
      const late = await open(server, { "Last-Event-ID": last });
      await line.ask("r 1");
      await line.ask("g 1");
      const events = await late.take(3);
      expect(events.map(({ type }) => type)).toEqual(["missed", "released", "granted"]);
      late.leave();
    }
  });

  test(
    "lets a reader go that is too slow, and tells it; others read on",
    async () => {
      await using server = await startHere();
      let received = "";
      const slow = await ByteSocket.connect(server.doors.web, (bytes) => {
        received += Buffer.from(bytes).toString("latin1");
      });
      slow.write(Buffer.from("GET /v1/events HTTP/1.1\r\nHost: localhost\r\n\r\n"));
      await slow.changes.until("the stream", () => received.includes("retry:") || undefined);
      slow.readMore(false);
      const fast = await open(server);
      const line = await LineClient.connect(server.doors.tcp);
      const name = "n".repeat(1_000);
      const batch = 500;
      let seen = 0;
      let left = false;
      for (let sent = 0; sent < 20 * eventsKeptMax && !left; sent += batch) {
        line.command(...Array.from({ length: batch }, (_, n) => `${n % 2 ? "r" : "g"} ${name}`));
        await line.take(batch);
        seen += (await fast.take(batch)).length;
        expect(seen).toBe(sent + batch);
        const { body } = await api(server, "GET", "/v1/clients");
        left = body.clients.length === 2;
      }
      expect(left).toBe(true);
      expect(fast.ended).toBe(false);
      fast.leave();
      // What it finds when it reads at last: events in order, then the marker, then the end.
      slow.readMore(true);
      const ending = "event: missed";
      await slow.changes.until("the end", () => received.includes("\r\n0\r\n") || undefined);
      const numbers = [...received.matchAll(/^id: \w+-(\d+)$/gm)].map(([, id]) => Number(id));
      expect(numbers).toEqual(numbers.map((_, index) => index + 1));
      expect(numbers.length).toBeGreaterThan(0);
      expect(received.lastIndexOf("id:")).toBeLessThan(received.indexOf(ending));
    },
    testMilliseconds,
  );

  test("ends when the server stops", async () => {
    const server = await startHere();
    const reader = await open(server);
    await server[Symbol.asyncDispose]();
    await reader.changes.until("the end", () => reader.ended || undefined);
  });
});
