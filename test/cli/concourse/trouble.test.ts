/**
 * The resource when somebody has to say who they are, connections are encrypted, requests
 * are wrong, and servers fail: what it says, and what has happened then.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { fileOf } from "../../auth/secrets.ts";
import { certificate, privateKey } from "../../client/certificate.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startProcess } from "../../server-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { Glockd, glockd } from "../glockd.ts";
import { LossyProxy } from "./lossy-proxy.ts";
import { OlderServer } from "./older-server.ts";
import { Resource, sourceOf } from "./resource.ts";

setDefaultTimeout(testMilliseconds);

const lock = (key: string) => ({ key, lock_op: "lock" });

describe("Who asks, and over which connection", () => {
  test("a name and a secret are sent, and never shown", async () => {
    await using resource = await Resource.install();
    const authFile = resource.path("credentials");
    writeFileSync(authFile, await fileOf({ name: "ci" }, { name: "looker", role: "read" }));
    await using server = await startProcess("-auth-file", authFile);
    const source = { ...sourceOf(server), username: "ci", password: "ci-secret" };
    expect((await resource.run("out", { source, params: lock("k") })).status).toBe(0);
    const wrong = { ...source, password: "hunter2" };
    const nobody = sourceOf(server);
    const reader = { ...source, username: "looker", password: "looker-secret" };
    const ends = [
      await resource.run("check", { source: wrong }),
      await resource.run("out", { source: wrong, params: lock("k") }),
      await resource.run("check", { source: nobody }),
      await resource.run("out", { source: reader, params: lock("k") }),
    ];
    const complaints = [
      "does not know this source.username with this source.password",
      "does not know this source.username with this source.password",
      "set source.username and source.password",
      "403 looker may look, but not lock",
    ];
    for (const [index, { status, result, stderr }] of ends.entries()) {
      expect(stderr).toContain(complaints[index]!);
      expect([status, result]).toEqual([1, undefined]);
      expect(stderr).not.toMatch(/secret\b|hunter2|Basic/);
    }
  });

  test("AUTH_USER and AUTH_PASS of an older server's operators are a name and a secret", async () => {
    await using resource = await Resource.install();
    await using free = await startProcess();
    const { tcp, web } = free.doors;
    await free.stop();
    const argv = ["-host=127.0.0.1", `-port=${tcp.port}`, `-ws=${web.port}`];
    const env = { AUTH_USER: "test", AUTH_PASS: "test" };
    await using server = await Glockd.start(argv, { env });
    await server.logged("listening");
    const source = { ...sourceOf(free), username: "test", password: "test" };
    expect((await resource.run("out", { source, params: lock("k") })).status).toBe(0);
    expect((await resource.run("check", { source: sourceOf(free) })).status).toBe(1);
  });

  test("a server's certificate is checked against ca_cert, unless that is switched off", async () => {
    await using resource = await Resource.install();
    const [cert, key] = [resource.path("cert"), resource.path("key")];
    writeFileSync(cert, certificate);
    writeFileSync(key, privateKey);
    await using server = await startProcess("-tls-cert", cert, "-tls-key", key);
    const { port } = server.doors.web;
    const local = { lock_name: "env", locker_uri: `https://localhost:${port}` };
    const byAddress = { lock_name: "env", locker_uri: `https://127.0.0.1:${port}` };
    const trusted = { ...local, ca_cert: certificate };
    expect((await resource.run("out", { source: trusted, params: lock("k") })).status).toBe(0);
    const careless = { ...byAddress, skip_ssl_validation: true };
    expect(await resource.ref(careless)).toBe(await resource.ref(trusted));
    for (const [source, why] of [
      [local, "its certificate is not trusted"],
      [{ ...byAddress, ca_cert: certificate }, "its certificate is for another name"],
      [{ ...local, ca_cert: "nonsense" }, "source.ca_cert"],
      [{ ...local, locker_uri: `http://localhost:${port}` }, "closed the connection"],
    ] as const) {
      const { status, stderr } = await resource.run("check", { source });
      expect(stderr).toContain(why);
      expect(status).toBe(1);
    }
  });
});

describe("When something is wrong", () => {
  const nowhere = { locker_uri: "http://127.0.0.1:1", lock_name: "env" };

  test.each([
    ["check", { source: {} }, "source.locker_uri is missing"],
    ["in", { source: { locker_uri: "x" } }, "source.lock_name is missing"],
    ["out", { source: nowhere, params: {} }, "params.key is missing"],
    ["out", { source: nowhere, params: { key: "k" } }, "params.lock_op is missing"],
    ["out", "{", "standard input is no JSON"],
    ["check", "", "standard input is no JSON"],
  ] as const)("%s of %j names it, with status 2", async (step, request, complaint) => {
    await using resource = await Resource.install();
    const { status, result, stderr } = await resource.run(step, request);
    expect(stderr).toStartWith(`glockd concourse ${step}: ${complaint}`);
    expect([status, result]).toEqual([2, undefined]);
  });

  test("a server that is not there is told apart from one that ends the connection", async () => {
    await using resource = await Resource.install();
    const gone = await resource.run("check", { source: nowhere });
    expect(gone.stderr).toContain("cannot reach http://127.0.0.1:1: nobody listens there");
    await using server = await OlderServer.start();
    server.treat = () => "unanswered";
    const source = { locker_uri: server.uri, lock_name: "env" };
    const cut = await resource.run("out", { source, params: lock("k") });
    expect(cut.stderr).toContain(`${server.uri} closed the connection before it had answered`);
    expect([gone.status, cut.status, server.requests]).toEqual([1, 1, ["GET /locks"]]);
  });

  test.each([
    [{ status: 200, body: [] }, "is no object of locks"],
    [{ status: 301, body: "" }, "redirects; set source.locker_uri"],
    [{ status: 500, body: { error: "out of order" } }, "list its locks: 500 out of order"],
  ])("an answer such as %j is none", async (answer, complaint) => {
    await using resource = await Resource.install();
    await using server = await OlderServer.start();
    server.treat = () => answer;
    const source = { locker_uri: server.uri, lock_name: "env" };
    const { status, stderr } = await resource.run("check", { source });
    expect(stderr).toContain(complaint);
    expect(status).toBe(1);
  });

  test("a list that is switched off keeps a lock from being taken", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess("-keyed-list=false");
    const source = sourceOf(server);
    const { status, stderr } = await resource.run("out", { source, params: lock("k") });
    expect(stderr).toContain("403 this list is turned off: see -keyed-list and -dump");
    expect(status).toBe(1);
    const client = await LineClient.connect(server.doors.tcp);
    expect(await client.ask("i env")).toBe("0 Lock Not Locked: env");
    client.socket.drop();
  });

  test("a server that is gone while somebody waits, and comes back, is asked again", async () => {
    await using resource = await Resource.install();
    await using server = await OlderServer.start();
    let waits = 0;
    const waited = { status: 201, body: {}, type: "application/json" };
    server.treat = (request) => {
      if (!request.startsWith("POST")) return "usual";
      return waits++ === 0 ? "unanswered" : waited;
    };
    const source = { locker_uri: server.uri, lock_name: "env" };
    const { status, stderr } = await resource.run("out", { source, params: lock("k") });
    expect(stderr).toContain("closed the connection before it had answered; trying again");
    expect([status, waits]).toEqual([0, 2]);
  });

  test("a grant whose answer is lost counts once", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    await using proxy = await LossyProxy.start(server.doors.web.port);
    const source = { ...sourceOf(server), locker_uri: proxy.uri };
    const { status, stderr } = await resource.run("out", { source, params: lock("k") });
    expect(stderr).toContain("closed the connection before it had answered; trying again");
    expect([status, proxy.lost]).toEqual([0, true]);
    expect(JSON.parse(await resource.lockFile(source)).locked_by).toEqual({ k: 1 });
  });

  test.each([
    [["concourse"], "say one of check, in, out"],
    [["concourse", "put"], "say one of check, in, out"],
    [["concourse", "in"], "name the directory"],
    [["concourse", "check", "somewhere"], 'unexpected argument "somewhere"'],
    [["concourse", "out", "-x"], "unknown flag -x"],
  ])("glockd %j is refused with status 2", async (argv, complaint) => {
    const { status, stdout, stderr } = await glockd(argv);
    expect(stderr).toContain(complaint);
    expect([status, stdout]).toEqual([2, ""]);
  });
});
