/** What a client held is free when the client is gone, however it went. */
import { describe, expect, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { type DoorName, doorNames, type ServerProcess, startProcess } from "../server-process.ts";
import { eventually, testMilliseconds, within } from "../wait-for.ts";
import { WebClient } from "../peers/web-client.ts";

describe.each(doorNames)("A client over %s", (door) => {
  test(
    "that is killed leaves its locks to others, counted as orphans",
    async () => {
      await using server = await startProcess();
      const watcher = await LineClient.connect(server.doors.tcp);
      expect(await watcher.ask("sg both")).toBe("1 Shared Lock Get Success: both");
      await using killed = await holder(server, door, ["one", "two", "three"], ["both", "own"]);
      await using killedToo = await holder(server, door, ["four"], ["both"]);
      expect(await watcher.ask("g two")).toBe("0 Lock Get Failure: two");
      expect(await watcher.ask("si both")).toBe("3 Shared Lock Is Locked: both");
      killed.kill();
      killedToo.kill();
      const counts = await eventually(
        "both connections end",
        () => watcher.statistics(),
        ({ connections }) => connections === 1,
      );
      expect(counts).toMatchObject({ locks: 0, shared_locks: 1, orphans: 4, shared_orphans: 3 });
      expect(await watcher.ask("g two")).toBe("1 Lock Get Success: two");
      expect(await watcher.ask("si both")).toBe("1 Shared Lock Is Locked: both");
    },
    testMilliseconds,
  );

  test(
    "that resets its connection leaves its locks to others",
    async () => {
      await using server = await startProcess();
      const watcher = await LineClient.connect(server.doors.tcp);
      const client = await (door === "web" ? WebClient : LineClient).connect(server.doors[door]);
      expect(await client.ask("g foo")).toStartWith("1 Lock Get Success: foo");
      expect(await client.ask("sg foo")).toStartWith("1 Shared Lock Get Success: foo");
      expect(await watcher.ask("g foo")).toBe("0 Lock Get Failure: foo");
      client.socket.reset();
      const counts = await eventually(
        "the connection ends",
        () => watcher.statistics(),
        ({ connections }) => connections === 1,
      );
      expect(counts).toMatchObject({ locks: 0, shared_locks: 0, orphans: 1, shared_orphans: 1 });
    },
    testMilliseconds,
  );

  test(
    "that is killed amid a stream of commands leaves nothing held",
    async () => {
      await using server = await startProcess();
      const watcher = await LineClient.connect(server.doors.tcp);
      const names = Array.from({ length: 2_000 }, (_, index) => `lock-${index}`);
      await using killed = await holder(server, door, names, names);
      killed.kill();
      const counts = await eventually(
        "the connection ends",
        () => watcher.statistics(),
        ({ connections }) => connections === 1,
      );
      expect(counts).toMatchObject({
        locks: 0,
        shared_locks: 0,
        orphans: names.length,
        shared_orphans: names.length,
      });
    },
    testMilliseconds,
  );
});

interface Holder extends AsyncDisposable {
  /** SIGKILL: it says goodbye to nobody. */
  kill(): void;
}

/** A process that holds these locks. */
async function holder(
  server: ServerProcess,
  door: DoorName,
  exclusive: readonly string[],
  shared: readonly string[],
): Promise<Holder> {
  const place = door === "unix" ? server.doors.unix.unix : String(server.doors[door].port);
  const script = `${import.meta.dir}/holder.ts`;
  const child = Bun.spawn(
    [process.execPath, script, door, place, exclusive.join(","), shared.join(",")],
    { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  const { value } = await within("the client holds its locks", child.stdout.getReader().read());
  if (Buffer.from(value ?? []).toString() !== "held\n") throw new Error("the client failed");
  return {
    kill: () => child.kill("SIGKILL"),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}
