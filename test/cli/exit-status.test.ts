/** The compiled binary's exit statuses, and which of its outputs says what. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { version } from "../../package.json" with { type: "json" };
import { cliCommands } from "../../src/cli/commands.ts";
import { compiledBinary } from "../binary.ts";
import { LineClient } from "../peers/line-client.ts";
import { missing, startProcess } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";
import { Glockd, glockd, onlyUnix, scratch } from "./glockd.ts";

setDefaultTimeout(testMilliseconds);

const names = cliCommands.map(({ name }) => name);
const allCommands = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

describe("glockd", () => {
  test.each(["-version", "--version", "serve -version", "-version -help"])(
    "prints its version and commit for %s",
    async (words) => {
      const { status, stdout, stderr } = await glockd(words.split(" "));
      expect(stdout).toMatch(new RegExp(`^glockd ${RegExp.escape(version)} \\([0-9a-z-]+\\)\\n$`));
      expect([status, stderr]).toEqual([0, ""]);
    },
  );

  test.each(["-h", "-help", "--help", "serve --help"])(
    "prints its flags to standard output for %s",
    async (words) => {
      const { status, stdout, stderr } = await glockd(words.split(" "));
      expect(stdout).toContain("-pidfile, -p, -pid-file PATH");
      expect([status, stderr]).toEqual([0, ""]);
    },
  );

  test.each([
    ["-prot 5", "unknown flag -prot; did you mean -port?"],
    ["-unix_mode 0660", "unknown flag -unix_mode; did you mean -unix-mode?"],
    ["-_", "unknown flag -_"],
    ["-port x", '-port: "x" is not a whole number between 0 and 65535'],
    ["-port", "-port needs a value"],
    ["-port 0 -ws 0", "nothing to listen on"],
    ["-dump false", 'unexpected argument "false"; to give -dump a value write -dump=false'],
    ["sevre", 'unknown command "sevre"; did you mean serve?'],
    ["frobnicate", `unknown command "frobnicate"; there are ${allCommands}`],
    ["constructor", 'unknown command "constructor"'],
    ["serve test", 'unexpected argument "test"'],
    ["test -clinets 5", "unknown flag -clinets; did you mean -clients?"],
  ])("refuses %p with status 2, on standard error", async (words, complaint) => {
    const { status, stdout, stderr } = await glockd(words.split(" "));
    expect(stderr).toContain(complaint);
    expect([status, stdout]).toEqual([2, ""]);
  });

  test("refuses a wrong variable with status 2 and names it", async () => {
    const { status, stderr } = await glockd([], { env: { GLOCKD_WS: "many" } });
    expect(stderr).toContain('GLOCKD_WS: "many" is not a whole number');
    expect(status).toBe(2);
  });

  test.each([
    ["does without a reader of its help", '"$0" -help | true', 0, ""],
    ["tells wrong usage even where nobody hears it", '"$0" -nonsense 2>&-', 2, ""],
    ["says that its help could not be written", '"$0" -help >/dev/full', 2, "no space left"],
  ])("%s", async (_, script, status, complaint) => {
    const { exitCode, stderr } = Bun.spawnSync(["sh", "-c", script, await compiledBinary()]);
    expect(stderr.toString()).toContain(complaint);
    expect([exitCode, stderr.length > 0]).toEqual([status, complaint !== ""]);
  });
});

/** Runs a command whose output is a pipe that never blocks, and reads it only after a while. */
const lateReader = `
import os, select, subprocess, sys
reader, writer = os.pipe()
os.set_blocking(writer, False)
process = subprocess.Popen(sys.argv[1:], stdout=writer)
# Full, so that the command meets a write that cannot be done.
while select.select([], [writer], [], 0)[1] and process.poll() is None:
    pass
os.close(writer)
total = 0
while chunk := os.read(reader, 65536):
    total += len(chunk)
print(total, process.wait())
`;

describe.skipIf(missing("python3") !== undefined)("what a command answers", () => {
  test("is whole, or the exit status says that it is not", async () => {
    await using server = await startProcess();
    const client = await LineClient.connect(server.doors.unix);
    for (let lock = 0; lock < 1_500; lock++) await client.ask(`g lock-${lock}`);
    const binary = await compiledBinary();
    const status = ["status", "-json", "-unix", server.doors.unix.unix];
    const whole = Bun.spawnSync([binary, ...status]).stdout.length;
    expect(whole).toBeGreaterThan(300_000);
    const late = Bun.spawnSync(["python3", "-c", lateReader, binary, ...status]);
    expect(late.stdout.toString()).toBe(`${whole} 0\n`);
    const full = Bun.spawnSync(["sh", "-c", '"$0" "$@" >/dev/full', binary, ...status]);
    expect(full.stderr.toString()).toContain("no space left");
    expect(full.exitCode).toBe(2);
    const rules = ["test", "-no-load", "-only=exclusive", "-unix", server.doors.unix.unix];
    const report = Bun.spawnSync(["sh", "-c", '"$0" "$@" >/dev/full', binary, ...rules]);
    expect(report.stderr.toString()).toMatch(/^glockd: cannot write .*no space left.*\n$/);
    expect(report.exitCode).toBe(2);
    client.socket.drop();
  });
});

