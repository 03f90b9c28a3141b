/** Requests as bytes: cut, strange, or none at all. Nothing has changed by what is refused. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { HttpClient } from "../../peers/http-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { api } from "./api.ts";

let server: ServerHere;
beforeAll(async () => {
  server = await startHere();
});
afterAll(() => server[Symbol.asyncDispose]());

/** Nothing is held, and the server goes on. */
async function expectNothing(): Promise<void> {
  const { status, body } = await api(server, "GET", "/v1/locks");
  expect([status, body.locks]).toEqual([200, []]);
}

describe("On the wire", () => {
  const host = "Host: localhost\r\n";

  test.each([
    ["garbage", "\x16\x03\x01\x02\x00\r\n\r\n"],
    ["no version", "POST /lock/foo\r\n\r\n"],
    ["another version", `POST /lock/foo HTTP/3.0\r\n${host}\r\n`],
    ["no host", "POST /lock/foo HTTP/1.1\r\n\r\n"],
    [
      "two lengths",
      `POST /lock/foo HTTP/1.1\r\n${host}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    ],
    ["a negative length", `POST /lock/foo HTTP/1.1\r\n${host}Content-Length: -1\r\n\r\n`],
    ["a length that is none", `POST /lock/foo HTTP/1.1\r\n${host}Content-Length: x\r\n\r\n`],
    [
      "a length and chunks",
      `POST /lock/foo HTTP/1.1\r\n${host}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    [
      "a chunk without a length",
      `PUT /lock/foo HTTP/1.1\r\n${host}Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n`,
    ],
    ["a long header", `POST /lock/foo HTTP/1.1\r\n${host}X: ${"x".repeat(100_000)}\r\n\r\n`],
    ["a long address", `POST /lock/${"x".repeat(100_000)} HTTP/1.1\r\n${host}\r\n`],
  ])("%s is refused, and ends the connection", async (_, text) => {
    const client = await HttpClient.connect(server.doors.web);
    client.write(text);
    const answer = await client.take();
    expect(
      answer === null || (answer.status >= 400 && answer.status < 500) || answer.status === 505,
    ).toBe(true);
    await client.socket.whenEnded();
    await expectNothing();
  });

  test.each([
    ["/lock/evil?", "a slash"],
    ["x#y", "a hash"],
    ["a@b", "a user"],
    ["", "nothing"],
  ])("a host with %j changes no address", async (strange) => {
    const client = await HttpClient.connect(server.doors.web);
    const { status } = await client.ask("POST", "/lock/bar", undefined, { Host: strange });
    expect(status).toBe(200);
    expect((await client.ask("DELETE", "/lock/bar")).status).toBe(200);
    await expectNothing();
  });

  test.each([
    ["no key", {}, 400],
    [
      "an older version",
      { "Sec-WebSocket-Key": "x3JJHMbDL1EzLkh9GBhXDw==", "Sec-WebSocket-Version": "8" },
      426,
    ],
  ])("a WebSocket's handshake with %s is refused", async (_, headers, status) => {
    const client = await HttpClient.connect(server.doors.web);
    const upgrade = { Upgrade: "websocket", Connection: "Upgrade", ...headers };
    expect((await client.ask("GET", "/", undefined, upgrade))?.status).toBe(status);
  });

  test.each([
    ["a name behind dots", "POST", "/v1/locks/a/../../../lock/bar"],
    ["encoded dots", "POST", "/v1/locks/%2e%2e/%2e%2e/lock/bar"],
  ])("%s lead where every client would go", async (_, method, path) => {
    const client = await HttpClient.connect(server.doors.web);
    expect((await client.ask(method, path)).status).toBe(200);
    expect((await client.ask("DELETE", "/lock/bar")).status).toBe(200);
    await expectNothing();
  });

  test("a body that does not come whole does nothing", async () => {
    for (const end of ["halfClose", "drop", "reset"] as const) {
      const client = await HttpClient.connect(server.doors.web);
      client.write(`PUT /lock/foo HTTP/1.1\r\n${host}Content-Length: 100\r\n\r\n{"key":"K"}`);
      client.socket[end]();
      if (end === "halfClose") await client.socket.whenEnded();
      await expectNothing();
    }
  });

  test("a request byte by byte is a request", async () => {
    const client = await HttpClient.connect(server.doors.web);
    for (const byte of `PUT /lock/foo HTTP/1.1\r\n${host}Content-Length: 11\r\n\r\n{"key":"K"}`) {
      client.write(byte);
      await api(server, "GET", "/healthz");
    }
    expect((await client.take())?.status).toBe(200);
    expect((await client.ask("DELETE", "/lock/foo", '{"key":"K"}')).status).toBe(200);
    await expectNothing();
  });

  test(
    "pipelined requests are answered in order",
    async () => {
      const client = await HttpClient.connect(server.doors.web);
      const rounds = 50;
      for (let round = 0; round < rounds; round += 1) {
        client.send("POST", "/lock/foo");
        client.send("POST", "/lock/foo");
        client.send("DELETE", "/lock/foo");
      }
      for (let round = 0; round < rounds; round += 1) {
        for (const status of [200, 409, 200]) expect((await client.take())?.status).toBe(status);
      }
      await expectNothing();
    },
    testMilliseconds,
  );

  test("what is pipelined behind a wait ends the connection and the wait with it", async () => {
    const { body } = await api(server, "POST", "/v1/locks/foo", { body: { ttl: 0 } });
    const client = await HttpClient.connect(server.doors.web);
    client.send("POST", "/v1/locks/foo", '{"wait":3600,"ttl":0}');
    client.send("POST", "/lock/bar");
    expect(await client.take()).toBe(null);
    expect((await api(server, "GET", "/v1/locks/foo")).body.waiters).toBe(0);
    expect((await api(server, "GET", "/lock/bar")).status).toBe(404);
    await api(server, "DELETE", "/v1/locks/foo", { body: { key: body.key } });
    await expectNothing();
  });
});
