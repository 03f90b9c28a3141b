/** The file of the unix socket: its mode, who may take its path, and who removes it. */
import { describe, expect, test } from "bun:test";
import { mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { ListenError } from "../../src/listeners/listener.ts";
import { scratch } from "../cli/glockd.ts";
import { LineClient } from "../peers/line-client.ts";
import { startHere } from "../server-in-process.ts";
import { exists, startProcess } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

describe("The unix socket's file", () => {
  test.each([0o660, 0o600, 0o666, 0o777])(
    "has the mode that was asked for: %o",
    async (unixMode) => {
      const umask = process.umask(0o077);
      try {
        await using server = await startHere({ unixMode });
        expect(statSync(server.doors.unix.unix).mode & 0o7777).toBe(unixMode);
        expect(process.umask()).toBe(0o077);
      } finally {
        process.umask(umask);
      }
    },
    testMilliseconds,
  );

  test(
    "is removed by a clean stop",
    async () => {
      await using server = await startProcess();
      const { unix } = server.doors.unix;
      expect(exists(unix)).toBe(true);
      expect(await server.stop()).toBe(0);
      expect(exists(unix)).toBe(false);
    },
    testMilliseconds,
  );

  test(
    "is taken over when its server was killed",
    async () => {
      await using room = scratch();
      const path = room.path("socket");
      await leaveStale(path);
      await using server = await startHere({ unix: path });
      const client = await LineClient.connect(server.doors.unix);
      expect(await client.ask("g foo")).toBe("1 Lock Get Success: foo");
    },
    testMilliseconds,
  );

  test(
    "is refused while another server listens on it, which goes on undisturbed",
    async () => {
      await using first = await startHere();
      const { unix } = first.doors.unix;
      const client = await LineClient.connect({ unix });
      expect(await client.ask("g foo")).toBe("1 Lock Get Success: foo");
      const error = await refusal(unix);
      expect(error.message).toContain(unix);
      expect(exists(unix)).toBe(true);
      const other = await LineClient.connect({ unix });
      expect(await other.ask("g foo")).toBe("0 Lock Get Failure: foo");
      expect(await client.ask("i foo")).toBe("1 Lock Is Locked: foo");
    },
    testMilliseconds,
  );

  test(
    "is refused, and left as it is, where something else has its path",
    async () => {
      await using room = scratch();
      writeFileSync(room.path("file"), "precious");
      mkdirSync(room.path("folder"));
      symlinkSync(room.path("file"), room.path("link"));
      for (const name of ["file", "folder", "link"]) {
        expect((await refusal(room.path(name))).message).toContain(room.path(name));
        expect(exists(room.path(name))).toBe(true);
      }
      expect(readFileSync(room.path("link"), "utf8")).toBe("precious");
    },
    testMilliseconds,
  );

  test(
    "is refused in a folder that does not exist",
    async () => {
      await using room = scratch();
      expect((await refusal(room.path("nowhere/socket"))).message).toContain("nowhere/socket");
    },
    testMilliseconds,
  );
});

test(
  "A server that cannot have one of its doors opens none",
  async () => {
    using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    await using room = scratch();
    const unix = room.path("socket");
    const starting = startHere({ port: taken.port, unix });
    await expect(starting).rejects.toBeInstanceOf(ListenError);
    await expect(starting).rejects.toThrow(`:${taken.port}`);
    expect(exists(unix)).toBe(false);
  },
  testMilliseconds,
);

async function refusal(unix: string): Promise<ListenError> {
  try {
    await using server = await startHere({ unix });
    throw new Error(`it listens on ${server.doors.unix.unix}`);
  } catch (error) {
    if (error instanceof ListenError) return error;
    throw error;
  }
}

/** A socket file as a killed server leaves it. */
async function leaveStale(path: string): Promise<void> {
  const script = `Bun.listen({ unix: ${JSON.stringify(path)}, socket: { data() {} } });
    process.kill(process.pid, "SIGKILL");`;
  await Bun.spawn([process.execPath, "-e", script], { stderr: "inherit" }).exited;
  expect(statSync(path).isSocket()).toBe(true);
}
