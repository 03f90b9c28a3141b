/** `glockd health` against servers that live, serve, drain, are gone, or are something else. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { withoutOpenssl, workshop } from "../doors/admission/certificates.ts";
import { LineClient } from "../peers/line-client.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";
import { glockd, scratch } from "./glockd.ts";

setDefaultTimeout(testMilliseconds);

/** Words that find each door of a server. */
function doorsOf({ doors }: ServerProcess): string[][] {
  return [[`-ws=${doors.web.port}`], [`-unix=${doors.unix.unix}`], [`-port=${doors.tcp.port}`]];
}

const health = (...argv: string[]) => glockd(["health", ...argv]);

function greet(socket: { write(text: string): unknown }): void {
  socket.write("220 mail\r\n");
}

describe("glockd health", () => {
  test("says yes with status 0 of a server that serves, through every door", async () => {
    await using server = await startProcess();
    for (const door of doorsOf(server)) {
      expect(await health(...door)).toEqual({ status: 0, stdout: "healthy\n", stderr: "" });
      expect(await health(...door, "-ready")).toEqual({ status: 0, stdout: "ready\n", stderr: "" });
    }
  });

  test("needs no credential", async () => {
    await using room = scratch();
    const file = room.path("auth");
    writeFileSync(file, `lock me ${(await Bun.password.hash("secret")).toString()}\n`);
    await using server = await startProcess(`-auth-file=${file}`);
    for (const door of doorsOf(server)) expect((await health(...door, "-ready")).status).toBe(0);
  });

  test("says of a server that drains that it lives and is not ready", async () => {
    await using server = await startProcess("-drain=600");
    const holder = await LineClient.connect(server.doors.tcp);
    await holder.ask("g foo");
    process.kill(server.pid, "SIGTERM");
    await eventually(
      "the drain",
      () => server.stderr(),
      (log) => log.includes("draining"),
    );
    for (const door of doorsOf(server)) {
      expect([door, (await health(...door)).status]).toEqual([door, 0]);
      const { status, stderr } = await health(...door, "-ready");
      expect([door, status]).toEqual([door, 1]);
      expect(stderr).toMatch(/does not serve at present|shutting down|reset by peer/);
    }
  });

  test("says no with status 1 when nobody is there, or nobody answers in time", async () => {
    await using room = scratch();
    const gone = await health("-unix", room.path("nobody"));
    expect(gone).toMatchObject({ status: 1, stdout: "" });
    expect(gone.stderr).toBe(
      `glockd health: ${room.path("nobody")}: no such file or directory (ENOENT)\n`,
    );
    using mute = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const { status, stderr } = await health(`-ws=${mute.port}`, "-timeout=0.1");
    expect([status, stderr]).toEqual([
      1,
      `glockd health: 127.0.0.1:${mute.port}: no answer within 0.1 s\n`,
    ]);
  });

  test("says with status 2 that what answers is something else", async () => {
    using other = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { open: greet, data() {} },
    });
    for (const door of [`-port=${other.port}`, `-ws=${other.port}`]) {
      const { status, stderr } = await health(door);
      expect([status, stderr]).toEqual([
        2,
        `glockd health: 127.0.0.1:${other.port}: what answers is no glockd: "220 mail"\n`,
      ]);
    }
  });

  test("finds the server by the server's own variables, and by its file of them", async () => {
    await using server = await startProcess();
    const { web, unix, tcp } = server.doors;
    const environments: Record<string, string>[] = [
      { GLOCKD_WS: String(web.port), GLOCKD_HOST: "0.0.0.0" },
      { GLOCKD_WS: "0", GLOCKD_UNIX: unix.unix },
      { GLOCKD_WS: "0", GLOCKD_PORT: String(tcp.port), GLOCKD_HOST: "::" },
      // As the other commands have it.
      { GLOCKD_HOST: `127.0.0.1:${tcp.port}` },
    ];
    for (const env of environments) expect((await glockd(["health"], { env })).status).toBe(0);
    // What is typed wins over a variable, over the port that stands in one too.
    const elsewhere = { GLOCKD_HOST: "127.0.0.1:1", GLOCKD_WS: "0" };
    const typed = ["health", `-port=${tcp.port}`];
    expect((await glockd(typed, { env: elsewhere })).status).toBe(0);
    expect((await glockd(["health"], { env: elsewhere })).status).toBe(1);
    await using room = scratch();
    writeFileSync(room.path("variables"), `GLOCKD_WS=${web.port}\nGLOCKD_DRAIN=5\n`);
    const env = { GLOCKD_WS: "1", GLOCKD_ENV_FILE: room.path("variables") };
    expect((await glockd(["health"], { env })).status).toBe(0);
  });

  test.each([
    [["-ws=0", "-port=0"], "there is nothing to ask"],
    [["-tls-ca=ca", "-ws=1"], "it asks clients for certificates (-tls-ca): give it a unix socket"],
    [["-redy"], "unknown flag -redy; did you mean -ready?"],
  ])("refuses %p with status 2", async (argv, complaint) => {
    const { status, stderr } = await health(...argv);
    expect(stderr).toContain(complaint);
    expect(status).toBe(2);
  });

  test.skipIf(withoutOpenssl !== undefined)(
    "speaks TLS where the server does, whatever its certificate's name",
    async () => {
      await using shop = workshop();
      const { cert, key } = shop.selfSigned("server");
      await using server = await startProcess(`-tls-cert=${cert}`, `-tls-key=${key}`);
      const { web, tcp } = server.doors;
      for (const door of [`-ws=${web.port}`, `-port=${tcp.port}`]) {
        expect((await health(door, "-tls")).status).toBe(0);
        expect((await health(door, `-tls-cert=${cert}`)).status).toBe(0);
        const plain = await health(door);
        expect(plain.status).toBe(1);
        expect(plain.stderr).toEndWith("without an answer; does it want TLS? See -tls\n");
      }
      await using open = await startProcess();
      const { stderr } = await health(`-port=${open.doors.tcp.port}`, "-tls", "-timeout=0.5");
      expect(stderr).toEndWith("no answer within 0.5 s; does it speak TLS there?\n");
    },
  );
});
