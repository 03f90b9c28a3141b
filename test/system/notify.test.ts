/** What a service manager is told, heard by one. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { readFileSync } from "node:fs";
import { ServiceManager } from "../../src/system/notify.ts";
import { scratch } from "../cli/glockd.ts";
import { NotifySocket } from "../peers/notify-socket.ts";
import { missing } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

const withoutEars = process.platform !== "linux" || missing("python3") !== undefined;

function managerAt(place: string, more: Record<string, string> = {}): ServiceManager {
  const manager = ServiceManager.of({ NOTIFY_SOCKET: place, ...more });
  if (manager === null) throw new Error(`nobody can be told at ${place}`);
  return manager;
}

describe.skipIf(withoutEars)("ServiceManager", () => {
  test.each(["a path", "an abstract address"])(
    "is told at %s, in one message each",
    async (kind) => {
      await using room = scratch();
      const abstract = `@glockd-test-${process.pid}-${performance.now()}`;
      const place = kind === "a path" ? room.path("notify") : abstract;
      await using ear = await NotifySocket.at(place);
      const manager = managerAt(place);
      expect(manager.ready("Serving: 1\nREADY=0")).toBe(true);
      expect(manager.reloading()).toBe(true);
      expect(manager.beat("b")).toBe(true);
      expect(manager.stopsWithin(1500, "c")).toBe(true);
      expect(manager.stopping("d")).toBe(true);
      await ear.with("STOPPING");
      const [, reloading] = ear.messages;
      expect(ear.messages).toEqual([
        { READY: "1", STATUS: "Serving: 1 READY=0" },
        { RELOADING: "1", MONOTONIC_USEC: reloading?.["MONOTONIC_USEC"] ?? "" },
        { WATCHDOG: "1", STATUS: "b" },
        { EXTEND_TIMEOUT_USEC: "1500000", STATUS: "c" },
        { STOPPING: "1", STATUS: "d" },
      ]);
    },
  );

  test("is told the time of a reload by the clock that all processes share", async () => {
    await using room = scratch();
    await using ear = await NotifySocket.at(room.path("notify"));
    managerAt(room.path("notify")).reloading();
    const { MONOTONIC_USEC: microseconds } = await ear.with("RELOADING");
    // Seconds since the start of the machine; sleeping it counts only in the file.
    const uptime = Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]);
    const monotonic = Number(microseconds) / 1_000_000;
    expect(monotonic).toBeGreaterThan(process.uptime());
    expect(monotonic).toBeLessThanOrEqual(uptime + 1);
  });

  test("that is not there does no harm, and that is known", async () => {
    await using room = scratch();
    expect(managerAt(room.path("nobody")).ready("x")).toBe(false);
  });
});

describe("ServiceManager.of", () => {
  test.each([
    [{}],
    [{ NOTIFY_SOCKET: "" }],
    [{ NOTIFY_SOCKET: "vsock:2:1234" }],
    [{ NOTIFY_SOCKET: `/${"n".repeat(108)}` }],
  ])("finds nobody in %p", (env) => {
    expect(ServiceManager.of(env)).toBeNull();
  });

  test.skipIf(process.platform !== "linux").each([
    [{ WATCHDOG_USEC: "30000000" }, 30_000],
    [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: String(process.pid) }, 30_000],
    [{ WATCHDOG_USEC: "30000000", WATCHDOG_PID: "1" }, null],
    [{ WATCHDOG_USEC: "0" }, null],
    [{ WATCHDOG_USEC: "soon" }, null],
    [{}, null],
  ])("reads of %p that the watchdog's time is %p ms", (env, milliseconds) => {
    expect(managerAt("/nowhere/notify", env).watchdogMilliseconds).toBe(milliseconds);
  });
});
