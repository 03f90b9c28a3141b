/** What a descriptor is that somebody has handed over. */
import { describe, expect, test } from "bun:test";
import { duplicate, inspectSocket } from "../../../src/system/listening/inherited-socket.ts";
import { scratch } from "../../cli/glockd.ts";

const socket = { data() {} };

function descriptorOf(listener: object): number {
  return (listener as { fd: number }).fd;
}

describe.skipIf(process.platform !== "linux")("inspectSocket", () => {
  test.each(["127.0.0.1", "::1"])("knows a TCP listener on %s and its port", (hostname) => {
    using listener = Bun.listen({ hostname, port: 0, socket });
    const { port } = listener;
    const descriptor = descriptorOf(listener);
    const address = hostname === "::1" ? `[::1]:${port}` : `127.0.0.1:${port}`;
    expect(inspectSocket(descriptor)).toEqual({ descriptor, kind: "tcp", address, port });
  });

  test.each(["path", "abstract"])("knows a unix listener by its %s", async (kind) => {
    await using room = scratch();
    const path = room.path("socket");
    const unix = kind === "path" ? path : `\0${path}`;
    using listener = Bun.listen({ unix, socket });
    const descriptor = descriptorOf(listener);
    const address = kind === "path" ? path : `@${path}`;
    expect(inspectSocket(descriptor)).toEqual({ descriptor, kind: "unix", address });
  });

  test("refuses what is no socket, and what does not listen", async () => {
    expect(() => inspectSocket(0)).toThrow("no socket");
    expect(() => inspectSocket(9_999)).toThrow("no socket");
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
    const client = await Bun.connect({ hostname: "127.0.0.1", port: listener.port, socket });
    expect(() => inspectSocket(descriptorOf(client))).toThrow("it does not listen");
    client.end();
    const datagrams = await Bun.udpSocket({ hostname: "127.0.0.1" });
    expect(() => inspectSocket(descriptorOf(datagrams))).toThrow("no s");
    datagrams.close();
  });

  test("a duplicate is another descriptor of the same socket", () => {
    using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
    const copy = duplicate(descriptorOf(listener));
    expect(copy).not.toBe(descriptorOf(listener));
    expect(inspectSocket(copy).port).toBe(listener.port);
    using second = Bun.listen({ fd: copy, socket } as unknown as { unix: string; socket: object });
    expect(descriptorOf(second)).toBe(copy);
    expect(() => duplicate(9_999)).toThrow("cannot duplicate descriptor 9999");
  });
});
