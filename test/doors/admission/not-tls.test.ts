/** What comes to an encrypted port without being encrypted, or without getting that far. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { handshakeSeconds } from "../../../src/limits.ts";
import { FakeClock } from "../../clock.ts";
import { ByteSocket } from "../../peers/byte-socket.ts";
import { LineClient } from "../../peers/line-client.ts";
import { missing } from "../../server-process.ts";
import { Random, seedOfRun } from "../../sim/random.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { type Pair, withoutOpenssl, type Workshop, workshop } from "./certificates.ts";
import { output, serve, trusting } from "./encrypted.ts";

let shop: Workshop;
let server: Pair;

beforeAll(() => {
  shop = workshop();
  if (withoutOpenssl === undefined) server = shop.selfSigned("server");
});
afterAll(async () => await shop[Symbol.asyncDispose]());

describe.skipIf(withoutOpenssl !== undefined)("What is no TLS", () => {
  test(
    "opens no session and is not answered",
    async () => {
      await using here = await serve(server);
      const watcher = await LineClient.connect(here.doors.unix);
      for (const text of [
        "g foo\n",
        "GET / HTTP/1.1\r\n\r\n",
        "\x16\x03\x01\x00\x05hello",
        "\0".repeat(100),
      ]) {
        const client = await LineClient.connect(here.doors.tcp);
        client.send(text);
        await client.socket.whenEnded();
        // An alert of TLS is all that there may be.
        expect(client.unread).not.toContain("Lock");
      }
      expect(await watcher.statistics()).toMatchObject({ connections: 1, command_g: 0, locks: 0 });
    },
    testMilliseconds,
  );

  test(
    "is ended when it shakes no hands for too long",
    async () => {
      const clock = new FakeClock();
      await using here = await serve(server, { clock });
      const [silent, half] = [
        await LineClient.connect(here.doors.tcp),
        await LineClient.connect(here.doors.tcp),
      ];
      half.send("\x16\x03\x01");
      const quick = await LineClient.connect({ ...here.doors.tcp, tls: trusting });
      await quick.ask("ping");
      clock.advance(handshakeSeconds * 1000 - 1);
      expect(await quick.ask("ping")).toBe("1 pong");
      expect([silent.socket.ended, half.socket.ended]).toEqual([false, false]);
      clock.advance(1);
      await silent.socket.whenEnded();
      await half.socket.whenEnded();
      expect(await quick.ask("ping")).toBe("1 pong");
    },
    testMilliseconds,
  );

  test(
    "counts as a connection until it is ended",
    async () => {
      const clock = new FakeClock();
      await using here = await serve(server, { wishes: { limits: { connectionsMax: 2 } }, clock });
      const client = await LineClient.connect({ ...here.doors.tcp, tls: trusting });
      await client.ask("ping");
      const half = await LineClient.connect(here.doors.tcp);
      half.send("\x16\x03\x01");
      const refused = async (): Promise<boolean> => {
        const local = await LineClient.connect(here.doors.unix);
        const [reply] = await local.take(1).catch(() => [""]);
        return reply === "0 Limit Reached: connections";
      };
      // Whether it has come to the server yet is the system's affair.
      const local = await LineClient.connect(here.doors.tcp);
      await local.socket.whenEnded();
      expect(await refused()).toBe(true);
      clock.advance(handshakeSeconds * 1000);
      await half.socket.whenEnded();
      const next = await LineClient.connect(here.doors.unix);
      expect(await next.ask("ping")).toBe("1 pong");
    },
    testMilliseconds,
  );

  test(
    "does not keep a server from stopping",
    async () => {
      const here = await serve(server);
      const silent = await LineClient.connect(here.doors.tcp);
      const client = await LineClient.connect({ ...here.doors.tcp, tls: trusting });
      await client.ask("ping");
      await here[Symbol.asyncDispose]();
      await silent.socket.whenEnded();
    },
    testMilliseconds,
  );

  test(
    "does no harm, whatever it is",
    async () => {
      await using here = await serve(server);
      const random = new Random(seedOfRun());
      const hello = Buffer.from(
        `1603010200010001fc0303${"ab".repeat(32)}20${"cd".repeat(32)}`,
        "hex",
      );
      for (let time = 0; time < 300; time++) {
        const bytes = Buffer.from(hello.subarray(0, random.below(hello.length)));
        for (let change = random.below(4); change > 0 && bytes.length > 0; change--)
          bytes[random.below(bytes.length)] = random.below(256);
        const socket = await ByteSocket.connect(here.doors.tcp, () => {});
        socket.write(bytes);
        if (random.chance(0.5)) socket.reset();
        else socket.drop();
      }
      const client = await LineClient.connect({ ...here.doors.tcp, tls: trusting });
      expect(await client.ask("g foo")).toBe("1 Lock Get Success: foo");
    },
    testMilliseconds,
  );

  test.skipIf(missing("python3") !== undefined)(
    "does no harm behind a handshake either",
    async () => {
      await using here = await serve(server);
      const watcher = await LineClient.connect(here.doors.unix);
      const program = `
import os, random, socket, ssl
context = ssl.create_default_context()
context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
for time in range(100):
    client = context.wrap_socket(socket.create_connection(("127.0.0.1", ${here.doors.tcp.port})))
    client.sendall(b"g foo\\n")
    client.recv(100)
    garbage = random.randbytes(random.randrange(1, 200))
    record = bytes([random.choice([20, 21, 22, 23]), 3, 3]) + len(garbage).to_bytes(2, "big") + garbage
    os.write(client.fileno(), random.choice([garbage, record, b"plain text\\n" * 20]))
    try:
        client.shutdown(socket.SHUT_WR)
        while client.recv(1000):
            pass
    except OSError:
        pass
    client.close()
print("done")
`;
      expect(await output(["python3", "-c", program])).toBe("done\n");
      await eventually(
        "all are gone",
        () => watcher.statistics(),
        ({ connections, locks }) => connections === 1 && locks === 0,
      );
    },
    testMilliseconds,
  );
});
