/** Writing and reading past Bun: everything arrives, once and in order, and nothing goes to a descriptor that is another's. */
import { afterAll, expect, test } from "bun:test";
import {
  type DescribedSocket,
  type DirectSocket,
  directSockets,
} from "../../../src/system/direct/direct-sockets.ts";
import { turn, within } from "../../wait-for.ts";

const sockets = directSockets();
const onLinux = test.skipIf(sockets === null);

/** Both ends of a TCP connection: one wrapped, the other reads when it is asked to. */
async function pair(): Promise<{
  wrapped: DirectSocket;
  plain: DescribedSocket & { writes: number };
  drained: () => Promise<void>;
  received: () => Promise<Uint8Array>;
  kill: () => void;
}> {
  const accepted = Promise.withResolvers<Bun.Socket<undefined>>();
  let drain = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  const chunks: Uint8Array[] = [];
  const listener = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    allowHalfOpen: true,
    socket: {
      open: (socket) => accepted.resolve(socket),
      data() {},
      drain: () => drain.resolve(),
      error() {},
    },
  });
  const client = await Bun.connect({
    hostname: "127.0.0.1",
    port: listener.port,
    socket: {
      data: (_, bytes) => void chunks.push(bytes.slice()),
      end: () => ended.resolve(),
      close: () => ended.resolve(),
      error() {},
    },
  });
  const socket = await accepted.promise;
  listener.stop();
  open.push(client, socket);
  const plain = {
    fd: (socket as unknown as { fd: number }).fd,
    writes: 0,
    write(bytes: Uint8Array, offset?: number, length?: number) {
      plain.writes++;
      return socket.write(bytes, offset, length);
    },
    end: () => socket.end(),
    terminate: () => socket.terminate(),
    shutdown: () => socket.shutdown(),
    close: () => socket.close(),
  };
  return {
    plain,
    wrapped: sockets!.direct(plain)!,
    async drained() {
      await within("room in the socket", drain.promise);
      drain = Promise.withResolvers();
    },
    async received() {
      await within("the end of what was sent", ended.promise);
      return Buffer.concat(chunks);
    },
    kill: () => client.terminate(),
  };
}

const open: { terminate(): unknown }[] = [];
afterAll(() => open.forEach((socket) => socket.terminate()));

onLinux("writes a range of bytes without asking Bun", async () => {
  const { wrapped, plain, received } = await pair();
  expect(wrapped.write(Buffer.from("..first.."), 2, 5)).toBe(5);
  expect(wrapped.write(Buffer.from("second"))).toBe(6);
  wrapped.end();
  expect(Buffer.from(await received()).toString()).toBe("firstsecond");
  expect(plain.writes).toBe(0);
});

onLinux("leaves to Bun what the system does not take, and goes on when there is room", async () => {
  const { wrapped, plain, drained, received } = await pair();
  const bytes = new Uint8Array(32 * 1024 * 1024).map((_, index) => index % 251);
  let sent = wrapped.write(bytes);
  expect(sent).toBeLessThan(bytes.length);
  expect(plain.writes).toBe(1);
  while (sent < bytes.length) {
    await drained();
    sent += wrapped.write(bytes, sent, bytes.length - sent);
  }
  wrapped.end();
  const all = await received();
  expect(all.length).toBe(bytes.length);
  expect(Buffer.compare(all, bytes)).toBe(0);
});

onLinux("sends nothing any more once it was ended", async () => {
  const { wrapped, plain } = await pair();
  wrapped.terminate();
  // The descriptor is somebody else's from here on.
  const other = await pair();
  expect(wrapped.write(Buffer.from("late"))).toBe(-1);
  other.wrapped.end();
  expect((await other.received()).length).toBe(0);
  expect(plain.writes).toBe(0);
});

onLinux("survives a peer that is gone", async () => {
  const { wrapped, kill } = await pair();
  kill();
  const bytes = new Uint8Array(1024 * 1024);
  // The first may still go out; sooner or later the system refuses, without a signal.
  for (let i = 0; i < 100; i++) {
    if (wrapped.write(bytes) !== bytes.length) return;
    await turn();
  }
  throw new Error("a hundred megabytes went to nobody");
});
