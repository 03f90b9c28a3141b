/** Which server a command line means, and what people are told when it is not there. */
import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { reachFlags } from "../../src/cli/reach/flags.ts";
import { explain } from "../../src/cli/reach/connect.ts";
import { hostAndPort, type Reach, reachOf } from "../../src/cli/reach/reach.ts";
import { DeniedError, LostError, UnavailableError } from "../../src/client/errors.ts";
import { parseFlags, UsageError } from "../../src/flags.ts";
import { certificate, privateKey } from "../client/certificate.ts";
import { scratch } from "./glockd.ts";

type Environment = Record<string, string>;

function reach(line: string, env: Environment = {}): Reach {
  const parsed = parseFlags(reachFlags, line.split(" ").filter(Boolean), env);
  if (parsed.request !== "run") throw new Error(`asked for ${parsed.request}`);
  return reachOf(parsed, env);
}

function complaint(line: string, env: Environment = {}): string {
  try {
    reach(line, env);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  throw new Error(`accepted: ${line}`);
}

describe("reachOf", () => {
  test.each([
    ["", {}, "127.0.0.1:9999"],
    ["-host lock1", {}, "lock1:9999"],
    ["--host=lock1:7000", {}, "lock1:7000"],
    ["", { GLOCKD_HOST: "10.0.0.7" }, "10.0.0.7:9999"],
    ["", { GLOCKD_HOST: "10.0.0.7:7000" }, "10.0.0.7:7000"],
    ["-host lock1", { GLOCKD_HOST: "lock2" }, "lock1:9999"],
    ["", { GLOCKD_HOST: "lock2", GLOCKD_UNIX: "/a" }, "unix:/a"],
    ["-host lock1", { GLOCKD_UNIX: "/a" }, "lock1:9999"],
    ["-unix /b", { GLOCKD_HOST: "lock2", GLOCKD_UNIX: "/a" }, "unix:/b"],
    ["-unix /b", { GLOCKD_TLS: "1" }, "unix:/b"],
  ] as const)("reads %p with %p as %p", (line, env, place) => {
    expect(reach(line, env).place).toBe(place);
  });

  test.each([
    ["-host lock1 -unix /a", "two servers"],
    ["-host lock1:0", '-host: "lock1:0" is not HOST[:PORT]'],
    ["-unix /a -tls-ca x", "-tls-ca: a unix socket speaks no TLS"],
    ["-tls-ca /none", "cannot read the CAs in /none: no such file or directory (ENOENT)"],
    ["-tls-cert /none", "-tls-cert and -tls-key go together"],
    ["-token-file /none", "cannot read the credential in /none"],
  ])("refuses %p", (line, words) => expect(complaint(line)).toContain(words));

  test("names the variable that is wrong, and what Kubernetes has to do with it", () => {
    expect(complaint("", { GLOCKD_HOST: "a b" })).toStartWith('GLOCKD_HOST: "a b" is not HOST');
    expect(complaint("", { GLOCKD_HOST: "tcp://1.2.3.4:9999" })).toContain("Kubernetes");
  });

  test("takes the credential from a typed file, then GLOCKD_AUTH, then a named file", async () => {
    await using room = scratch();
    const file = room.path("token");
    writeFileSync(file, "file:secret\r\nmore\n");
    const env = { GLOCKD_AUTH: "variable:secret", GLOCKD_TOKEN_FILE: file };
    expect(reach("", env).options.auth).toBe("variable:secret");
    expect(reach(`-token-file ${file}`, env).options.auth).toBe("file:secret");
    expect(reach("", { GLOCKD_TOKEN_FILE: file }).options.auth).toBe("file:secret");
    expect(reach("").options.auth).toBe(undefined);
  });

  test("does not show what is no credential", () => {
    const said = complaint("", { GLOCKD_AUTH: "hunter2" });
    expect(said).toContain("GLOCKD_AUTH does not hold a credential: NAME:SECRET");
    expect(said).not.toContain("hunter2");
  });

  test("speaks TLS when one of its flags asks for it, unless told not to", async () => {
    await using room = scratch();
    const [file, key] = [room.path("ca.pem"), room.path("key.pem")];
    writeFileSync(file, certificate);
    writeFileSync(key, privateKey);
    expect(reach("").options.tls).toBe(undefined);
    expect(reach("-tls").options.tls).toEqual({});
    expect(reach(`-tls-ca ${file} -tls-name lock`).options.tls).toEqual({
      ca: certificate,
      servername: "lock",
    });
    expect(reach("", { GLOCKD_TLS_CERT: file, GLOCKD_TLS_KEY: key }).options.tls).toEqual({
      cert: certificate,
      key: privateKey,
    });
    expect(reach(`-no-tls -tls-ca ${file}`).options.tls).toBe(undefined);
  });

  test("refuses certificates and keys that are none, and a key of another certificate", async () => {
    await using room = scratch();
    const [cert, key] = [room.path("cert.pem"), room.path("key.pem")];
    writeFileSync(cert, certificate);
    writeFileSync(key, privateKey);
    expect(complaint(`-tls-ca ${key}`)).toBe(`${key} has no certificate in PEM in it`);
    const [none, swapped] = [
      `-tls-cert ${cert} -tls-key ${cert}`,
      `-tls-cert ${key} -tls-key ${key}`,
    ];
    expect(complaint(none)).toStartWith(`${cert} has no private key in PEM in it`);
    expect(complaint(swapped)).toBe(`${key} has no certificate in PEM in it`);
    const stranger = generateKeyPairSync("ed25519").privateKey;
    writeFileSync(key, stranger.export({ type: "pkcs8", format: "pem" }));
    expect(complaint(`-tls-cert ${cert} -tls-key ${key}`)).toBe(
      `${key} is not the key of the certificate in ${cert}`,
    );
  });
});

test.each([
  ["::1", "[::1]:9999"],
  ["[::1]", "[::1]:9999"],
  ["[::1]:7000", "[::1]:7000"],
  [":7000", "127.0.0.1:7000"],
  ["fe80::1", "[fe80::1]:9999"],
])("hostAndPort reads %p as %p", (text, place) => {
  expect(hostAndPort(text, "-host")).toBe(place);
});

test.each(["", ":", "a:b", "a:70000", "[::1", "a/b", "http://a:1"])(
  "hostAndPort refuses %p",
  (text) => expect(() => hostAndPort(text, "-host")).toThrow(UsageError),
);

describe("explain", () => {
  const there = reach("-host lock1");
  const known = reach("-host lock1", { GLOCKD_AUTH: "me:secret" });
  const refused = Object.assign(new Error("connect ECONNREFUSED"), {
    code: "ECONNREFUSED",
    syscall: "connect",
  });

  test("tells a server that refuses from one that closes midway", () => {
    const ended = new UnavailableError("lock1:9999: the server ended the connection");
    expect([
      explain(new UnavailableError("lock1:9999: refused", { cause: refused }), there),
      explain(new LostError("it was lost", "disconnected", { cause: ended }), there),
      explain(ended, there),
    ]).toEqual([
      "cannot reach lock1:9999: connection refused (ECONNREFUSED); is glockd running there? See -host and -unix",
      "the connection to lock1:9999 was lost: the server ended the connection",
      "lock1:9999 closed the connection without a word; does it want TLS? See -tls",
    ]);
  });

  test("says how to give a credential, and which one is no good", () => {
    const [none, bad] = [new DeniedError("a", "no-token"), new DeniedError("b", "bad-token")];
    expect(explain(none, there)).toContain("set GLOCKD_AUTH=NAME:SECRET, or give -token-file");
    expect(explain(bad, known)).toBe("lock1:9999 does not accept what GLOCKD_AUTH holds");
  });
});
