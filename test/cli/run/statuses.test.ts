/** `glockd run`: who gets the lock, what CMD finds, and what the exit status tells. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmodSync, writeFileSync } from "node:fs";
import { compiledBinary } from "../../binary.ts";
import { testMilliseconds } from "../../wait-for.ts";
import { House } from "../house.ts";

/** Those that stand in line. */
const waitingCommands = [
  "run lock -- true",
  "run --wait 60 lock -- true",
  "run -limit=1 lock -- true",
  "run -key=k lock -- true",
  "set --wait 60 lock",
] as const;

setDefaultTimeout(testMilliseconds);

describe("The exit status is", () => {
  test.each([
    ["CMD's own", "exit 7", 7],
    ["0 when CMD succeeds", "true", 0],
    ["128 and the number of the signal that ended CMD", "kill -USR1 $$", 138],
    ["137 when CMD was killed", "kill -KILL $$", 137],
  ])("%s", async (_, script, status) => {
    await using house = await House.open();
    const ended = await house.command(["run", "lock", "--", "sh", "-c", script]);
    expect(ended).toEqual({ status, stdout: "", stderr: "" });
    expect(await house.guest.inspect("lock")).toBe(false);
  });

  test("127 for a CMD that is not there, 126 for one that cannot be run", async () => {
    await using house = await House.open();
    const file = house.path("file");
    writeFileSync(file, "");
    for (const [command, status, why] of [
      ["no-such-command", 127, "no such file or directory"],
      [file, 126, "permission denied"],
    ] as const) {
      const ended = await house.command(["run", "lock", "--", command]);
      const stderr = `glockd run: cannot run ${JSON.stringify(command)}: ${why}\n`;
      expect(ended).toEqual({ status, stdout: "", stderr });
    }
    expect(await house.guest.inspect("lock")).toBe(false);
  });

  test("1, or -E, without a word, when the lock was not obtained", async () => {
    await using house = await House.open();
    await house.guest.acquire("lock");
    const command = ["lock", "--", "echo", "never"];
    for (const [flags, status] of [
      [["-n"], 1],
      [["--wait", "0"], 1],
      [["-w", "0.1"], 1],
      [["-n", "-E", "75"], 75],
      [["--nonblock", "--conflict-exit-code=0"], 0],
    ] as const) {
      const ended = await house.command(["run", ...flags, ...command]);
      expect(ended).toEqual({ status, stdout: "", stderr: "" });
    }
  });

  test.each([
    ["lock echo hi", 'unexpected argument "echo"; the command goes behind --: NAME -- CMD ARG...'],
    ["lock", "there is no command: write NAME -- CMD ARG..."],
    ["lock --", "there is no command: write NAME -- CMD ARG..."],
    ["-- true", "there is no NAME"],
    ["--wiat 5 lock -- true", "unknown flag --wiat; did you mean -wait?"],
    ["-shared -key k lock -- true", "-key is for locks that are not -shared"],
    ["-wait never lock -- true", '-wait: "never" is not a number'],
    [`${"n".repeat(1025)} -- true`, "is longer than 1024 bytes"],
    ["-unix /no/such/socket lock -- true", "cannot reach unix:/no/such/socket: no such file"],
    ["-host 127.0.0.1:1 lock -- true", "cannot reach 127.0.0.1:1: connection refused"],
  ])("2 for `%s`", async (words, complaint) => {
    await using house = await House.open();
    const { status, stdout, stderr } = await house.command(["run", ...words.split(" ")]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: "" });
    expect(stderr).toContain(complaint);
  });
});

describe("A server that stops is told, with exit status 2,", () => {
  const flags = [[], ["-drain=60"]] as const;
  const cases = waitingCommands.flatMap((line) => flags.map((more) => [line, more] as const));
  test.each(cases)("by a waiting `%s`, with %p", async (line, more) => {
    await using house = await House.open(...more);
    const { guest } = house;
    await (line.includes("-limit") ? guest.semaphore("lock", 1).acquire() : guest.acquire("lock"));
    await using waiting = await house.start(line.split(" "));
    await house.waiters(1);
    house.server.signal("SIGTERM");
    expect(await waiting.exited()).toBe(2);
    const [command] = line.split(" ");
    const why = "the server is shutting down";
    expect(waiting.stderr()).toBe(`glockd ${command}: cannot use unix:${house.unix}: ${why}\n`);
  });

  test("by whoever comes while it drains", async () => {
    await using house = await House.open("-drain=60");
    await house.guest.acquire("lock");
    house.server.signal("SIGTERM");
    await house.server.logged("draining");
    for (const line of ["status", "run other -- true", "set other", "free lock"]) {
      const { status, stdout, stderr } = await house.command(line.split(" "));
      expect({ line, status, stdout }).toEqual({ line, status: 2, stdout: "" });
      expect(stderr).toEndWith(`cannot use unix:${house.unix}: the server is shutting down\n`);
    }
  });
});

