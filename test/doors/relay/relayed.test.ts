/** Clients of the web port whose TLS ends in front of the web server. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { HttpClient } from "../../peers/http-client.ts";
import { LineClient } from "../../peers/line-client.ts";
import { WebClient } from "../../peers/web-client.ts";
import type { ServerHere, Wishes } from "../../server-in-process.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { type Pair, withoutOpenssl, type Workshop, workshop } from "../admission/certificates.ts";
import { output, serve, showing } from "../admission/encrypted.ts";

let shop: Workshop;
let server: Pair;
let ca: Pair;
let deploy: Pair;

beforeAll(() => {
  shop = workshop();
  if (withoutOpenssl !== undefined) return;
  [server, ca] = [shop.selfSigned("server"), shop.selfSigned("ca")];
  deploy = shop.signed("deploy", ca, "deploy");
});
afterAll(async () => await shop[Symbol.asyncDispose]());

function certified(wishes: Wishes = {}): Promise<ServerHere> {
  const { cert, key } = server;
  return serve(server, { wishes: { tls: { cert, key, ca: ca.cert }, ...wishes } });
}

describe.skipIf(withoutOpenssl !== undefined)("A relayed client", () => {
  test(
    "gets all of a long answer, however slowly it reads",
    async () => {
      await using here = await certified({ limits: { locksMax: 100_000 } });
      const local = await LineClient.connect(here.doors.unix);
      const name = "n".repeat(1_000);
      for (let at = 0; at < 20_000; at += 1_000) {
        local.send(Array.from({ length: 1_000 }, (_, n) => `g ${name}${at + n}\n`).join(""));
        await local.take(1_000);
      }
      const page = await WebClient.connect({ ...here.doors.web, tls: showing(deploy) });
      page.socket.readMore(false);
      page.send("d");
      await local.ask("ping");
      page.socket.readMore(true);
      let lines = 0;
      while (lines < 20_000) lines += (await page.take()).text.split("\n").length - 1;
      expect(lines).toBe(20_000);
    },
    testMilliseconds,
  );

  test(
    "hands in all that it sends, and is answered after its half-close",
    async () => {
      await using here = await certified();
      const page = await WebClient.connect({ ...here.doors.web, tls: showing(deploy) });
      const line = `i ${"n".repeat(1_000)}\n`;
      for (let sent = 0; sent < 20; sent += 1) page.send(line.repeat(1_000));
      for (let reply = 0; reply < 20_000; reply += 1) await page.take();
      const http = await HttpClient.connect({ ...here.doors.web, tls: showing(deploy) });
      http.send("POST", "/lock/x");
      http.socket.halfClose();
      expect((await http.take())?.status).toBe(200);
      await http.socket.whenEnded();
    },
    testMilliseconds,
  );

  test.each(["drop", "reset"] as const)(
    "that hangs up (%s) leaves the line, and what it held is free",
    async (how) => {
      await using here = await certified();
      const local = await LineClient.connect(here.doors.unix);
      const page = await WebClient.connect({ ...here.doors.web, tls: showing(deploy) });
      expect(await page.ask("g x")).toBe("1 Lock Get Success: x\n");
      const http = await HttpClient.connect({ ...here.doors.web, tls: showing(deploy) });
      http.send("POST", "/v1/locks/x", '{"wait": 600}');
      const listed = async () => JSON.parse((await local.ask("ls x")) || "{}") as object;
      await eventually("it waits", listed, (lock) => "waiters" in lock && lock.waiters === 1);
      http.socket[how]();
      await eventually("it has left", listed, (lock) => "waiters" in lock && lock.waiters === 0);
      page.socket[how]();
      await eventually(
        "it is free",
        () => local.ask("g x"),
        (reply) => reply === "1 Lock Get Success: x",
      );
    },
    testMilliseconds,
  );

  test(
    "that does not read is ended with its session",
    async () => {
      await using here = await certified({
        limits: { outputBytesMax: 64 * 1024 },
      });
      const local = await LineClient.connect(here.doors.unix);
      const page = await WebClient.connect({ ...here.doors.web, tls: showing(deploy) });
      expect(await page.ask("g x")).toBe("1 Lock Get Success: x\n");
      page.socket.readMore(false);
      const line = `i ${"n".repeat(1_000)}\n`;
      for (let sent = 0; sent < 60; sent += 1) page.send(line.repeat(1_000));
      await eventually(
        "it is ended",
        () => local.ask("g x"),
        (reply) => reply === "1 Lock Get Success: x",
      );
      page.socket.readMore(true);
      await page.socket.whenEnded();
    },
    testMilliseconds,
  );

  test(
    "stays when certificates are renewed, and newcomers are shown the new one",
    async () => {
      const [cert, key] = [shop.path("used.crt"), shop.path("used.key")];
      const use = ({ texts }: Pair): void => {
        writeFileSync(cert, texts.cert);
        writeFileSync(key, texts.key);
      };
      use(server);
      await using here = await certified({ tls: { cert, key, ca: ca.cert } });
      const before = await HttpClient.connect({ ...here.doors.web, tls: showing(deploy) });
      expect((await before.ask("POST", "/lock/x")).status).toBe(200);
      use(shop.selfSigned("fresh"));
      await here.reload();
      expect((await before.ask("GET", "/lock/x")).status).toBe(200);
      const after = await HttpClient.connect({ ...here.doors.web, tls: showing(deploy) });
      expect((await after.ask("GET", "/lock/x")).status).toBe(200);
      expect(await shownBy(here.doors.web.port)).toBe("fresh");
    },
    testMilliseconds,
  );

  test(
    "gets the answer that is due when the server stops",
    async () => {
      const here = await certified();
      const http = await HttpClient.connect({ ...here.doors.web, tls: showing(deploy) });
      await http.ask("POST", "/lock/x");
      http.send("POST", "/v1/locks/x", '{"wait": 600}');
      const local = await LineClient.connect(here.doors.unix);
      await eventually(
        "it waits",
        () => local.ask("ls x"),
        (found) => found.includes('"waiters":1'),
      );
      await here[Symbol.asyncDispose]();
      expect((await http.take())?.status).toBe(503);
      await http.socket.whenEnded();
    },
    testMilliseconds,
  );
});

describe.skipIf(withoutOpenssl !== undefined || process.platform !== "linux")(
  "The web server behind the relays",
  () => {
    test(
      "serves nobody who comes by himself, whatever he says",
      async () => {
        await using here = await certified();
        const { tcp, web } = here.doors;
        const inside = portsListened().find((port) => port !== tcp.port && port !== web.port);
        const http = await HttpClient.connect({ port: inside! });
        expect((await http.ask("GET", "/healthz")).status).toBe(403);
        await http.socket.whenEnded();
        await expect(WebClient.connect({ port: inside! })).rejects.toThrow("403");
      },
      testMilliseconds,
    );

    test("is gone when its server has stopped", async () => {
      const before = portsListened();
      await (await certified())[Symbol.asyncDispose]();
      expect(portsListened()).toEqual(before);
    });
  },
);

/** The common name of the certificate that a newcomer sees. */
async function shownBy(port: number): Promise<string | undefined> {
  const connect = ["-connect", `127.0.0.1:${port}`, "-cert", deploy.cert, "-key", deploy.key];
  const said = await output(["openssl", "s_client", ...connect]);
  return /^subject=CN ?= ?(\S+)/m.exec(said)?.[1];
}

/** Ports of 127.0.0.1 on which this process listens. */
function portsListened(): number[] {
  const own = new Set<string>();
  for (const descriptor of readdirSync("/proc/self/fd")) {
    try {
      own.add(/^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/self/fd/${descriptor}`))?.[1] ?? "");
    } catch {
      // The directory's own descriptor is gone by now.
    }
  }
  const lines = readFileSync("/proc/self/net/tcp", "latin1").split("\n");
  return lines.flatMap((line) => {
    const [, port, inode] = /^ *\d+: 0100007F:(\w{4}) \S+ 0A(?: +\S+){5} +(\d+)/.exec(line) ?? [];
    return port !== undefined && own.has(inode!) ? [Number.parseInt(port, 16)] : [];
  });
}
