/** What is wrong with a request is said with a clear 4xx, and nothing has changed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { bodyBytesMax } from "../../../src/limits.ts";
import { HttpClient } from "../../peers/http-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";
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

const key = JSON.stringify("K");

describe("A body", () => {
  const bodies: readonly (readonly [string, string, string, string?])[] = [
    ["no JSON", "{", "malformed_body"],
    ["JSON and more", "{} {}", "malformed_body"],
    ["an array", "[]", "malformed_body"],
    ["a number", "1", "malformed_body"],
    ["null", "null", "malformed_body"],
    ["with a trailing comma", `{"key":${key},}`, "malformed_body"],
    ["with a comment", `{"key":${key}/**/}`, "malformed_body"],
    ["nested too deeply", `{"key":${"[".repeat(17)}${"]".repeat(17)}}`, "malformed_body"],
    ["nested very deeply", "[".repeat(32_000) + "]".repeat(32_000), "malformed_body"],
    ["that says a member twice", `{"key":${key},"key":${key}}`, "invalid_member", "key"],
    [
      "that says a member twice, spelled otherwise",
      `{"key":${key},"\\u006bey":${key}}`,
      "invalid_member",
      "key",
    ],
    ["with an unknown member", `{"key":${key},"ttll":1}`, "invalid_member", "ttll"],
    ["with a member that all objects have", '{"constructor":1}', "invalid_member", "constructor"],
    ["with __proto__", '{"__proto__":{"key":"K"}}', "invalid_member", "__proto__"],
    ["with a key that is a number", '{"key":1}', "invalid_member", "key"],
    ["with a key that is null", '{"key":null}', "invalid_member", "key"],
    ["with an empty key", '{"key":""}', "invalid_member", "key"],
    ["with a key of two words", '{"key":"a b"}', "invalid_member", "key"],
    ["with a key with NUL", '{"key":"a\\u0000"}', "invalid_member", "key"],
    ["with half a character", '{"key":"\\ud800"}', "invalid_member", "key"],
    ["with a long key", `{"key":"${"k".repeat(129)}"}`, "invalid_member", "key"],
    ["with a key of many bytes", `{"key":"${"é".repeat(65)}"}`, "invalid_member", "key"],
    ["with a long requestor", `{"requestor":"${"r".repeat(1025)}"}`, "invalid_member", "requestor"],
    ["with a line end in the requestor", '{"requestor":"a\\nb"}', "invalid_member", "requestor"],
    ["with an unknown mode", '{"mode":"both"}', "invalid_member", "mode"],
    ["with a negative ttl", '{"ttl":-1}', "invalid_member", "ttl"],
    ["with a ttl above 30 days", '{"ttl":2592001}', "invalid_member", "ttl"],
    ["with an endless ttl", '{"ttl":1e999}', "invalid_member", "ttl"],
    ["with a ttl that is text", '{"ttl":"60"}', "invalid_member", "ttl"],
    ["with a wait above an hour", '{"wait":3601}', "invalid_member", "wait"],
    ["with a negative wait", '{"wait":-0.1}', "invalid_member", "wait"],
    ["with a limit that is not whole", '{"mode":"shared","limit":1.5}', "invalid_member", "limit"],
    ["with a limit for an exclusive lock", '{"limit":1}', "invalid_member", "limit"],
    ["with nobody's key for a shared lock", '{"mode":"shared","key":"-"}', "invalid_member", "key"],
  ];

  test.each(bodies.map(([what, ...rest]) => [what, rest] as const))(
    "%s is refused",
    async (_, rest) => {
      const [body, code, member] = rest;
      const answer = await api(server, "POST", "/v1/locks/foo", { body });
      expect(answer.body).toMatchObject({
        status: 400,
        code,
        ...(member === undefined ? {} : { member }),
      });
      expect(answer.headers.get("content-type")).toBe("application/problem+json");
      await expectNothing();
    },
  );

  test.each(["PATCH", "DELETE"])("without its key is refused by %s", async (method) => {
    for (const body of ["", "{}"]) {
      const answer = await api(server, method, "/v1/locks/foo", { body });
      expect(answer.body).toMatchObject({ status: 400, code: "invalid_member", member: "key" });
    }
    const noTtl = await api(server, "PATCH", "/v1/locks/foo", { body: { key: "K" } });
    expect(noTtl.body).toMatchObject({ status: 400, member: "ttl" });
  });

  test("that is no UTF-8 is refused", async () => {
    const client = await HttpClient.connect(server.doors.web);
    const text = '{"key":"\xff"}';
    client.write(
      `POST /v1/locks/foo HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
    );
    expect(JSON.parse((await client.take())?.body ?? "")).toMatchObject({ code: "malformed_body" });
    await expectNothing();
  });

  test("may have 64 KiB and not a byte more", async () => {
    const path = "/v1/locks/foo";
    const { status, body: hold } = await api(server, "POST", path, { body: padded(bodyBytesMax) });
    expect(status).toBe(201);
    await api(server, "DELETE", path, { body: { key: hold.key } });
    for (const [method, at] of [
      ["POST", path],
      ["PATCH", path],
      ["DELETE", path],
      ["PUT", "/lock/foo"],
      ["DELETE", "/lock/foo"],
      ["POST", "/lock/foo"],
    ] as const) {
      const answer = await api(server, method, at, { body: padded(bodyBytesMax + 1) });
      expect([method, at, answer.status]).toEqual([method, at, 413]);
    }
    await expectNothing();
  });

  test("may come in chunks, up to the same length", async () => {
    const client = await HttpClient.connect(server.doors.web);
    const head =
      "POST /v1/locks/foo HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n";
    client.write(`${head}7\r\n{"key":\r\n`);
    client.write('6\r\n"K","t\r\n6\r\ntl":9}\r\n0\r\n\r\n');
    expect((await client.take())?.status).toBe(201);
    const text = padded(bodyBytesMax + 1);
    client.write(`${head}${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`);
    expect((await client.take())?.status).toBe(413);
    const huge = "x".repeat(2 * 1024 * 1024);
    client.write(`${head}${huge.length.toString(16)}\r\n${huge}\r\n0\r\n\r\n`);
    expect((await client.take())?.status).toBe(413);
    await api(server, "DELETE", "/v1/locks/foo", { body: { key: "K" } });
    await expectNothing();
  });
});