describe("CMD", () => {
  test("has the lock's name and its fence in the environment, and its own streams", async () => {
    await using house = await House.open();
    const script = 'echo "$GLOCKD_LOCK $GLOCKD_FENCE $KEPT"; echo error >&2';
    const words = ["run", "a b", "--", "sh", "-c", script];
    const first = await house.command(words, { KEPT: "kept" });
    const [, fence] = /^a b (\d+) kept\n$/.exec(first.stdout) ?? [];
    expect(first).toMatchObject({ status: 0, stderr: "error\n" });
    const second = await house.command(words, { KEPT: "kept" });
    expect(Number(second.stdout.split(" ")[2])).toBeGreaterThan(Number(fence));
  });

  test("finds no fence of an outer lock with a shared one, which has none", async () => {
    await using house = await House.open();
    const env = { GLOCKD_FENCE: "1" };
    const show = ["--", "sh", "-c", 'echo "$GLOCKD_LOCK,$GLOCKD_FENCE"'];
    expect((await house.command(["run", "-shared", "s", ...show], env)).stdout).toBe("s,\n");
    expect((await house.command(["run", "-limit=2", "s", ...show], env)).stdout).toBe("s,\n");
    expect((await house.command(["run", "-key=k", "s", ...show], env)).stdout).toMatch(/^s,\d+\n$/);
  });

  test("gets its arguments as they are, flags of ours as well", async () => {
    await using house = await House.open();
    const words = ["-n", "--", "a  b", "", "*", "$HOME", "--help", "ü\n"];
    const { stdout } = await house.command(["run", "lock", "--", "printf", "<%s>", ...words]);
    expect(stdout).toBe(words.map((word) => `<${word}>`).join(""));
  });

  test("may be a script without an interpreter's name, as for any shell", async () => {
    await using house = await House.open();
    writeFileSync(house.path("script"), "echo plain\n");
    chmodSync(house.path("script"), 0o755);
    const { stdout } = await house.command(["run", "lock", "--", house.path("script")]);
    expect(stdout).toBe("plain\n");
  });

  test("finds descriptors, limits and signals as glockd run has found them", async () => {
    await using house = await House.open();
    const shown = "grep -E 'SigIgn|SigBlk' /proc/self/status; ulimit -n; cat <&7";
    // The last word keeps the shell from becoming glockd, which has to be its child here.
    const script = `exec 7<"$1"; trap "" HUP; ulimit -Sn 321
      cat <&7 >/dev/null; ${shown.replace("cat <&7", "echo seven")}
      exec 7<"$1"; "$0" run lock -- sh -c "$2"; true`;
    writeFileSync(house.path("file"), "seven\n");
    const argv = ["sh", "-c", script, await compiledBinary(), house.path("file"), shown];
    const { stdout } = Bun.spawnSync(argv, {
      env: { PATH: process.env["PATH"], GLOCKD_UNIX: house.unix },
    });
    const lines = stdout.toString().split("\n");
    expect(lines.slice(2, 4)).toEqual(["321", "seven"]);
    expect(lines[0]).toMatch(/^SigBlk:\t0+$/);
    expect(lines[1]).toMatch(/^SigIgn:\t\w*1$/);
    expect(lines.slice(4, 8)).toEqual(lines.slice(0, 4));
  });

  test("leads a process group of its own", async () => {
    await using house = await House.open();
    const script = 'read -r id name state parent group rest </proc/$$/stat; echo "$$ $group"';
    const { stdout } = await house.command(["run", "lock", "--", "sh", "-c", script]);
    const [own, group] = stdout.trim().split(" ");
    expect(group).toBe(own!);
  });
});

describe("The lock", () => {
  test("is waited for in line, and named in listings", async () => {
    await using house = await House.open();
    const held = await house.guest.acquire("lock");
    await using first = await house.start(["run", "lock", "--", "true"]);
    await house.waiters(1);
    await using second = await house.start(["run", "--wait", "60", "lock", "--", "true"]);
    await house.waiters(2);
    await held.release();
    expect([await first.exited(), await second.exited()]).toEqual([0, 0]);
    await using third = await house.running("echo ready >&2; exec sleep 60");
    const [lock] = await house.guest.list("lock");
    expect(lock?.holders[0]?.name).toEndWith(`:${third.pid}`);
  });

  test("leaves the line with a glockd run that is killed while it waits", async () => {
    await using house = await House.open();
    await house.guest.acquire("lock");
    await using waiting = await house.start(["run", "lock", "--", "true"]);
    await house.waiters(1);
    waiting.signal("SIGINT");
    expect(await waiting.exited()).toBe(130);
    await house.waiters(0);
  });

  test("may be shared, limited, or shared by a key", async () => {
    await using house = await House.open();
    for (const [flags, others, refused] of [
      [["-shared"], ["-n", "-shared"], undefined],
      [["-limit=1"], ["-n", "-limit=2"], ["-n", "-limit=1"]],
      [["-key=a"], ["-n", "-key=a"], ["-n", "-key=b"]],
    ] as const) {
      await using holder = await house.running("echo ready >&2; exec sleep 60", ...flags);
      const attempt = async (words: readonly string[]): Promise<number> =>
        (await house.command(["run", ...words, "lock", "--", "true"])).status;
      expect(await attempt(others)).toBe(0);
      if (refused !== undefined) expect(await attempt(refused)).toBe(1);
      holder.signal("SIGTERM");
      expect(await holder.exited()).toBe(143);
    }
  });

  test("is free when CMD has ended, though processes of it go on", async () => {
    await using house = await House.open();
    const file = house.path("pid");
    const script = `sleep 60 >/dev/null 2>&1 & echo $! >${file}`;
    expect((await house.command(["run", "lock", "--", "sh", "-c", script])).status).toBe(0);
    expect(await house.guest.inspect("lock")).toBe(false);
    process.kill(Number(await Bun.file(file).text()), "SIGKILL");
  });
});
