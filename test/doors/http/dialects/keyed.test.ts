/** Keyed locks, as pipelines that are made of curl and jq know them. */
import { describe, expect, test } from "bun:test";
import { HttpClient } from "../../../peers/http-client.ts";
import { LineClient } from "../../../peers/line-client.ts";
import { startHere } from "../../../server-in-process.ts";
import { admin, api, as, authorityOf, locker, reader } from "../api.ts";

describe("PUT /lock/NAME", () => {
  test("acquires, once more for the same key, and not for another", async () => {
    await using server = await startHere();
    const put = (body: unknown) => api(server, "PUT", "/lock/prod", { body });
    expect(await put({ key: "K", requestor: "R" })).toMatchObject({
      status: 200,
      body: { response: "Lock for 'prod' acquired by 'R' using key 'K'" },
    });
    expect((await put({ key: "K", lock_by: "S" })).status).toBe(200);
    expect((await put({ key: "K", locked_by: "S" })).status).toBe(200);
    expect((await put({ key: "K" })).body).toEqual({
      response: "Lock for 'prod' acquired by 'K' using key 'K'",
    });
    const refused = await put({ key: "L" });
    expect([refused.status, Object.keys(refused.body)]).toEqual([423, ["error"]]);
    expect((await api(server, "GET", "/locks")).body).toEqual({
      prod: { key: "K", locked_by: { R: 1, S: 2, K: 1 } },
    });
  });

  test("says 423 Locked in its status line, which clients look for", async () => {
    await using server = await startHere();
    const client = await HttpClient.connect(server.doors.web);
    await client.ask("PUT", "/lock/prod", '{"key":"K"}');
    const { statusLine } = await client.ask("PUT", "/lock/prod", '{"key":"L"}');
    expect(statusLine).toBe("HTTP/1.1 423 Locked");
  });

  test("takes a body whatever its content type says", async () => {
    await using server = await startHere();
    for (const type of ["application/x-www-form-urlencoded", "text/plain", "application/json"]) {
      const headers = { "Content-Type": type };
      const answer = await api(server, "PUT", "/lock/prod", { body: { key: "K" }, headers });
      expect(answer.status).toBe(200);
    }
  });

  test.each([
    [{}, "No key specified in request body"],
    [{ key: "" }, "No key specified in request body"],
    [{ requestor: "R" }, "No key specified in request body"],
    [{ key: 1 }, 'the member "key" must be string'],
    [{ key: "K", by: "R" }, 'the member "by" is not known'],
    [{ key: "K", requestor: "R", lock_by: "S" }, "do not agree"],
    [{ key: "k".repeat(129) }, "key is longer than 128 bytes"],
    [{ key: "a\nb" }, 'the member "key" has a control character'],
    ["", "No key specified in request body"],
    ["{", "the body cannot be read"],
    ["[]", "the body cannot be read"],
  ])("says what is wrong with %j", async (body, why) => {
    await using server = await startHere();
    const answer = await api(server, "PUT", "/lock/prod", { body });
    expect(answer.status).toBe(400);
    expect(answer.body.error).toContain(why);
    expect((await api(server, "GET", "/lock/prod")).status).toBe(404);
  });

  test("is refused while others wait, also for their key's next one", async () => {
    await using server = await startHere();
    await api(server, "PUT", "/lock/prod", { body: { key: "K" } });
    const waiter = await LineClient.connect(server.doors.tcp);
    waiter.command("@1 gw - prod");
    await waiter.ask("ping");
    const put = (requestor: string) =>
      api(server, "PUT", "/lock/prod", { body: { key: "K", requestor } });
    expect((await put("newcomer")).status).toBe(423);
    expect((await put("K")).status).toBe(200);
  });
});

