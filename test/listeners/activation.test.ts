/** Listeners that a service manager has opened, handed to the compiled server. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import { activatedSockets, isActivated } from "../../src/listeners/activation.ts";
import { Glockd, scratch } from "../cli/glockd.ts";
import { withoutOpenssl, workshop } from "../doors/admission/certificates.ts";
import { trusting } from "../doors/admission/encrypted.ts";
import { LineClient } from "../peers/line-client.ts";
import { exists, freePort, missing } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const parent = ["python3", join(import.meta.dir, "../peers/hand_over.py")];
const withoutParent = process.platform !== "linux" || missing("python3") !== undefined;
const withoutSystemd = missing("systemd-socket-activate") !== undefined;

function handed(...sockets: string[]): { under: string[] } {
  return { under: [...parent, ...sockets, "--"] };
}

/** Where the log says that it listens, by kind. */
async function listening(server: Glockd, kind: "tcp" | "unix"): Promise<string> {
  const line = await server.logged(`listening kind=${kind}`);
  expect(line).toEndWith(" activated=true");
  return /address=(\S+)/.exec(line)?.[1] ?? "";
}

function portOf(address: string): { port: number } {
  return { port: Number(/:(\d+)$/.exec(address)?.[1]) };
}

describe.skipIf(withoutParent)("Listeners that are handed over", () => {
  test.each([
    ["with names", "=tcp", "=unix"],
    ["with the name of their unit", "=glockd.socket", "=glockd.socket"],
    ["without names", "", ""],
  ])("%s take the places of -port and -unix", async (_, tcpName, unixName) => {
    await using room = scratch();
    const unix = room.path("given");
    const options = handed(`unix=${unix}${unixName}`, `tcp=127.0.0.1:0${tcpName}`);
    const own = ["-ws=0", "-host=127.0.0.1", "-unix", room.path("own")];
    await using server = await Glockd.start(own, options);
    const tcp = portOf(await listening(server, "tcp"));
    expect(await listening(server, "unix")).toBe(unix);
    expect(server.stderr().match(/^listening/gm)?.length).toBe(2);
    const holder = await LineClient.connect(tcp);
    expect(await holder.ask("g foo")).toBe("1 Lock Get Success: foo");
    const local = await LineClient.connect({ unix });
    expect(await local.ask("g foo")).toBe("0 Lock Get Failure: foo");
    // Only over the unix socket, whose file says who may.
    expect(await local.ask("free foo")).toBe("1 Lock Freed: foo");
    expect(await holder.ask("free foo")).toBe("0 denied");
    expect(exists(room.path("own"))).toBe(false);
    server.signal("SIGTERM");
    expect(await server.exited()).toBe(0);
    expect(exists(unix)).toBe(true);
  });

  test("may be all that a server listens on, several of a kind", async () => {
    const options = handed("tcp=127.0.0.1:0", "tcp=::1:0");
    await using server = await Glockd.start(["-port=0", "-ws=0"], options);
    await server.logged("address=[::1]:");
    const lines = server
      .stderr()
      .split("\n")
      .filter((line) => line.startsWith("listening"));
    for (const line of lines) {
      const host = line.includes("[::1]") ? "::1" : "127.0.0.1";
      const client = await LineClient.connect({ host, ...portOf(line.split(" ")[2] ?? "") });
      expect(await client.ask("ping")).toBe("1 pong");
    }
    expect(lines.length).toBe(2);
  });

  test("ask silent peers, as those that it opens itself", async () => {
    const argv = ["-ws=0", "-keepalive=17"];
    await using server = await Glockd.start(argv, handed("tcp=127.0.0.1:0"));
    const { port } = portOf(await listening(server, "tcp"));
    const client = await LineClient.connect({ port });
    await client.ask("ping");
    const { stdout } = Bun.spawnSync(["ss", "-tno", "state", "established", `sport = :${port}`]);
    const timer = /timer:\(keepalive,(\d+)sec/.exec(stdout.toString())?.[1];
    if (Bun.which("ss") !== null) expect(Number(timer)).toBeWithin(10, 18);
  });

  test.each([
    ["tcp=127.0.0.1:0=web", "the web port cannot be handed over"],
    ["tcp=127.0.0.1:0=other", 'there is no listener "other", only tcp and unix'],
    ["tcp=127.0.0.1:0=unix", "it is called unix and is a tcp socket"],
    ["datagram=PATH", "it is no stream socket"],
  ])("are refused with status 1 when they are %p", async (wish, complaint) => {
    await using room = scratch();
    const socket = wish.replace("PATH", room.path("s"));
    await using server = await Glockd.start(["-ws=0"], handed(socket));
    expect(await server.exited()).toBe(1);
    expect(server.stderr()).toContain(complaint);
    expect(server.stderr()).toContain("descriptor 3");
  });

  test.skipIf(withoutOpenssl !== undefined)(
    "speak TLS, and get new certificates while newcomers wait",
    async () => {
      await using shop = workshop();
      const [first, second] = [shop.selfSigned("first"), shop.selfSigned("second")];
      const argv = ["-ws=0", `-tls-cert=${first.cert}`, `-tls-key=${first.key}`];
      await using server = await Glockd.start(argv, handed("tcp=127.0.0.1:0"));
      const tcp = portOf(await listening(server, "tcp"));
      const holder = await LineClient.connect({ ...tcp, tls: trusting });
      expect(await holder.ask("g foo")).toBe("1 Lock Get Success: foo");
      await Bun.write(first.cert, second.texts.cert);
      await Bun.write(first.key, second.texts.key);
      server.signal("SIGHUP");
      await server.logged("certificates reloaded");
      const ca = { ca: second.texts.cert, serverName: "localhost" };
      const newcomer = await LineClient.connect({ ...tcp, tls: ca });
      expect(await newcomer.ask("g foo")).toBe("0 Lock Get Failure: foo");
      expect(await holder.ask("r foo")).toBe("1 Lock Release Success: foo");
    },
  );

  test("are left to the next server while this one drains", async () => {
    await using room = scratch();
    const unix = room.path("given");
    const options = handed(`unix=${unix}`, "tcp=127.0.0.1:0");
    await using server = await Glockd.start(["-ws=0", "-drain=600"], options);
    const tcp = portOf(await listening(server, "tcp"));
    const holder = await LineClient.connect({ unix });
    await holder.ask("g foo");
    server.signal("SIGTERM");
    await server.logged("draining");
    // The kernel takes them in, and nobody says no.
    const newcomers = [await LineClient.connect({ unix }), await LineClient.connect(tcp)];
    for (const newcomer of newcomers) newcomer.command("ping");
    for (let n = 0; n < 20; n++) await holder.ask("i foo");
    expect(newcomers.map(({ unread, socket }) => [unread, socket.ended])).toEqual([
      ["", false],
      ["", false],
    ]);
    await holder.ask("r foo");
    expect(await server.exited()).toBe(0);
  });
});

describe.skipIf(withoutSystemd)("systemd-socket-activate", () => {
  test("starts the server with the first who comes, who is served", async () => {
    await using room = scratch();
    const unix = room.path("socket");
    const under = ["systemd-socket-activate", "-l", unix, "--fdname=unix"];
    await using server = await Glockd.start(["-ws=0", "-host=127.0.0.1", "-port=0"], { under });
    await eventually("the socket", () => exists(unix), Boolean);
    const client = await LineClient.connect({ unix });
    expect(await client.ask("g foo")).toBe("1 Lock Get Success: foo");
    expect(server.stderr()).toContain(`listening kind=unix address=${unix} activated=true`);
    server.signal("SIGTERM");
    expect(await server.exited()).toBe(0);
  });

  test("hands over both at once", async () => {
    await using room = scratch();
    const unix = room.path("socket");
    const under = ["systemd-socket-activate", "-l", `127.0.0.1:${freePort()}`, "-l", unix];
    await using server = await Glockd.start(["-ws=0"], { under });
    await eventually("the socket", () => exists(unix), Boolean);
    const local = await LineClient.connect({ unix });
    expect(await local.ask("g foo")).toBe("1 Lock Get Success: foo");
    const remote = await LineClient.connect(portOf(await listening(server, "tcp")));
    expect(await remote.ask("d")).toBe("foo: unix:1");
  });
});

describe("The environment of a service", () => {
  const pid = String(process.pid);

  test.each([
    [{ LISTEN_PID: pid, LISTEN_FDS: "1" }, true],
    [{ LISTEN_PID: pid, LISTEN_FDS: "0" }, false],
    [{ LISTEN_PID: pid }, false],
    [{ LISTEN_PID: "1", LISTEN_FDS: "1" }, false],
    [{ LISTEN_FDS: "1" }, false],
  ])("%p hands sockets to this process: %p", (env, isSo) => {
    expect(isActivated(env)).toBe(isSo);
    if (!isSo) expect(activatedSockets(env)).toEqual([]);
  });
});
