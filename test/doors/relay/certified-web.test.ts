/** The web port of a server that asks for client certificates. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { fileOf } from "../../auth/secrets.ts";
import { HttpClient } from "../../peers/http-client.ts";
import { LineClient } from "../../peers/line-client.ts";
import { WebClient } from "../../peers/web-client.ts";
import type { ServerHere, Wishes } from "../../server-in-process.ts";
import { missing } from "../../server-process.ts";
import { testMilliseconds, within } from "../../wait-for.ts";
import { type Pair, withoutOpenssl, type Workshop, workshop } from "../admission/certificates.ts";
import { output, serve, showing, trusting } from "../admission/encrypted.ts";

let shop: Workshop;
let server: Pair;
let ca: Pair;
let authFile: string;
/** Signed by the CA. */
let deploy: Pair;
let ops: Pair;
let stranger: Pair;
/** No good: signed by itself, by another CA, and too old. */
let wrong: Record<string, Pair>;

beforeAll(async () => {
  shop = workshop();
  if (withoutOpenssl !== undefined) return;
  [server, ca] = [shop.selfSigned("server"), shop.selfSigned("ca")];
  const [by, other] = [ca, shop.selfSigned("other-ca")];
  deploy = shop.signed("deploy", by, "deploy");
  ops = shop.signed("ops", by, "ops");
  stranger = shop.signed("stranger", by, "stranger");
  wrong = {
    "signed by itself": shop.selfSigned("self", "deploy"),
    "signed by another CA": shop.signed("foreign", other, "deploy"),
    "that has expired": shop.signed("expired", by, "deploy", -1),
  };
  authFile = shop.path("auth");
  const credentials = [
    { name: "deploy", prefixes: ["deploy/"] },
    { name: "ops", role: "admin" },
  ] as const;
  writeFileSync(authFile, await fileOf(...credentials));
});
afterAll(async () => await shop[Symbol.asyncDispose]());

function certified(wishes: Wishes = {}): Promise<ServerHere> {
  const { cert, key } = server;
  return serve(server, { wishes: { tls: { cert, key, ca: ca.cert }, authFile, ...wishes } });
}

/** Runs curl with a certificate; the status, or what is wrong. */
function curl(here: ServerHere, pair: Pair | null, ...argv: readonly string[]): Promise<string> {
  const [path = "/", ...others] = argv;
  const shown = pair === null ? [] : ["--cert", pair.cert, "--key", pair.key];
  const url = `https://127.0.0.1:${here.doors.web.port}${path}`;
  const format = ["-sS", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", server.cert];
  return output(["curl", ...format, ...shown, ...others, url]);
}

/** A WebSocket of Bun's own; its first message after `line`, or `refused`. */
function webSocket(here: ServerHere, tls: Bun.TLSOptions, line: string): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = new WebSocket(`wss://127.0.0.1:${here.doors.web.port}/`, { tls });
  socket.onopen = () => socket.send(line);
  socket.onmessage = ({ data }) => resolve(String(data));
  socket.onclose = () => resolve("refused");
  return within("a message", promise).finally(() => socket.close());
}

describe.skipIf(withoutOpenssl !== undefined)("A certificate at the web port", () => {
  test.skipIf(missing("curl") !== undefined)(
    "says to HTTP whom it stands for: curl",
    async () => {
      await using here = await certified();
      const acquire = ["-d", "{}"];
      expect(await curl(here, deploy, "/v1/locks/deploy%2Fsite", ...acquire)).toBe("201");
      expect(await curl(here, deploy, "/v1/locks/other", ...acquire)).toBe("403");
      expect(await curl(here, ops, "/v1/locks/other", ...acquire)).toBe("201");
      expect(await curl(here, ops, "/v1/locks/other/free", "-X", "POST")).toBe("200");
      expect(await curl(here, stranger, "/v1/locks/deploy%2Fx", ...acquire)).toBe("401");
      expect(await curl(here, stranger, "/healthz")).toBe("200");
    },
    testMilliseconds,
  );

  test.skipIf(missing("curl") !== undefined)(
    "counts for less than what the request says: curl",
    async () => {
      await using here = await certified();
      const list = "/v1/locks";
      expect(await curl(here, stranger, list, "-u", "ops:ops-secret")).toBe("200");
      expect(await curl(here, deploy, list, "-u", "ops:wrong")).toBe("401");
      const free = ["/v1/locks/x/free", "-X", "POST"];
      expect(await curl(here, deploy, ...free)).toBe("403");
      expect(await curl(here, deploy, ...free, "-H", "Authorization: Bearer ops:ops-secret")).toBe(
        "200",
      );
    },
    testMilliseconds,
  );

  test(
    "says to a WebSocket whom it stands for",
    async () => {
      await using here = await certified();
      const ask = (pair: Pair, line: string) => webSocket(here, showing(pair), line);
      expect(await ask(deploy, "g deploy/x")).toBe("1 Lock Get Success: deploy/x\n");
      expect(await ask(deploy, "g x")).toBe("0 denied\n");
      expect(await ask(ops, "free x")).toBe("0 Lock Not Locked: x\n");
      expect(await ask(stranger, "g x")).toBe("0 auth required\n");
    },
    testMilliseconds,
  );

  test(
    "that is no good, or missing, lets nobody in",
    async () => {
      await using here = await certified();
      for (const [what, pair] of [...Object.entries(wrong), ["missing", null] as const]) {
        const tls = pair === null ? trusting : showing(pair);
        expect([what, await webSocket(here, tls, "g x")]).toEqual([what, "refused"]);
        if (missing("curl") === undefined)
          expect([what, await curl(here, pair, "/healthz")]).toEqual([
            what,
            expect.stringMatching(/^000curl: \(\d+\) /),
          ]);
      }
      const line = await LineClient.connect(here.doors.unix);
      await line.ask("auth ops:ops-secret");
      expect(await line.statistics()).toMatchObject({ connections: 1, command_g: 0 });
    },
    testMilliseconds,
  );

  test(
    "means what the credentials say by now, and nothing once its name is gone",
    async () => {
      const file = shop.path("changing");
      writeFileSync(file, await fileOf({ name: "deploy" }, { name: "ops" }));
      await using here = await certified({ authFile: file });
      const http = await HttpClient.connect({ ...here.doors.web, tls: showing(deploy) });
      const page = await WebClient.connect({ ...here.doors.web, tls: showing(deploy) });
      expect((await http.ask("POST", "/lock/a")).status).toBe(200);
      expect(await page.ask("g b")).toBe("1 Lock Get Success: b\n");
      writeFileSync(file, await fileOf({ name: "ops" }));
      await here.reload();
      await page.socket.whenEnded();
      expect((await http.ask("POST", "/lock/c")).status).toBe(401);
    },
    testMilliseconds,
  );

  test(
    "comes from where its client is",
    async () => {
      await using here = await certified({ authFile: undefined });
      const http = await HttpClient.connect({ ...here.doors.web, tls: showing(deploy) });
      const taken = await http.ask("POST", "/v1/locks/x", "{}");
      expect(JSON.parse(taken.body)).toMatchObject({ requestor: http.socket.address });
      const page = await WebClient.connect({ ...here.doors.web, tls: showing(deploy) });
      expect(await page.ask("me")).toBe(`1 ${page.address} ${page.address}\n`);
    },
    testMilliseconds,
  );
});
