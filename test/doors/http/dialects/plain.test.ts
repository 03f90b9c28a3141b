/** Plain locks, as the clients of an older server know them: to the byte. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { HttpClient } from "../../../peers/http-client.ts";
import { LineClient } from "../../../peers/line-client.ts";
import { type ServerHere, startHere } from "../../../server-in-process.ts";

let server: ServerHere;
let client: HttpClient;
beforeAll(async () => {
  server = await startHere();
  client = await HttpClient.connect(server.doors.web);
});
afterAll(() => server[Symbol.asyncDispose]());

async function said(method: string, path: string): Promise<[number, string]> {
  const { status, body } = await client.ask(method, path);
  return [status, body];
}

const done = [200, "{}\n"];
const notFound = [404, '{"error":"Not Found"}\n'];
const conflict = [409, '{"error":"Lock conflict"}\n'];

describe("A plain lock", () => {
  test("is locked by POST, seen by GET and unlocked by DELETE", async () => {
    expect(await said("GET", "/lock/foo")).toEqual(notFound as never);
    expect(await said("POST", "/lock/foo")).toEqual(done as never);
    expect(await said("POST", "/lock/foo")).toEqual(conflict as never);
    expect(await said("GET", "/lock/foo")).toEqual(done as never);
    expect(await said("DELETE", "/lock/foo")).toEqual(done as never);
    expect(await said("DELETE", "/lock/foo")).toEqual(notFound as never);
  });

  test("outlives the connection that locked it", async () => {
    const other = await HttpClient.connect(server.doors.web);
    expect((await other.ask("POST", "/lock/outlives")).status).toBe(200);
    other.socket.reset();
    expect(await said("DELETE", "/lock/outlives")).toEqual(done as never);
  });

  test("is the lock of that name on TCP, both ways", async () => {
    const line = await LineClient.connect(server.doors.tcp);
    expect(await line.ask("g both")).toBe("1 Lock Get Success: both");
    expect(await said("GET", "/lock/both")).toEqual(done as never);
    expect(await said("POST", "/lock/both")).toEqual(conflict as never);
    expect(await said("DELETE", "/lock/both")).toEqual(conflict as never);
    expect(await line.ask("r both")).toBe("1 Lock Release Success: both");
    expect(await said("POST", "/lock/both")).toEqual(done as never);
    expect(await line.ask("g both")).toBe("0 Lock Get Failure: both");
    expect(await line.ask("kr - both")).toBe("1 Lock Release Success: both");
  });

  test("has a JSON content type", async () => {
    const { headers } = await client.ask("GET", "/lock/foo");
    expect(headers["content-type"]).toBe("application/json; charset=utf-8");
  });

  test("may be asked for by HEAD", async () => {
    const response = await fetch(`http://127.0.0.1:${server.doors.web.port}/lock/foo`, {
      method: "HEAD",
    });
    expect([response.status, await response.text()]).toEqual([404, ""]);
  });
});

describe("A plain lock's name", () => {
  const longest = "n".repeat(128);

  test.each(["$-.0189AZ_az", "-", longest])("may be %s", async (name) => {
    expect(await said("POST", `/lock/${name}`)).toEqual(done as never);
    expect(await said("DELETE", `/lock/${name}`)).toEqual(done as never);
  });

  test("may be percent-encoded", async () => {
    expect(await said("POST", "/lock/%66oo")).toEqual(done as never);
    expect(await said("DELETE", "/lock/foo")).toEqual(done as never);
  });

  test.each([
    ["a%20b", "Name contains non-printable/non-ascii byte 32 at offset 1"],
    ["%E6%97%A5", "Name contains non-printable/non-ascii byte 230 at offset 0"],
    ["a%00", "Name contains non-printable/non-ascii byte 0 at offset 1"],
    ["ab%2Fc", "Name contains non-printable/non-ascii byte 47 at offset 2"],
    ["ab/c", "Name contains non-printable/non-ascii byte 47 at offset 2"],
    ["%FF", "Name contains non-printable/non-ascii byte 255 at offset 0"],
    ["~", "Name contains non-printable/non-ascii byte 126 at offset 0"],
    ["n".repeat(129), "Name is too long (129 bytes \\u003e max of 128)"],
    ["%C3%A9".repeat(65), "Name is too long (130 bytes \\u003e max of 128)"],
  ])("may not be %s", async (name, why) => {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect(await said(method, `/lock/${name}`)).toEqual([400, `{"error":"${why}"}\n`]);
    }
  });

  test.each(["%zz", "%", "a%2", "%G0"])("may not be %s, which encodes nothing", async (name) => {
    const [status, body] = await said("POST", `/lock/${name}`);
    expect([status, Object.keys(JSON.parse(body))]).toEqual([400, ["error"]]);
  });

  test("may not be empty", async () => {
    for (const method of ["GET", "POST", "DELETE"]) {
      expect(await said(method, "/lock/")).toEqual(notFound as never);
    }
  });
});
