/** A port that is listened on before anybody serves it. */
import { describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { libc, serviceCalls } from "../../../src/system/libc.ts";
import { listenOn } from "../../../src/system/listening/listening-socket.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startHere } from "../../server-in-process.ts";
import { freePort } from "../../server-process.ts";

const peer = { keepaliveSeconds: 17, userTimeoutSeconds: 12 };
const quiet = { data() {} };

function open(host: string | undefined, port = freePort()): { descriptor: number; port: number } {
  const socket = listenOn({ ...peer, host, port });
  if (socket === null) throw new Error(`cannot listen on ${host}`);
  expect(socket.host).toBe(host ?? "::");
  return { descriptor: socket.take(), port };
}

function close(descriptor: number): void {
  expect(libc()?.close(descriptor)).toBe(0);
}

function descriptorsOpen(): number {
  return readdirSync("/proc/self/fd").length;
}

describe.skipIf(process.platform !== "linux")("listenOn", () => {
  test.each([
    ["127.0.0.1", ["127.0.0.1"]],
    ["::1", ["::1"]],
    ["0.0.0.0", ["127.0.0.1"]],
    [undefined, ["127.0.0.1", "::1"]],
  ])("lets clients of %s in, whom nobody serves yet", async (host, reached) => {
    const { descriptor, port } = open(host);
    for (const hostname of reached) {
      const client = await Bun.connect({ hostname, port, socket: quiet });
      client.end();
    }
    close(descriptor);
  });

  test("lets nobody in by another address", async () => {
    const { descriptor, port } = open("127.0.0.1");
    const elsewhere = Bun.connect({ hostname: "127.0.0.2", port, socket: quiet });
    await expect(elsewhere).rejects.toThrow();
    close(descriptor);
  });

  test("has those notice a silent peer who came before anybody served them", async () => {
    const { descriptor, port } = open("127.0.0.1");
    const client = await Bun.connect({ hostname: "127.0.0.1", port, socket: quiet });
    const found = Promise.withResolvers<number[]>();
    const look = (socket: unknown): void => {
      const { fd } = socket as { fd: number };
      found.resolve([option(fd, 1, 9), option(fd, 6, 4), option(fd, 6, 18)]);
    };
    const place = { fd: descriptor } as unknown as { unix: string };
    const listener = Bun.listen({ ...place, socket: { ...quiet, open: look } });
    expect(await found.promise).toEqual([1, 17, 12_000]);
    client.end();
    listener.stop();
  });

  test("leaves what it cannot do to Bun, and no descriptor behind", () => {
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: quiet });
    const before = descriptorsOpen();
    expect(listenOn({ ...peer, host: "127.0.0.1", port: listener.port })).toBeNull();
    const port = freePort();
    // Names, an address that is another machine's, one with a zone, and ones that are none.
    for (const host of [
      "localhost",
      "192.0.2.1",
      "fe80::1%lo",
      "1.2.3.4.5",
      "::g",
      "ı27.0.0.1",
      "",
    ])
      expect([host, listenOn({ ...peer, host, port })]).toEqual([host, null]);
    expect(descriptorsOpen()).toBe(before);
  });
});

test.skipIf(process.platform !== "linux")("Nobody listens on what was closed", async () => {
  const port = freePort();
  const before = descriptorsOpen();
  listenOn({ ...peer, host: "127.0.0.1", port })?.close();
  expect(descriptorsOpen()).toBe(before);
  await expect(LineClient.connect({ port })).rejects.toThrow();
});

test.skipIf(process.platform !== "linux")(
  "A server answers whoever came before it, and closes the port at its end",
  async () => {
    const port = freePort();
    const socket = listenOn({ ...peer, host: "127.0.0.1", port });
    const early = await LineClient.connect({ port });
    early.command("g a");
    const server = await startHere({ port }, { early: socket });
    // It is the server's by now.
    socket?.close();
    expect(server.listeners.map(({ kind, address }) => `${kind} ${address}`)).toContain(
      `tcp 127.0.0.1:${port}`,
    );
    expect(await early.take(1)).toEqual(["1 Lock Get Success: a"]);
    const late = await LineClient.connect({ port });
    expect(await late.ask("g a")).toBe("0 Lock Get Failure: a");
    await server[Symbol.asyncDispose]();
    await expect(LineClient.connect({ port })).rejects.toThrow();
  },
);

function option(descriptor: number, level: number, name: number): number {
  const [value, bytes] = [Int32Array.of(-1), Int32Array.of(4)];
  expect(serviceCalls()?.getsockopt(descriptor, level, name, value, bytes)).toBe(0);
  return value[0] ?? -1;
}
