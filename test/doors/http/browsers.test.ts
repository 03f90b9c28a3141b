/** Pages of strangers in a user's browser, and names that strangers point at us. */
import { hostname } from "node:os";
import { describe, expect, test } from "bun:test";
import { HttpClient } from "../../peers/http-client.ts";
import { WebClient } from "../../peers/web-client.ts";
import { type ServerHere, startHere } from "../../server-in-process.ts";

async function ask(
  server: ServerHere,
  method: string,
  headers: Record<string, string>,
  path = "/lock/foo",
): Promise<[number, string]> {
  const client = await HttpClient.connect(server.doors.web);
  const { status, body } = await client.ask(method, path, undefined, headers);
  client.socket.drop();
  return [status, body];
}

describe("A page of another origin", () => {
  const evil = { Host: "localhost:9998", Origin: "https://evil.example" };

  test("may not change anything", async () => {
    await using server = await startHere();
    for (const [method, path] of [
      ["POST", "/lock/foo"],
      ["DELETE", "/lock/foo"],
      ["PUT", "/lock/foo"],
      ["POST", "/v1/locks/foo"],
      ["PATCH", "/v1/locks/foo"],
      ["DELETE", "/v1/clients/1"],
    ] as const) {
      const [status, body] = await ask(server, method, evil, path);
      expect([method, path, status]).toEqual([method, path, 403]);
      expect(body).toContain("evil.example");
    }
    expect((await ask(server, "GET", { Host: "localhost" }))[0]).toBe(404);
  });

  test("may not open a WebSocket", async () => {
    await using server = await startHere();
    for (const Origin of ["https://evil.example", "null", "http://localhost.evil.example"]) {
      const refused = WebClient.connect(server.doors.web, { Origin });
      expect(refused).rejects.toThrow("403");
      await refused.catch(() => undefined);
    }
  });

  test("may, once -allow-origin names it, and its browser is told so", async () => {
    await using server = await startHere({ allowOrigins: ["https://evil.example"] });
    expect((await ask(server, "POST", evil))[0]).toBe(200);
    const client = await HttpClient.connect(server.doors.web);
    const { headers } = await client.ask("GET", "/lock/foo", undefined, evil);
    expect(headers["access-control-allow-origin"]).toBe("https://evil.example");
    const preflight = await client.ask("OPTIONS", "/v1/locks/foo", undefined, evil);
    expect(preflight.status).toBe(204);
    expect(preflight.headers["access-control-allow-methods"]).toContain("PATCH");
    const other = { ...evil, Origin: "https://other.example" };
    expect((await client.ask("OPTIONS", "/v1/locks/foo", undefined, other)).status).toBe(405);
    const socket = await WebClient.connect(server.doors.web, { Origin: "https://evil.example" });
    expect(await socket.ask("i foo")).toBe("1 Lock Is Locked: foo\n");
    await socket.goodbye();
  });
});

describe("The server's own pages", () => {
  test.each([
    "localhost:9998",
    "127.0.0.1:9998",
    "[::1]:9998",
    "[2001:db8::A:1]",
    "192.168.1.7",
    hostname(),
  ])("may change things at %s", async (host) => {
    await using server = await startHere();
    const own = { Host: host, Origin: `http://${host}`, "Sec-Fetch-Site": "same-origin" };
    expect((await ask(server, "POST", own))[0]).toBe(200);
    const socket = await WebClient.connect(server.doors.web, {
      Host: host,
      Origin: `https://${host}`,
    });
    expect(await socket.ask("i foo")).toBe("1 Lock Is Locked: foo\n");
    await socket.goodbye();
  });
});

describe("A browser that was led here under a stranger's name", () => {
  test("is refused, whatever it asks", async () => {
    await using server = await startHere();
    for (const header of [
      { "Sec-Fetch-Site": "same-origin" },
      { Origin: "http://rebound.example" },
    ]) {
      const [status, body] = await ask(server, "GET", { Host: "rebound.example", ...header });
      expect([status, body]).toEqual([403, expect.stringContaining("-allow-host")]);
    }
    const socket = WebClient.connect(server.doors.web, {
      Host: "rebound.example",
      Origin: "http://rebound.example",
    });
    expect(socket).rejects.toThrow("403");
    await socket.catch(() => undefined);
  });

  test.each([
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "[::g]",
    "[]",
    "1234",
    "1.2.3.4.example",
    "....",
    "[.]",
    "::1]/x:",
    "[a:b@c]",
  ])("is refused as %s, which only looks like an address", async (host) => {
    await using server = await startHere();
    const headers = { Host: host, "Sec-Fetch-Site": "same-origin" };
    expect((await ask(server, "GET", headers))[0]).toBe(403);
  });

  test("is served when -allow-host names it", async () => {
    await using server = await startHere({ allowHosts: ["locks.example"] });
    const headers = { Host: "Locks.Example:9998", Origin: "http://locks.example:9998" };
    expect((await ask(server, "POST", headers))[0]).toBe(200);
  });
});

test("Clients that are no browsers may call the server what they like", async () => {
  await using server = await startHere();
  expect((await ask(server, "POST", { Host: "anything.example" }))[0]).toBe(200);
});