describe("DELETE /lock/NAME with a body", () => {
  test("sets a requestor's count to zero, and frees the lock after the last", async () => {
    await using server = await startHere();
    const send = (method: string, body: unknown) => api(server, method, "/lock/prod", { body });
    for (const requestor of ["R", "R", "S"]) await send("PUT", { key: "K", requestor });
    expect(await send("DELETE", { key: "K", requestor: "R" })).toMatchObject({
      status: 200,
      body: { response: "Lock for 'prod' released by 'R' using key 'K'" },
    });
    expect((await api(server, "GET", "/locks")).body).toEqual({
      prod: { key: "K", locked_by: { S: 1 } },
    });
    expect((await send("DELETE", { key: "L", requestor: "S" })).status).toBe(423);
    expect((await send("DELETE", { key: "K", requestor: "nobody" })).status).toBe(200);
    expect((await send("DELETE", { key: "K", locked_by: "S" })).status).toBe(200);
    expect((await api(server, "GET", "/locks")).body).toEqual({});
    expect((await send("DELETE", { key: "L" })).status).toBe(200);
  });

  test("leaves alone what a connection holds", async () => {
    await using server = await startHere();
    const line = await LineClient.connect(server.doors.tcp);
    await line.ask("g prod");
    const body = { key: "K" };
    expect((await api(server, "DELETE", "/lock/prod", { body })).status).toBe(423);
    expect((await api(server, "PUT", "/lock/prod", { body })).status).toBe(423);
    expect(await line.ask("i prod")).toBe("1 Lock Is Locked: prod");
  });

  test("releases what kg has taken under the key", async () => {
    await using server = await startHere();
    const line = await LineClient.connect(server.doors.tcp);
    expect(await line.ask("kg K 0 0 prod")).toContain("Lock Get Success");
    expect((await api(server, "DELETE", "/lock/prod", { body: { key: "K" } })).status).toBe(200);
    expect(await line.ask("i prod")).toBe("0 Lock Not Locked: prod");
  });
});

describe("GET /locks", () => {
  test("lists what outlives connections, sorted, names and keys as they are", async () => {
    await using server = await startHere();
    const line = await LineClient.connect(server.doors.tcp);
    await line.ask("g connection");
    await line.ask("kg K - 0 bound");
    await api(server, "PUT", "/lock/z%22%20%E6%97%A5", { body: { key: 'K "1"', requestor: "日" } });
    await api(server, "POST", "/lock/plain");
    const { body } = await api(server, "GET", "/locks");
    expect(body).toEqual({
      plain: { key: "-", locked_by: { "-": 1 } },
      'z" 日': { key: 'K "1"', locked_by: { 日: 1 } },
    });
    expect(Object.keys(body)).toEqual(["plain", 'z" 日']);
  });

  test("can be turned off", async () => {
    for (const wishes of [{ keyedList: false }, { dump: false }]) {
      await using server = await startHere(wishes);
      const { status, body } = await api(server, "GET", "/locks");
      expect([status, Object.keys(body)]).toEqual([403, ["error"]]);
    }
  });
});

describe("With credentials configured, the older dialects", () => {
  test("ask for them, and heed roles and prefixes", async () => {
    await using server = await startHere({}, { authority: authorityOf(admin, locker, reader) });
    const put = (name: string, headers = {}) =>
      api(server, "PUT", `/lock/${name}`, { body: { key: "K" }, headers });
    const none = await put("build1");
    expect([none.status, Object.keys(none.body)]).toEqual([401, ["error"]]);
    expect(none.headers.get("www-authenticate")).toStartWith("Basic ");
    expect((await put("build1", as(reader))).status).toBe(403);
    expect((await put("other", as(locker))).status).toBe(403);
    expect((await put("build1", as(locker))).status).toBe(200);
    const basic = `Basic ${Buffer.from("ops:ops").toString("base64")}`;
    expect((await put("other", { Authorization: basic })).status).toBe(200);
    expect((await put("other", { Authorization: "Basic b3BzOndyb25n" })).status).toBe(401);
    expect((await api(server, "GET", "/locks")).status).toBe(401);
    expect((await api(server, "GET", "/locks", { headers: as(reader) })).status).toBe(200);
    expect((await api(server, "GET", "/lock/other")).status).toBe(401);
    expect((await api(server, "POST", "/lock/x", { headers: as(reader) })).status).toBe(403);
    expect((await api(server, "DELETE", "/lock/build1", { headers: as(reader) })).status).toBe(403);
  });
});
