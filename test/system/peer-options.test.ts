/** Socket options, read back from connections that were really accepted. */
import { describe, expect, test } from "bun:test";
import { dlopen, ptr } from "bun:ffi";
import { openedSockets, setPeerOptions } from "../../src/system/peer-options.ts";

const level = { socket: 1, tcp: 6 };
const option = { keepalive: 9, idle: 4, userTimeout: 18 };

function read(descriptor: number, at: number, name: number): number {
  const libc = dlopen("libc.so.6", {
    getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
  });
  const [value, bytes] = [new Int32Array(1), new Uint32Array([4])];
  expect(libc.symbols.getsockopt(descriptor, at, name, ptr(value), ptr(bytes))).toBe(0);
  return value[0] ?? -1;
}

/** The descriptor of a connection that was accepted by a listener with such options. */
async function accepted(options: Parameters<typeof setPeerOptions>[1]): Promise<number[]> {
  const opened = Promise.withResolvers<number[]>();
  const look = (socket: unknown): void => {
    const { fd } = socket as { fd: number };
    opened.resolve([
      read(fd, level.socket, option.keepalive),
      read(fd, level.tcp, option.idle),
      read(fd, level.tcp, option.userTimeout),
    ]);
  };
  const handlers = { open: look, data() {} };
  using listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: handlers });
  const { fd } = listener as unknown as { fd: number };
  expect(setPeerOptions(fd, options)).toBe(true);
  const { port } = listener;
  const client = await Bun.connect({ hostname: "127.0.0.1", port, socket: { data() {} } });
  const found = await opened.promise;
  client.end();
  return found;
}

describe.skipIf(process.platform !== "linux")("setPeerOptions", () => {
  test("on a listener holds for the connections that it accepts", async () => {
    expect(await accepted({ keepaliveSeconds: 17, userTimeoutSeconds: 12 })).toEqual([
      1, 17, 12_000,
    ]);
  });

  test("leaves to the system what is 0", async () => {
    const [keepalive, , userTimeout] = await accepted({
      keepaliveSeconds: 0,
      userTimeoutSeconds: 0,
    });
    expect([keepalive, userTimeout]).toEqual([0, 0]);
  });

  test("says when it could not", () => {
    expect(setPeerOptions(-1, { keepaliveSeconds: 1, userTimeoutSeconds: 1 })).toBe(false);
  });
});

test.skipIf(process.platform !== "linux")("openedSockets finds a web server's listener", () => {
  const { result, descriptors } = openedSockets(() =>
    Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() }),
  );
  // SO_ACCEPTCONN: of what was opened, exactly one listens.
  expect(descriptors.filter((descriptor) => read(descriptor, level.socket, 30) === 1).length).toBe(
    1,
  );
  result.stop(true);
});
