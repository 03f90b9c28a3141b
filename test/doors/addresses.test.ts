/** How the server prints where its clients are, and over which addresses they reach it. */
import { expect, test } from "bun:test";
import { connect as connectNode } from "node:net";
import { LineClient } from "../peers/line-client.ts";
import { startHere } from "../server-in-process.ts";
import { testMilliseconds } from "../wait-for.ts";
import { WebClient } from "../peers/web-client.ts";

const ipv6 = await canBind("::1");
const mapped = await canBind("::ffff:127.0.0.1");

test.skipIf(!ipv6)(
  "An IPv6 client is printed in brackets (skipped where the loopback has no IPv6)",
  async () => {
    await using server = await startHere({ host: "::1" });
    const client = await LineClient.connect({ ...server.doors.tcp, host: "::1" });
    expect(client.address).toStartWith("[::1]:");
    expect(await client.ask("me")).toBe(`1 ${client.address} ${client.address}`);
    expect(await client.ask("g foo")).toBe("1 Lock Get Success: foo");
    expect(await client.ask("dump")).toBe(`map[foo:${client.address}]`);
  },
  testMilliseconds,
);

test.skipIf(!ipv6)(
  "An IPv6 client of the WebSocket is printed in brackets too",
  async () => {
    await using server = await startHere({ host: "::1" });
    const client = await WebClient.connect({ ...server.doors.web, host: "::1" });
    expect(client.address).toStartWith("[::1]:");
    expect(await client.ask("me")).toBe(`1 ${client.address} ${client.address}\n`);
  },
  testMilliseconds,
);

test.skipIf(!mapped)(
  "An IPv4 client of an IPv6 listener is printed as IPv4 (skipped where there are none such)",
  async () => {
    // Bound to IPv4's loopback by its IPv6 name: the same as `::`, and nobody else's business.
    await using server = await startHere({ host: "::ffff:127.0.0.1" });
    const client = await LineClient.connect(server.doors.tcp);
    expect(client.address).toStartWith("127.0.0.1:");
    expect(await client.ask("me")).toBe(`1 ${client.address} ${client.address}`);
    const web = await WebClient.connect(server.doors.web);
    expect(web.address).toStartWith("127.0.0.1:");
    expect(await web.ask("me")).toBe(`1 ${web.address} ${web.address}\n`);
  },
  testMilliseconds,
);

test(
  "Unix clients are counted over the server's life, not by who is there",
  async () => {
    await using server = await startHere();
    for (let number = 1; number <= 3; number += 1) {
      const client = await LineClient.connect(server.doors.unix);
      expect(await client.ask("me")).toBe(`1 unix:${number} unix:${number}`);
      await client.goodbye();
    }
    const tcp = await LineClient.connect(server.doors.tcp);
    expect(await tcp.ask("me")).toBe(`1 ${tcp.address} ${tcp.address}`);
    const next = await LineClient.connect(server.doors.unix);
    expect(await next.ask("me")).toBe("1 unix:4 unix:4");
  },
  testMilliseconds,
);

test(
  "All doors lead to the same locks",
  async () => {
    await using server = await startHere();
    const tcp = await LineClient.connect(server.doors.tcp);
    const unix = await LineClient.connect(server.doors.unix);
    const web = await WebClient.connect(server.doors.web);
    expect(await tcp.ask("g foo")).toBe("1 Lock Get Success: foo");
    expect(await unix.ask("g foo")).toBe("0 Lock Get Failure: foo");
    expect(await web.ask("g foo")).toBe("0 Lock Get Failure: foo\n");
    expect(await tcp.ask("sg bar")).toBe("1 Shared Lock Get Success: bar");
    expect(await unix.ask("sg bar")).toBe("2 Shared Lock Get Success: bar");
    expect(await web.ask("sg bar")).toBe("3 Shared Lock Get Success: bar\n");
    expect(await web.ask("sd bar")).toBe(`bar: ${tcp.address}\nbar: unix:1\nbar: ${web.address}\n`);
    expect(await unix.statistics()).toMatchObject({ connections: 3, locks: 1, shared_locks: 1 });
  },
  testMilliseconds,
);

/** Whether this machine has that address. */
async function canBind(host: string): Promise<boolean> {
  try {
    const listener = Bun.listen({ hostname: host, port: 0, socket: { data() {} } });
    const socket = connectNode(listener.port, host);
    const reached = await new Promise<boolean>((resolve) => {
      socket.once("connect", () => resolve(true));
      socket.once("error", () => resolve(false));
    });
    socket.destroy();
    listener.stop(true);
    return reached;
  } catch {
    return false;
  }
}
