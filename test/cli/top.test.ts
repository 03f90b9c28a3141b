/**
 * `glockd top` in a pipe, and what it says when it cannot do what it was asked: the
 * compiled binary beside a server and its clients.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { fileOf } from "../auth/secrets.ts";
import { certificate, privateKey } from "../client/certificate.ts";
import { LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";
import { glockd, scratch } from "./glockd.ts";
import { reach, scene } from "./top/scene.ts";

setDefaultTimeout(testMilliseconds);

type Paths = [string, string, string, string];

describe("glockd top in a pipe", () => {
  test("prints the table once, the most contended first", async () => {
    await using server = await startProcess();
    const [busy, other] = await scene(server);
    const { status, stdout, stderr } = await glockd(["top", ...reach(server), "-interval=0.1"]);
    const place = `unix:${server.doors.unix.unix}`;
    expect(stdout.replaceAll(/ \d+m?s /g, (age) => "AGE ".padStart(age.length))).toBe(
      [
        `${place}: 3 locks, 1 waited for, 2 waiters, 0 grants/s`,
        "",
        "LOCK   HOLDER  MODE   HELD WAITERS GRANTS/S WAIT50 WAIT99 HOLD50 HOLD99",
        "wanted busy    excl    AGE       2        0      -      -      -      -",
        "alone  busy    excl    AGE       0        0      -      -      -      -",
        "pool   busy +1 shar    AGE       0        0      -      -      -      -",
        "",
      ].join("\n"),
    );
    expect([status, stderr]).toEqual([0, ""]);
    busy.socket.drop();
    other.socket.drop();
  });

  test("shows only names that begin with the prefix", async () => {
    await using server = await startProcess();
    const [busy, other] = await scene(server);
    const { stdout } = await glockd(["top", ...reach(server), "-interval=0.1", "al"]);
    expect(stdout).toContain(": 1 lock, 0 waited for, 0 waiters");
    expect(stdout).toContain("\nalone busy");
    busy.socket.drop();
    other.socket.drop();
  });

  test("tells grants a second and times that it sees", async () => {
    await using server = await startProcess();
    const client = await LineClient.connect(server.doors.tcp);
    const running = glockd(["top", ...reach(server), "-interval=1.5"]);
    const seen = { is: false };
    void running.then(() => (seen.is = true));
    // Gets and releases for as long as somebody watches.
    while (!seen.is) {
      await client.ask("g hot");
      await client.ask("r hot");
    }
    const { stdout } = await running;
    const [, rate = "", wait = "", hold = ""] =
      /^hot +\S+ +excl +\S+ +0 +(\S+) +\S+ +(\S+) +\S+ +(\S+)$/m.exec(stdout) ?? [];
    expect(Number.parseFloat(rate)).toBeGreaterThan(1);
    expect([wait, hold]).toEqual([
      expect.stringMatching(/^\d+ms$/),
      expect.stringMatching(/^\d+m?s$/),
    ]);
    client.socket.drop();
  });

  test("says why there are no rates", async () => {
    await using server = await startProcess();
    const argv = ["top", `-unix=${server.doors.unix.unix}`, "-web=http://127.0.0.1:1"];
    const { stdout, status } = await glockd(argv);
    expect(stdout).toContain(
      "\nno grants/s and no times: cannot read http://127.0.0.1:1/v1/events: ECONNREFUSED; see -web\n",
    );
    expect(status).toBe(0);
  });

  test("goes by TLS, and with a credential, where it is told to", async () => {
    await using room = scratch();
    const [cert, key, token, file] = ["cert", "key", "token", "file"].map(room.path) as Paths;
    writeFileSync(cert, certificate);
    writeFileSync(key, privateKey);
    writeFileSync(token, "watcher:watcher-secret\n");
    writeFileSync(file, await fileOf({ name: "watcher", role: "read" }));
    const flags = ["-tls-cert", cert, "-tls-key", key, "-auth-file", file];
    await using server = await startProcess(...flags);
    const { tcp, web } = server.doors;
    const argv = ["top", `-host=localhost:${tcp.port}`, "-tls-ca", cert, "-interval=0.1"];
    const told = await glockd([
      ...argv,
      "-token-file",
      token,
      `-web=https://localhost:${web.port}`,
    ]);
    expect([told.stderr, told.status]).toEqual(["", 0]);
    expect(told.stdout).toContain(": 0 locks, 0 waited for, 0 waiters, 0 grants/s\n\n");
    const untold = await glockd([...argv, "-token-file", token]);
    expect(untold.stdout).toContain("\nno grants/s and no times: name the web port with -web");
    const unknown = await glockd(argv);
    expect([unknown.status, unknown.stdout]).toEqual([2, ""]);
    expect(unknown.stderr).toContain("wants to know who you are");
    for (const { stdout, stderr } of [told, untold, unknown])
      expect(stdout + stderr).not.toContain("watcher-secret");
  });

  test("says that a server does not list its locks", async () => {
    await using server = await startProcess("-dump=false");
    const { status, stderr } = await glockd(["top", ...reach(server)]);
    expect(stderr).toContain("the server was started without that feature");
    expect(status).toBe(2);
  });

  test("escapes what names would do to a terminal", async () => {
    await using server = await startProcess();
    const client = await LineClient.connect(server.doors.tcp);
    await client.ask(Buffer.from("g \u001B[31mred\u202E").toString("latin1"));
    const { stdout } = await glockd(["top", ...reach(server), "-interval=0.1"]);
    expect(stdout).toContain('\n"\\u001b[31mred\\u202e" ');
    expect(stdout).not.toContain("\u001B");
    client.socket.drop();
  });

  test("is status 2 where nobody listens, and for a wrong address", async () => {
    const gone = await glockd(["top", "-host=127.0.0.1:1"]);
    expect(gone.stderr).toContain("cannot reach 127.0.0.1:1: connection refused");
    const wrong = await glockd(["top", "-web=ftp://x"]);
    expect(wrong.stderr).toContain('-web: "ftp://x" is not http://HOST:PORT');
    const secret = await glockd(["top", "-web=http://a:hunter2@x"]);
    expect(secret.stderr).toContain("a secret has no place in an address");
    expect(secret.stderr).not.toContain("hunter2");
    expect([gone.status, wrong.status, secret.status]).toEqual([2, 2, 2]);
  });
});
