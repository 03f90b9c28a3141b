/** What the system says of a connection, before anybody was told. */
import { expect, test } from "bun:test";
import { isConnected } from "../../src/system/connected.ts";
import { LineClient } from "../peers/line-client.ts";
import { within } from "../wait-for.ts";

test.skipIf(process.platform === "win32")(
  "A socket is connected until its peer has reset it, whether we have heard of that or not",
  async () => {
    const { promise, resolve } = Promise.withResolvers<Bun.Socket>();
    const socket = { open: (one: Bun.Socket) => resolve(one), data() {} };
    const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket });
    const client = await LineClient.connect({ port: listener.port });
    const accepted = await within("a connection", promise);
    const descriptor = (accepted as unknown as { fd: number }).fd;
    expect(isConnected(descriptor)).toBe(true);
    client.socket.reset();
    // In the same turn: no event has come yet.
    expect(isConnected(descriptor)).toBe(false);
    listener.stop(true);
  },
);
