/** How a server ends: by a signal cleanly, by a second one at once. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { compiledBinary } from "../binary.ts";
import { LineClient } from "../peers/line-client.ts";
import { testMilliseconds } from "../wait-for.ts";
import { Glockd, onlyUnix, scratch } from "./glockd.ts";

setDefaultTimeout(testMilliseconds);

test.each(["SIGTERM", "SIGINT"] as const)(
  "%s stops the server within a second, with status 0 and its files removed",
  async (signal) => {
    await using room = scratch();
    const [socket, pidfile] = [room.path("socket"), room.path("pid")];
    await using server = await Glockd.start([...onlyUnix(socket), "-pidfile", pidfile]);
    await server.logged("listening");
    const client = await Bun.connect({ unix: socket, socket: { data() {} } });
    expect([existsSync(socket), existsSync(pidfile)]).toEqual([true, true]);
    const before = performance.now();
    server.signal(signal);
    expect(await server.exited()).toBe(0);
    expect(performance.now() - before).toBeLessThan(1000);
    expect([existsSync(socket), existsSync(pidfile)]).toEqual([false, false]);
    expect(server.stderr()).toContain(`stopping signal=${signal}\n`);
    client.end();
  },
);

test("a second signal ends at once a stop that waits for a slow reader", async () => {
  await using room = scratch();
  const [socket, pidfile] = [room.path("socket"), room.path("pid")];
  await using server = await Glockd.start([...onlyUnix(socket), "-pidfile", pidfile]);
  await server.logged("listening");
  const slow = connect(socket);
  // All of it was taken, so there are more replies than the system holds for a client
  // that does not read them.
  await new Promise<void>((resolve, reject) => {
    slow.on("error", reject);
    slow.write("i foo\n".repeat(500_000), () => resolve());
  });
  server.signal("SIGTERM");
  await server.logged("stopping");
  server.signal("SIGTERM");
  expect(await server.exited()).toBe(143);
  expect(server.stderr()).toContain("stopped at once signal=SIGTERM");
  expect(existsSync(pidfile)).toBe(false);
  slow.destroy();
});

test("with -drain a stop waits for the last who holds, and ends with status 0", async () => {
  await using room = scratch();
  const [socket, pidfile] = [room.path("socket"), room.path("pid")];
  const argv = [...onlyUnix(socket), "-pidfile", pidfile, "-drain=600"];
  await using server = await Glockd.start(argv);
  await server.logged("listening");
  const holder = await LineClient.connect({ unix: socket });
  await holder.ask("g foo");
  await holder.ask("notify on");
  server.signal("SIGTERM");
  expect(await server.logged("draining")).toBe("draining seconds=600 holders=1");
  expect(await holder.take(1)).toEqual(["@! 0 Shutdown: 600"]);
  expect(await holder.ask("r foo")).toBe("1 Lock Release Success: foo");
  expect(await server.exited()).toBe(0);
  expect(await holder.take(1)).toEqual(["@! 0 Shutdown: 0"]);
  expect(server.stderr()).not.toContain("cut off");
  expect([existsSync(socket), existsSync(pidfile)]).toEqual([false, false]);
});

test("who holds for longer than -drain says is cut off, and that is told", async () => {
  await using room = scratch();
  const socket = room.path("socket");
  await using server = await Glockd.start([...onlyUnix(socket), "-drain=1"]);
  await server.logged("listening");
  const holder = await LineClient.connect({ unix: socket });
  await holder.ask("g foo");
  server.signal("SIGTERM");
  expect(await server.exited()).toBe(0);
  await holder.socket.whenEnded();
  expect(server.stderr()).toContain("who still holds is cut off holders=1");
});

test("a second signal ends at once a stop that waits for holders", async () => {
  await using room = scratch();
  const socket = room.path("socket");
  await using server = await Glockd.start([...onlyUnix(socket), "-drain=600"]);
  await server.logged("listening");
  const holder = await LineClient.connect({ unix: socket });
  await holder.ask("g foo");
  server.signal("SIGINT");
  await server.logged("draining");
  server.signal("SIGTERM");
  expect(await server.exited()).toBe(143);
  expect(server.stderr()).toContain("stopped at once signal=SIGTERM");
});

test("a stop leaves alone what somebody has put in the pid file's place", async () => {
  await using room = scratch();
  const pidfile = room.path("pid");
  await using server = await Glockd.start([...onlyUnix(room.path("s")), "-pidfile", pidfile]);
  await server.logged("listening");
  writeFileSync(room.path("other"), "somebody's\n");
  await Bun.$`mv ${room.path("other")} ${pidfile}`;
  server.signal("SIGTERM");
  expect(await server.exited()).toBe(0);
  expect(readFileSync(pidfile, "utf8")).toBe("somebody's\n");
});

test("a line for each listener says where it listens, in the format that was asked for", async () => {
  await using room = scratch();
  const argv = [...onlyUnix(room.path("s")), "-log-format"];
  await using plain = await Glockd.start([...argv, "plain"]);
  expect(await plain.logged("listening")).toBe(`listening kind=unix address=${room.path("s")}`);
  plain.signal("SIGTERM");
  await plain.exited();
  await using json = await Glockd.start([...argv, "json"]);
  expect(JSON.parse(await json.logged("listening"))).toMatchObject({
    level: "info",
    event: "listening",
    kind: "unix",
    address: room.path("s"),
  });
});

test("a log that nobody reads does not end the server", async () => {
  await using room = scratch();
  const binary = await compiledBinary();
  const socket = room.path("s");
  // The reader of standard error ends with the first line, so the second write fails.
  const script =
    '{ "$0" -port=0 -ws=0 -unix "$1" -verbose 2>&1 >&3 & echo $! >&3; } | head -n 1 >&2';
  const shell = Bun.spawn(["sh", "-c", `exec 3>&1; ${script}`, binary, socket], {
    stdout: "pipe",
    stderr: "pipe",
  });
  expect(await new Response(shell.stderr).text()).toStartWith("listening");
  const echoed = Promise.withResolvers<string>();
  const client = await Bun.connect({
    unix: socket,
    socket: { data: (_, bytes) => echoed.resolve(bytes.toString()) },
  });
  client.write("g foo\n");
  expect(await echoed.promise).toBe("1 Lock Get Success: foo\n");
  client.end();
  const reader = shell.stdout.getReader();
  const pid = Number(new TextDecoder().decode((await reader.read()).value));
  process.kill(pid, "SIGTERM");
  // The shell's output ends when the server does.
  while (!(await reader.read()).done);
  expect(existsSync(socket)).toBe(false);
});
