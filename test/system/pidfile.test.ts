/** The pid file's lock, within one process: flock treats two openings as strangers. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { PidfileError, takeByCreation, takePidfile } from "../../src/system/pidfile.ts";
import type { Pidfile } from "../../src/system/pidfile.ts";
import { scratch } from "../cli/glockd.ts";
import { testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

function refusal(take: () => Pidfile): { status: number; message: string } {
  try {
    take().release();
  } catch (error) {
    if (error instanceof PidfileError) return error;
    throw error;
  }
  throw new Error("the pid file was taken");
}

describe.each([
  ["takePidfile", takePidfile],
  ["takeByCreation, for systems without flock,", takeByCreation],
] as const)("%s", (_, take) => {
  test("writes this process's id and removes the file in the end", async () => {
    await using room = scratch();
    const pidfile = take(room.path("pid"));
    expect(readFileSync(room.path("pid"), "utf8")).toBe(`${process.pid}\n`);
    pidfile.release();
    pidfile.release();
    expect(existsSync(room.path("pid"))).toBe(false);
  });

  test("takes over what a killed process left, however long it is", async () => {
    await using room = scratch();
    // No system gives out so large a process id.
    writeFileSync(room.path("pid"), "4194999999\nand more than the new one has\n");
    const pidfile = take(room.path("pid"));
    expect(readFileSync(room.path("pid"), "utf8")).toBe(`${process.pid}\n`);
    pidfile.release();
  });

  test("leaves a file alone that is not the one it made", async () => {
    await using room = scratch();
    const pidfile = take(room.path("pid"));
    rmSync(room.path("pid"));
    writeFileSync(room.path("pid"), "1\n");
    pidfile.release();
    expect(readFileSync(room.path("pid"), "utf8")).toBe("1\n");
  });

  test("says why it cannot open the file", async () => {
    await using room = scratch();
    expect(refusal(() => take(room.path("missing/pid")))).toMatchObject({
      status: 3,
      message: `cannot open the pid file ${room.path("missing/pid")}: no such file or directory (ENOENT)`,
    });
  });
});

describe("takePidfile", () => {
  test("refuses a file that is held, names its holder and can have it afterwards", async () => {
    await using room = scratch();
    const pidfile = takePidfile(room.path("pid"));
    const { status, message } = refusal(() => takePidfile(room.path("pid")));
    expect(status).toBe(4);
    expect(message).toContain(`held by process ${process.pid};`);
    pidfile.release();
    takePidfile(room.path("pid")).release();
  });

  test("says so when it cannot be known who holds it", async () => {
    await using room = scratch();
    const pidfile = takePidfile(room.path("pid"));
    writeFileSync(room.path("pid"), "");
    expect(refusal(() => takePidfile(room.path("pid"))).message).toContain("another process;");
    pidfile.release();
  });

  test("refuses what is no file", async () => {
    await using room = scratch();
    symlinkSync("/dev/null", room.path("pid"));
    expect(refusal(() => takePidfile(room.path("pid")))).toMatchObject({ status: 3 });
    expect(existsSync("/dev/null")).toBe(true);
  });

  test("has no lock that a child could keep", async () => {
    await using room = scratch();
    const pidfile = takePidfile(room.path("pid"));
    const child = Bun.spawn(["sh", "-c", "read line"], { stdin: "pipe" });
    pidfile.release();
    takePidfile(room.path("pid")).release();
    void child.stdin.end();
    await child.exited;
  });
});

describe("takeByCreation", () => {
  test("refuses a file whose process lives", async () => {
    await using room = scratch();
    writeFileSync(room.path("pid"), "1\n");
    expect(refusal(() => takeByCreation(room.path("pid")))).toMatchObject({ status: 4 });
    expect(readFileSync(room.path("pid"), "utf8")).toBe("1\n");
  });
});
