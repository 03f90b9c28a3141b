/** `glockd test` against servers that want to know who it is, and that speak TLS. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { fileOf } from "../auth/secrets.ts";
import { type Ended, glockd } from "../cli/glockd.ts";
import {
  type Pair,
  withoutOpenssl,
  type Workshop,
  workshop,
} from "../doors/admission/certificates.ts";
import { doorNames, type DoorName, type ServerProcess, startProcess } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

const quick = ["-clients=3", "-depth=4", "-seconds=0.02"];

let shop: Workshop;
let authFile: string;
let server: Pair;
let ca: Pair;
let ops: Pair;

beforeAll(async () => {
  shop = workshop();
  authFile = shop.path("auth");
  const credentials = [{ name: "ops", role: "admin" }, { name: "job" }] as const;
  writeFileSync(authFile, await fileOf(...credentials));
  if (withoutOpenssl !== undefined) return;
  [server, ca] = [shop.selfSigned("server"), shop.selfSigned("ca")];
  ops = shop.signed("ops", ca, "ops");
});
afterAll(async () => await shop[Symbol.asyncDispose]());

function doorFlag({ doors }: ServerProcess, door: DoorName, scheme = "ws"): string {
  return {
    tcp: `-host=localhost:${doors.tcp.port}`,
    unix: `-unix=${doors.unix.unix}`,
    web: `-ws=${scheme}://localhost:${doors.web.port}`,
  }[door];
}

/** How `glockd test` ends, and all that it says. */
async function said(...argv: readonly string[]): Promise<readonly [number, string]> {
  const { status, stdout, stderr } = await glockd(["test", ...argv, "-no-load"]);
  return [status, stdout + stderr];
}

function expectPassed({ status, stdout, stderr }: Ended): void {
  expect(stdout).not.toContain("FAIL");
  expect(stdout).toMatch(/\n\d+ passed, 0 failed, \d+ skipped\n$/);
  expect(stderr).toBe("");
  expect(status).toBe(0);
}

describe("With a credential", () => {
  test.each(doorNames)(
    "an administrator passes the test over %s",
    async (door) => {
      await using here = await startProcess(`-auth-file=${authFile}`);
      const env = { GLOCKD_AUTH: "ops:ops-secret" };
      const ended = await glockd(["test", doorFlag(here, door), ...quick], { env });
      expectPassed(ended);
      expect(ended.stdout).toMatch(/^pass freeing: an administrator takes a lock/m);
    },
    testMilliseconds,
  );

  test(
    "whoever is none passes it too, but for what is an administrator's",
    async () => {
      await using here = await startProcess(`-auth-file=${authFile}`);
      const file = shop.path("token");
      writeFileSync(file, "job:job-secret\n");
      const argv = ["test", doorFlag(here, "unix"), `-token-file=${file}`, "-no-load"];
      const ended = await glockd(argv);
      expectPassed(ended);
      expect(ended.stdout).toMatch(/^skip freeing: an administrator .*only for administrators/m);
      expect(ended.stdout).toMatch(/^pass freeing: it is denied to everybody but/m);
    },
    testMilliseconds,
  );

  test(
    "that is wrong, exit status 2 says so, and not what it was",
    async () => {
      await using here = await startProcess(`-auth-file=${authFile}`);
      const env = { GLOCKD_AUTH: "ops:wrong-secret" };
      const { status, stdout, stderr } = await glockd(["test", doorFlag(here, "tcp")], { env });
      expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
      expect(stderr).toContain("the server does not accept the credential");
      expect(stderr).not.toContain("wrong-secret");
    },
    testMilliseconds,
  );
});

describe.skipIf(withoutOpenssl !== undefined)("With TLS", () => {
  test.each(["tcp", "web"] as const)(
    "and a certificate of a credential, it passes over %s",
    async (door) => {
      await using here = await startProcess(
        `-auth-file=${authFile}`,
        `-tls-cert=${server.cert}`,
        `-tls-key=${server.key}`,
        `-tls-ca=${ca.cert}`,
      );
      const own = [`-tls-ca=${server.cert}`, `-tls-cert=${ops.cert}`, `-tls-key=${ops.key}`];
      const ended = await glockd(["test", doorFlag(here, door, "wss"), ...own, ...quick]);
      expectPassed(ended);
      expect(ended.stdout).toMatch(/^pass freeing: an administrator takes a lock/m);
    },
    testMilliseconds,
  );

  test(
    "a server that cannot be trusted is not tested",
    async () => {
      await using here = await startProcess(`-tls-cert=${server.cert}`, `-tls-key=${server.key}`);
      const tcp = doorFlag(here, "tcp");
      const cannot = [
        [tcp, "-tls"],
        [tcp, `-tls-ca=${server.cert}`, "-tls-name=lock.example"],
        [tcp],
        [doorFlag(here, "web", "wss")],
      ];
      for (const argv of cannot) {
        const { status, stdout } = await glockd(["test", ...argv, "-no-load"]);
        expect([argv, status]).toEqual([argv, argv.length === 1 && argv[0] === tcp ? 1 : 2]);
        expect(stdout).not.toMatch(/^pass/m);
      }
    },
    testMilliseconds,
  );

  test(
    "it ends at a server that speaks none, or speaks it where it does not, and says so",
    async () => {
      await using open = await startProcess();
      await using secure = await startProcess(`-tls-cert=${server.cert}`, `-tls-key=${server.key}`);
      const [lines, web] = [doorFlag(secure, "tcp"), doorFlag(secure, "web")];
      expect(await said(doorFlag(open, "tcp"), "-tls")).toEqual([
        2,
        expect.stringContaining("; does it speak TLS there?"),
      ]);
      const noWeb = `-ws=ws://127.0.0.1:${open.doors.tcp.port}`;
      expect(await said(noWeb)).toEqual([2, expect.stringContaining("cannot connect to ws://")]);
      expect(await said(web)).toEqual([2, expect.stringContaining("or only with TLS: wss://")]);
      expect(await said(lines)).toEqual([
        1,
        expect.stringMatching(/^ +came +no reply: .*; does it want TLS\? See -tls$/m),
      ]);
    },
    testMilliseconds,
  );
});