describe("a listener that fails", () => {
  test("ends the server with status 1 and says which and why", async () => {
    using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const argv = ["-host=127.0.0.1", `-port=${taken.port}`, "-ws=0"];
    const { status, stderr } = await glockd(argv);
    expect(stderr).toContain(`${taken.port}`);
    expect(stderr.trim().split("\n").length).toBe(1);
    expect(status).toBe(1);
  });

  test.each([
    [
      ["-port=1", "-ws=0", "-host=locks.invalid"],
      "locks.invalid:1: this machine has no such address",
    ],
    [onlyUnix(`/tmp/${"x".repeat(108)}`), "x: a socket's path has at most 10"],
  ])("says why not: %p", async (argv, complaint) => {
    const { status, stderr } = await glockd(argv);
    expect(stderr).toStartWith("error: cannot listen on ");
    expect(stderr).toContain(complaint);
    expect(status).toBe(1);
  });

  test("leaves no pid file", async () => {
    await using room = scratch();
    using taken = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
    const pidfile = room.path("pid");
    const argv = ["-host=127.0.0.1", `-port=${taken.port}`, "-ws=0", "-pidfile", pidfile];
    expect((await glockd(argv)).status).toBe(1);
    expect(existsSync(pidfile)).toBe(false);
  });
});

describe("a pid file that cannot be opened", () => {
  test("ends the server with status 3, its path and the reason", async () => {
    await using room = scratch();
    const pidfile = room.path("missing/pid");
    const { status, stderr } = await glockd([...onlyUnix(room.path("s")), "-pidfile", pidfile]);
    expect(stderr).toContain(`${pidfile}: no such file or directory (ENOENT)`);
    expect([status, existsSync(room.path("s"))]).toEqual([3, false]);
  });

  test("may be a directory or a device, which stay what they are", async () => {
    await using room = scratch();
    mkdirSync(room.path("pid"));
    for (const pidfile of [room.path("pid"), "/dev/null"]) {
      const { status, stderr } = await glockd([...onlyUnix(room.path("s")), "-p", pidfile]);
      expect(stderr).toContain(`cannot open the pid file ${pidfile}: `);
      expect([status, existsSync(pidfile)]).toEqual([3, true]);
    }
  });

  test.skipIf(process.getuid?.() === 0)(
    "may be one that others own (skipped for root, whom no permission stops)",
    async () => {
      await using room = scratch();
      writeFileSync(room.path("pid"), "");
      chmodSync(room.path("pid"), 0o400);
      const { status, stderr } = await glockd([
        ...onlyUnix(room.path("s")),
        "-p",
        room.path("pid"),
      ]);
      expect(stderr).toContain("permission denied (EACCES)");
      expect(status).toBe(3);
    },
  );
});

describe("a pid file that is held", () => {
  test("ends a second server with status 4, names the first and leaves it alone", async () => {
    await using room = scratch();
    const pidfile = room.path("pid");
    await using first = await Glockd.start([...onlyUnix(room.path("a")), "-pidfile", pidfile]);
    await first.logged("listening");
    const { status, stderr } = await glockd([...onlyUnix(room.path("b")), "-pidfile", pidfile]);
    expect(stderr).toContain(`the pid file ${pidfile} is held by process ${first.pid}`);
    expect([status, readFileSync(pidfile, "utf8")]).toEqual([4, `${first.pid}\n`]);
    first.signal("SIGTERM");
    expect([await first.exited(), existsSync(pidfile)]).toEqual([0, false]);
  });

  test("is taken over once its holder was killed", async () => {
    await using room = scratch();
    const pidfile = room.path("pid");
    await using first = await Glockd.start([...onlyUnix(room.path("a")), "-pidfile", pidfile]);
    await first.logged("listening");
    first.signal("SIGKILL");
    await first.exited();
    expect(readFileSync(pidfile, "utf8")).toBe(`${first.pid}\n`);
    await using second = await Glockd.start([...onlyUnix(room.path("b")), "-pidfile", pidfile]);
    await second.logged("listening");
    expect(readFileSync(pidfile, "utf8")).toBe(`${second.pid}\n`);
  });
});