describe("A name", () => {
  test.each([
    "%zz",
    "%",
    "%0",
    "a%0Ab",
    "a%00",
    "%7F",
    "a%09b",
    "%20a",
    "a%20",
    "a%20%20b",
    "%FF",
    "%C3",
    "%ED%A0%80",
    "n".repeat(1025),
  ])("%s is refused", async (name) => {
    for (const method of ["POST", "PATCH", "DELETE", "GET"]) {
      const body = method === "GET" ? {} : { body: { key: "K" } };
      const answer = await api(server, method, `/v1/locks/${name}`, body);
      expect([method, answer.status, answer.body.code]).toEqual([method, 400, "invalid_name"]);
    }
    const keyed = await api(server, "PUT", `/lock/${name}`, { body: { key: "K" } });
    expect([keyed.status, Object.keys(keyed.body)]).toEqual([400, ["error"]]);
    await expectNothing();
  });

  test("with raw bytes that are no UTF-8 is refused", async () => {
    const client = await HttpClient.connect(server.doors.web);
    expect((await client.ask("POST", "/v1/locks/\xff")).status).toBe(400);
    await expectNothing();
  });

  test.each(["/v1/locks/", "/v1/locks/a/b", "/v1/locks/a/b/free", "/v1", "/v2/locks", "//lock/a"])(
    "is not found at %s",
    async (path) => {
      const client = await HttpClient.connect(server.doors.web);
      const { status, body } = await client.ask("POST", path);
      expect([status, JSON.parse(body).code]).toEqual([404, "not_found"]);
      await expectNothing();
    },
  );
});

test.each([
  ["PUT", "/v1/locks/foo", "POST, PATCH, DELETE, GET"],
  ["POST", "/v1/locks", "GET"],
  ["DELETE", "/v1/stats", "GET"],
  ["GET", "/v1/locks/foo/free", "POST"],
  ["POST", "/metrics", "GET"],
  ["PATCH", "/lock/foo", "GET, POST, PUT, DELETE"],
  ["POST", "/locks", "GET"],
  ["POST", "/", "GET"],
])("%s %s is answered with what is allowed there", async (method, path, allowed) => {
  const answer = await api(server, method, path);
  expect([answer.status, answer.headers.get("allow")]).toEqual([405, allowed]);
});

test.each(["POST", "PATCH", "DELETE"])("%s with a query is refused", async (method) => {
  const answer = await api(server, method, "/v1/locks/foo?wait=5", { body: { key: "K", ttl: 1 } });
  expect(answer.body).toMatchObject({ status: 400, code: "invalid_query", parameter: "wait" });
  await expectNothing();
});

/** A body of so many bytes. */
function padded(bytes: number): string {
  return `{"ttl":60${" ".repeat(bytes - 10)}}`;
}
