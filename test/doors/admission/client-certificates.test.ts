/** Clients that show a certificate, and those that show none or a wrong one. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync, writeFileSync } from "node:fs";
import { fileOf } from "../../auth/secrets.ts";
import { LineClient } from "../../peers/line-client.ts";
import { WebClient } from "../../peers/web-client.ts";
import type { ServerHere, Wishes } from "../../server-in-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { type Pair, withoutOpenssl, type Workshop, workshop } from "./certificates.ts";
import { serve, showing, trusting } from "./encrypted.ts";

let shop: Workshop;
let server: Pair;
let ca: Pair;
let authFile: string;
/** Signed by the CA, and, with the first one's name, by itself. */
let deploy: Pair;
let stranger: Pair;
let forged: Pair;

beforeAll(async () => {
  shop = workshop();
  if (withoutOpenssl !== undefined) return;
  [server, ca] = [shop.selfSigned("server"), shop.selfSigned("ca")];
  [deploy, stranger] = [
    shop.signed("deploy", ca, "deploy"),
    shop.signed("stranger", ca, "stranger"),
  ];
  forged = shop.selfSigned("forged", "deploy");
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
  return serve(server, { wishes: { tls: { cert, key, ca: ca.cert }, ...wishes } });
}

describe.skipIf(withoutOpenssl !== undefined)("Clients' certificates", () => {
  test(
    "let in, by TCP and WebSocket, whom the CA has signed, and nobody else",
    async () => {
      await using here = await certified();
      const { tcp, web } = here.doors;
      const line = await LineClient.connect({ ...tcp, tls: showing(stranger) });
      expect(await line.ask("g foo")).toBe("1 Lock Get Success: foo");
      const page = await WebClient.connect({ ...web, tls: showing(stranger) });
      expect(await page.ask("g foo")).toBe("0 Lock Get Failure: foo\n");
      for (const tls of [trusting, showing(forged)]) {
        const refused = async (): Promise<string> => {
          const client = await LineClient.connect({ ...tcp, tls });
          return await client.ask("g bar");
        };
        await expect(refused()).rejects.toThrow();
        await expect(WebClient.connect({ ...web, tls })).rejects.toThrow();
      }
      expect(await line.statistics()).toMatchObject({ connections: 2, command_g: 2 });
    },
    testMilliseconds,
  );

  test(
    "that are no good are told of in the audit log",
    async () => {
      const audit = shop.path("audit");
      {
        await using here = await certified({ audit });
        const client = LineClient.connect({ ...here.doors.tcp, tls: showing(forged) });
        await client.then((line) => line.ask("ping")).catch(() => "");
      }
      const told = readFileSync(audit, "utf8").trim().split("\n");
      expect(told.map((line) => JSON.parse(line) as unknown)).toMatchObject([
        {
          event: "denied",
          credential: null,
          command: "TLS handshake",
          reason: "DEPTH_ZERO_SELF_SIGNED_CERT",
        },
      ]);
    },
    testMilliseconds,
  );

  test(
    "stand over TCP for the credential of their common name",
    async () => {
      await using here = await certified({ authFile });
      const client = await LineClient.connect({ ...here.doors.tcp, tls: showing(deploy) });
      expect(await client.ask("g deploy/site")).toBe("1 Lock Get Success: deploy/site");
      expect(await client.ask("g other")).toBe("0 denied");
      expect(await client.ask("auth ops:ops-secret")).toBe("1 ok");
      expect(await client.ask("g other")).toBe("1 Lock Get Success: other");
    },
    testMilliseconds,
  );

  test(
    "that stand for nobody let in, and a secret says who it is",
    async () => {
      await using here = await certified({ authFile });
      const client = await LineClient.connect({ ...here.doors.tcp, tls: showing(stranger) });
      expect(await client.ask("g other")).toBe("0 auth required");
      expect(await client.ask("auth ops:ops-secret")).toBe("1 ok");
      expect(await client.ask("g other")).toBe("1 Lock Get Success: other");
    },
    testMilliseconds,
  );

  test(
    "stand over a WebSocket for the credential of their common name",
    async () => {
      await using here = await certified({ authFile });
      const page = await WebClient.connect({ ...here.doors.web, tls: showing(deploy) });
      expect(await page.ask("g deploy/site")).toBe("1 Lock Get Success: deploy/site\n");
      expect(await page.ask("g other")).toBe("0 denied\n");
      expect(await page.ask("me")).toBe(`1 ${page.address} ${page.address}\n`);
      const other = await WebClient.connect({ ...here.doors.web, tls: showing(stranger) });
      expect(await other.ask("g other")).toBe("0 auth required\n");
    },
    testMilliseconds,
  );

  test(
    "of a credential that was removed end with the next reload",
    async () => {
      const file = shop.path("auth-of-two");
      writeFileSync(file, await fileOf({ name: "deploy" }, { name: "ops" }));
      await using here = await certified({ authFile: file });
      const client = await LineClient.connect({ ...here.doors.tcp, tls: showing(deploy) });
      expect(await client.ask("g foo")).toBe("1 Lock Get Success: foo");
      writeFileSync(file, await fileOf({ name: "ops" }));
      await here.reload();
      await client.socket.whenEnded();
    },
    testMilliseconds,
  );
});
