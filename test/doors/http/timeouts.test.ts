/** Requests that never finish. */
import { describe, expect, test } from "bun:test";
import { requestSeconds } from "../../../src/limits.ts";
import { FakeClock } from "../../clock.ts";
import { HttpClient } from "../../peers/http-client.ts";
import { startHere } from "../../server-in-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { api } from "./api.ts";

describe("A request", () => {
  test("whose body does not come in time is answered and ends its connection", async () => {
    const clock = new FakeClock();
    await using server = await startHere({}, { clock });
    const client = await HttpClient.connect(server.doors.web);
    client.write(
      'PUT /lock/foo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{"key":"K"}',
    );
    const slow = await HttpClient.connect(server.doors.web);
    slow.write("DELETE /v1/locks/foo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20\r\n\r\n{");
    // Both are being read once what was sent later is answered.
    await api(server, "GET", "/healthz");
    clock.advance(requestSeconds * 1_000);
    expect(await client.take()).toMatchObject({ status: 408, headers: { connection: "close" } });
    expect(JSON.parse((await slow.take())?.body ?? "")).toMatchObject({ code: "request_timeout" });
    await client.socket.whenEnded();
    expect((await api(server, "GET", "/lock/foo")).status).toBe(404);
  });

  test(
    "whose head does not come in time ends its connection; one that waits does not",
    async () => {
      await using server = await startHere();
      const { body: hold } = await api(server, "POST", "/v1/locks/foo", { body: { ttl: 0 } });
      const waiting = api(server, "POST", "/v1/locks/foo", { body: { wait: 600, ttl: 0 } });
      const client = await HttpClient.connect(server.doors.web);
      client.write("POST /lock/bar HTTP/1.1\r\nHost: ");
      await client.socket.whenEnded();
      await api(server, "DELETE", "/v1/locks/foo", { body: { key: hold.key } });
      expect((await waiting).status).toBe(201);
    },
    testMilliseconds,
  );
});
