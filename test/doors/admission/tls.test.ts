/** Encrypted connections. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { LineClient } from "../../peers/line-client.ts";
import { WebClient } from "../../peers/web-client.ts";
import { missing } from "../../server-process.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { type Pair, withoutOpenssl, type Workshop, workshop } from "./certificates.ts";
import { output, serve, trusting } from "./encrypted.ts";

let shop: Workshop;
let server: Pair;

beforeAll(() => {
  shop = workshop();
  if (withoutOpenssl === undefined) server = shop.selfSigned("server");
});
afterAll(async () => await shop[Symbol.asyncDispose]());

describe.skipIf(withoutOpenssl !== undefined)("With a certificate", () => {
  test(
    "TCP and WebSocket are encrypted, the unix socket is plain, and locks are the same",
    async () => {
      await using here = await serve(server);
      const { tcp, web, unix } = here.doors;
      const line = await LineClient.connect({ ...tcp, tls: trusting });
      const page = await WebClient.connect({ ...web, tls: trusting });
      const local = await LineClient.connect(unix);
      expect(await line.ask("g foo")).toBe("1 Lock Get Success: foo");
      expect(await page.ask("g foo")).toBe("0 Lock Get Failure: foo\n");
      expect(await local.ask("g foo")).toBe("0 Lock Get Failure: foo");
      expect(await line.ask("me")).toBe(`1 ${line.address} ${line.address}`);
      line.socket.drop();
      await eventually(
        "it is free",
        () => page.ask("g foo"),
        (reply) => reply.startsWith("1"),
      );
    },
    testMilliseconds,
  );

  test(
    "openssl sends commands, ends its side, and gets its replies",
    async () => {
      await using here = await serve(server);
      const connect = ["-connect", `127.0.0.1:${here.doors.tcp.port}`];
      const argv = ["openssl", "s_client", "-quiet", "-no_ign_eof", ...connect];
      const said = await output(argv, "g foo\ni foo\n");
      // Quick as it is, it may leave before the replies; then it holds nothing.
      if (said.includes("1 Lock"))
        expect(said).toContain("1 Lock Get Success: foo\n1 Lock Is Locked: foo\n");
      const client = await LineClient.connect(here.doors.unix);
      await eventually(
        "it is free",
        () => client.ask("g foo"),
        (reply) => reply.startsWith("1"),
      );
    },
    testMilliseconds,
  );

  test.skipIf(missing("curl") !== undefined)(
    "curl reads the page of the web port",
    async () => {
      await using here = await serve(server);
      const url = `https://localhost:${here.doors.web.port}/`;
      expect(await output(["curl", "-sS", "--ipv4", "--cacert", server.cert, url])).toStartWith(
        "glockd",
      );
    },
    testMilliseconds,
  );

  test.each(["tcp", "web"] as const)(
    "%s speaks TLS 1.2 and newer, and nothing older",
    async (door) => {
      await using here = await serve(server);
      const connect = ["-connect", `127.0.0.1:${here.doors[door].port}`];
      for (const [version, spoken] of [
        ["-tls1_1", false],
        ["-tls1_2", true],
        ["-tls1_3", true],
      ] as const) {
        const weak = version === "-tls1_1" ? ["-cipher", "ALL:@SECLEVEL=0"] : [];
        const said = await output(["openssl", "s_client", version, ...weak, ...connect]);
        expect([version, said.includes("BEGIN CERTIFICATE")]).toEqual([version, spoken]);
      }
    },
    testMilliseconds,
  );

  test(
    "every reply arrives, however many they are and however slowly they are read",
    async () => {
      await using here = await serve(server);
      const client = await LineClient.connect({ ...here.doors.tcp, tls: trusting });
      const name = "n".repeat(1_000);
      await client.ask("ping");
      client.socket.readMore(false);
      client.send(`i ${name}\n`.repeat(10_000));
      const other = await LineClient.connect(here.doors.unix);
      await eventually(
        "all are done",
        () => other.statistics(),
        ({ command_i }) => command_i === 10_000,
      );
      client.socket.readMore(true);
      expect(new Set(await client.take(10_000))).toEqual(new Set([`0 Lock Not Locked: ${name}`]));
    },
    testMilliseconds,
  );
});
