/** What the compiled server tells a service manager, from its start to its end. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { LineClient } from "../../peers/line-client.ts";
import { NotifySocket } from "../../peers/notify-socket.ts";
import { missing } from "../../server-process.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { Glockd, onlyUnix, scratch } from "../glockd.ts";

setDefaultTimeout(testMilliseconds);

const withoutEars = process.platform !== "linux" || missing("python3") !== undefined;
const watched = { WATCHDOG_USEC: "100000" };

describe.skipIf(withoutEars)("A server that systemd has started", () => {
  test("says that it is ready once it listens, and that it stops", async () => {
    await using room = scratch();
    const unix = room.path("socket");
    await using ear = await NotifySocket.at(room.path("notify"));
    const env = { NOTIFY_SOCKET: room.path("notify") };
    await using server = await Glockd.start(onlyUnix(unix), { env });
    expect(await ear.with("READY")).toEqual({
      READY: "1",
      STATUS: "Serving: 0 connections, 0 locks",
    });
    // As it listens by now, this is not refused.
    (await LineClient.connect({ unix })).socket.drop();
    server.signal("SIGTERM");
    expect(await server.exited()).toBe(0);
    expect(await ear.with("STOPPING")).toEqual({ STOPPING: "1", STATUS: "Stopping" });
    expect(ear.messages.length).toBe(2);
  });

  test("says nothing of being ready when it cannot listen", async () => {
    await using room = scratch();
    await using ear = await NotifySocket.at(room.path("notify"));
    const env = { NOTIFY_SOCKET: room.path("notify") };
    await using server = await Glockd.start(onlyUnix("/nowhere/socket"), { env });
    expect(await server.exited()).toBe(1);
    expect(ear.messages).toEqual([]);
  });

  test.each([
    ["with a file to reread", true],
    ["without any", false],
  ])("says when it reloads and when that is done, %s", async (_, withFile) => {
    await using room = scratch();
    await using ear = await NotifySocket.at(room.path("notify"));
    const file = room.path("variables");
    writeFileSync(file, "");
    const argv = [...onlyUnix(room.path("socket")), ...(withFile ? ["-env-file", file] : [])];
    const env = { NOTIFY_SOCKET: room.path("notify") };
    await using server = await Glockd.start(argv, { env });
    await ear.with("READY");
    server.signal("SIGHUP");
    await ear.with("READY", 1);
    expect(ear.messages.map((message) => Object.keys(message)[0])).toEqual([
      "READY",
      "RELOADING",
      "READY",
    ]);
  });

  test("feeds the watchdog, and tells with it how many are there and hold locks", async () => {
    await using room = scratch();
    const unix = room.path("socket");
    await using ear = await NotifySocket.at(room.path("notify"));
    const env = { NOTIFY_SOCKET: room.path("notify"), ...watched };
    await using server = await Glockd.start(onlyUnix(unix), { env });
    await ear.with("WATCHDOG");
    const client = await LineClient.connect({ unix });
    await client.ask("g foo");
    await client.ask("sg foo");
    await ear.message(
      ({ WATCHDOG, STATUS }) => WATCHDOG === "1" && STATUS === "Serving: 1 connections, 2 locks",
    );
    await stopped(server);
  });

  test("does not feed a watchdog that was set for its parent", async () => {
    await using room = scratch();
    await using ears = await twoEars(room);
    const env = { ...watched, WATCHDOG_PID: "1" };
    await using silent = await startHeard(ears.first, env);
    await using fed = await startHeard(ears.second, watched);
    await ears.first.ear.with("READY");
    await beats(ears.second.ear, 5);
    expect(ears.first.ear.messages.length).toBe(1);
    await stopped(silent, fed);
  });

  test("does not feed the watchdog while its event loop hangs", async () => {
    await using room = scratch();
    await using ears = await twoEars(room);
    const file = room.path("first-variables");
    writeFileSync(file, "");
    await using hanging = await startHeard(ears.first, watched, ["-env-file", file]);
    await using other = await startHeard(ears.second, watched);
    await beats(ears.first.ear, 2);
    // Whoever opens a pipe to read waits for somebody who opens it to write.
    await Bun.$`rm ${file} && mkfifo ${file}`;
    hanging.signal("SIGHUP");
    await ears.first.ear.with("RELOADING");
    const heard = ears.first.ear.messages.length;
    await beats(ears.second.ear, 5);
    expect(ears.first.ear.messages.length).toBe(heard);
    await Bun.$`true > ${file}`;
    await ears.first.ear.with("READY", heard);
    await ears.first.ear.with("WATCHDOG", heard);
    await stopped(hanging, other);
  });

  test("asks for more time while it drains, and says for whom it waits", async () => {
    await using room = scratch();
    const unix = room.path("socket");
    await using ear = await NotifySocket.at(room.path("notify"));
    const env = { NOTIFY_SOCKET: room.path("notify"), ...watched };
    await using server = await Glockd.start([...onlyUnix(unix), "-drain=600"], { env });
    await server.logged("listening");
    const holder = await LineClient.connect({ unix });
    await holder.ask("g foo");
    server.signal("SIGTERM");
    const { EXTEND_TIMEOUT_USEC, STATUS } = await ear.with("EXTEND_TIMEOUT_USEC");
    expect(EXTEND_TIMEOUT_USEC).toBe("15000000");
    expect(STATUS).toMatch(/^Draining: 1 holders, \d{3} s left$/);
    const told = ear.messages.length;
    const { STATUS: later } = await ear.with("WATCHDOG", told);
    expect(later).toStartWith("Draining: 1 holders");
    // Again and again, for as long as it takes.
    await ear.with("EXTEND_TIMEOUT_USEC", told);
    await holder.ask("r foo");
    expect(await server.exited()).toBe(0);
  });
});

describe.skipIf(withoutEars)("A reload while the server drains", () => {
  test("is done, and the manager is not told that the server is ready again", async () => {
    await using room = scratch();
    const [unix, file] = [room.path("socket"), room.path("variables")];
    writeFileSync(file, "");
    await using ear = await NotifySocket.at(room.path("notify"));
    const env = { NOTIFY_SOCKET: room.path("notify") };
    const argv = [...onlyUnix(unix), "-drain=600", "-env-file", file];
    await using server = await Glockd.start(argv, { env });
    await server.logged("listening");
    const holder = await LineClient.connect({ unix });
    await holder.ask("g foo");
    server.signal("SIGTERM");
    await ear.with("STOPPING");
    server.signal("SIGHUP");
    await server.logged("settings reloaded");
    await holder.ask("r foo");
    expect(await server.exited()).toBe(0);
    const told = ear.messages.map((message) => Object.keys(message)[0]);
    expect(told.filter((word) => word === "READY" || word === "RELOADING")).toEqual(["READY"]);
  });
});

interface Heard {
  readonly ear: NotifySocket;
  readonly place: string;
  readonly unix: string;
}

async function twoEars(room: { path(name: string): string }) {
  const open = async (name: string): Promise<Heard> => {
    const place = room.path(`${name}-notify`);
    return { ear: await NotifySocket.at(place), place, unix: room.path(`${name}-socket`) };
  };
  const [first, second] = [await open("first"), await open("second")];
  return {
    first,
    second,
    [Symbol.asyncDispose]: async () => {
      await first.ear[Symbol.asyncDispose]();
      await second.ear[Symbol.asyncDispose]();
    },
  };
}

function startHeard(
  { place, unix }: Heard,
  env: Readonly<Record<string, string>>,
  argv: readonly string[] = [],
): Promise<Glockd> {
  return Glockd.start([...onlyUnix(unix), ...argv], { env: { NOTIFY_SOCKET: place, ...env } });
}

/** They end cleanly. */
async function stopped(...servers: readonly Glockd[]): Promise<void> {
  for (const server of servers) {
    server.signal("SIGTERM");
    expect(await server.exited()).toBe(0);
  }
}

/** So many more beats of a watchdog. */
async function beats(ear: NotifySocket, count: number): Promise<void> {
  for (let beat = 0; beat < count; beat++) await ear.with("WATCHDOG", ear.messages.length);
}
