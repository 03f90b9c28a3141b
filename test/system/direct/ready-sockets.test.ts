/** Reading past Bun: each byte goes to its reader or to Bun, once and in order, and ends are Bun's to tell. */
import { afterAll, expect, test } from "bun:test";
import { connect } from "node:net";
import { readyBytesMax, readySocketsMax, roundBytesMax } from "../../../src/limits.ts";
import { type DirectSocket, directSockets } from "../../../src/system/direct/direct-sockets.ts";
import { Changes, turn } from "../../wait-for.ts";

const sockets = directSockets();
const onLinux = test.skipIf(sockets === null);

interface Pair {
  readonly client: Bun.Socket;
  readonly direct: DirectSocket;
  /** What came in, by whoever read it, and "end" and "close". */
  readonly told: string[];
  readonly changes: Changes;
}

/** Both ends of a TCP connection; what the accepted one receives is told by who read it. */
async function pair(told: string[] = []): Promise<Pair> {
  const changes = new Changes();
  const tell = (what: string): void => {
    told.push(what);
    changes.announce();
  };
  const accepted = Promise.withResolvers<Bun.Socket>();
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      open: (socket) => accepted.resolve(socket),
      data: (_, bytes) => tell(`bun: ${bytes.toString("latin1")}`),
      end: () => tell("end"),
      close: () => tell("close"),
      error() {},
    },
  });
  const client = await Bun.connect({
    hostname: "127.0.0.1",
    port: listener.port,
    socket: { data() {}, error() {} },
  });
  const socket = await accepted.promise;
  listener.stop();
  open.push(client, socket);
  const direct = sockets!.direct(socket)!;
  direct.watch({
    receive: (bytes, start, end) =>
      tell(`direct: ${Buffer.from(bytes.subarray(start, end)).toString("latin1")}`),
  });
  return { client, direct, told, changes };
}

const open: { terminate(): unknown }[] = [];
afterAll(() => open.forEach((socket) => socket.terminate()));

onLinux("hands over what has come, and Bun finds nothing of it", async () => {
  const { client, told } = await pair();
  client.write("one");
  expect(sockets!.read()).toBe(true);
  expect(sockets!.read()).toBe(false);
  client.write("two");
  expect(sockets!.read()).toBe(true);
  await turn();
  expect(told).toEqual(["direct: one", "direct: two"]);
});

onLinux("reads nothing that Bun has read, and nothing of nobody", async () => {
  const { client, told, changes } = await pair();
  expect(sockets!.read()).toBe(false);
  client.write("one");
  await changes.until("what was sent", () => told[0]);
  expect(sockets!.read()).toBe(false);
  expect(told).toEqual(["bun: one"]);
});

onLinux("leaves the rest of what is too much to Bun, in order", async () => {
  const { client, told, changes } = await pair();
  const text = Array.from({ length: 2 * readyBytesMax }, (_, at) => String(at % 7)).join("");
  const sent = client.write(text);
  expect(sent).toBeGreaterThan(readyBytesMax);
  expect(sockets!.read()).toBe(true);
  const received = (): string => told.map((each) => each.replace(/^\w+: /, "")).join("");
  await changes.until("all of it", () => received().length === sent || undefined);
  expect(received()).toBe(text.slice(0, sent));
  expect(told[0]?.length).toBe("direct: ".length + readyBytesMax);
  expect(told[1]).toStartWith("bun: ");
});

onLinux("leaves the end of a connection to Bun, and what came right before it", async () => {
  const { client, told, changes } = await pair();
  client.write("last");
  client.end();
  expect(sockets!.read()).toBe(false);
  await changes.until("the end", () => told.includes("end") || undefined);
  expect(told).toEqual(["bun: last", "end"]);
});

for (const how of ["end", "shutdown", "terminate"] as const) {
  onLinux(`reads nothing that came behind somebody else's end, by ${how}`, async () => {
    const told: string[] = [];
    const [before, leaving, behind] = [await pair(told), await pair(told), await pair(told)];
    before.client.write("before");
    leaving.client[how]();
    behind.client.write("behind");
    expect(sockets!.read()).toBe(false);
    expect(told).toEqual(["direct: before"]);
    await behind.changes.until("what came behind", () => told.includes("bun: behind") || undefined);
    const [end] = how === "terminate" ? ["close"] : ["end"];
    expect(told.slice(0, 3)).toEqual(["direct: before", end, "bun: behind"]);
    behind.client.write("later");
    expect(sockets!.read()).toBe(true);
    expect(told.at(-1)).toBe("direct: later");
  });
}

onLinux("reads nothing that came behind somebody who wants to come in", async () => {
  const { client, told, changes } = await pair();
  const welcome = Promise.withResolvers<void>();
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: { open: () => welcome.resolve(), data() {} },
  });
  sockets!.heed((listener as unknown as { fd: number }).fd);
  const coming = connect(listener.port, "127.0.0.1");
  open.push({ terminate: () => coming.destroy() });
  await new Promise<void>((resolve) => coming.once("ready", resolve));
  await welcome.promise;
  // Whoever came before is known by now; somebody else comes, and nobody lets Bun look.
  sockets!.read();
  const pushed = Bun.spawnSync(["bash", "-c", `exec 3<>/dev/tcp/127.0.0.1/${listener.port}`]);
  expect(pushed.exitCode).toBe(0);
  client.write("behind");
  expect(sockets!.read()).toBe(false);
  expect(told).toEqual([]);
  await changes.until("what came behind", () => told[0]);
  expect(told).toEqual(["bun: behind"]);
  listener.stop(true);
});

onLinux("leaves to Bun what is too much for one go", async () => {
  const pairs = await Promise.all(
    Array.from({ length: roundBytesMax / readyBytesMax + 1 }, () => pair()),
  );
  for (const { client } of pairs) {
    expect(client.write("n".repeat(readyBytesMax))).toBe(readyBytesMax);
  }
  expect(sockets!.read()).toBe(false);
  expect(pairs.map(({ told }) => told.length)).toEqual(pairs.map((_, at) => (at < 4 ? 1 : 0)));
  const [last] = pairs.slice(-1);
  await last!.changes.until("the last", () => last!.told[0]);
});

onLinux("leaves a reset to Bun", async () => {
  const { client, told, changes } = await pair();
  client.terminate();
  expect(sockets!.read()).toBe(false);
  await changes.until("the close", () => told.includes("close") || undefined);
});

onLinux("reads nothing for whoever is watched no more", async () => {
  const { client, direct, told, changes } = await pair();
  direct.unwatch();
  client.write("late");
  expect(sockets!.read()).toBe(false);
  await changes.until("what was sent", () => told[0]);
  expect(told).toEqual(["bun: late"]);
});

onLinux("comes to everybody, however many are ready", async () => {
  const pairs = await Promise.all(Array.from({ length: readySocketsMax + 10 }, () => pair()));
  pairs.forEach(({ client }, index) => client.write(`${index}`));
  expect(sockets!.read()).toBe(true);
  expect(sockets!.read()).toBe(true);
  expect(sockets!.read()).toBe(false);
  expect(pairs.map(({ told }) => told)).toEqual(pairs.map((_, index) => [`direct: ${index}`]));
});
