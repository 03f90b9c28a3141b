/** `glockd set`, `free` and `status`: locks that outlive the command. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, testMilliseconds } from "../wait-for.ts";
import { fakeServer } from "../client/fake-server.ts";
import { Room } from "../client/room.ts";
import { glockd } from "./glockd.ts";
import { House } from "./house.ts";

setDefaultTimeout(testMilliseconds);

const silence = { stdout: "", stderr: "" };

/** The exit status of a command that says nothing. */
async function status(house: House, line: string): Promise<number> {
  const { status: found, ...said } = await house.command(line.split(" "));
  expect(said).toEqual(silence);
  return found;
}

describe("glockd set", () => {
  test("gets a lock that stays when it has ended, and gets it once", async () => {
    await using house = await House.open();
    expect(await status(house, "set lock")).toBe(0);
    expect(await house.guest.tryAcquire("lock")).toBe(null);
    expect(await status(house, "set lock")).toBe(1);
    expect(await status(house, "free lock")).toBe(0);
    expect(await status(house, "set lock")).toBe(0);
  });

  test("excludes locks that are held in other ways", async () => {
    await using house = await House.open();
    const lock = await house.guest.acquire("lock");
    expect(await status(house, "set lock")).toBe(1);
    await lock.release();
    expect(await status(house, "set lock")).toBe(0);
    expect(await status(house, "run -n lock -- true")).toBe(1);
  });

  test("waits in the server's line, as the older scripts write it", async () => {
    await using house = await House.open();
    expect(await status(house, "set lock")).toBe(0);
    await using first = await house.start(["set", "--wait", "lock"]);
    await house.waiters(1);
    await using second = await house.start(["set", "lock", "--wait", "60", "--retry", "5"]);
    await house.waiters(2);
    expect(await status(house, "free lock")).toBe(0);
    expect(await first.exited()).toBe(0);
    await house.waiters(1);
    expect(await status(house, "free lock")).toBe(0);
    expect(await second.exited()).toBe(0);
  });

  test("gives up when its wait is over", async () => {
    await using house = await House.open();
    expect(await status(house, "set lock")).toBe(0);
    expect(await status(house, "set lock --wait 0.05")).toBe(1);
    expect(await status(house, "set --wait=0 lock")).toBe(1);
  });

  test("leaves nothing in line when it is killed", async () => {
    await using house = await House.open();
    expect(await status(house, "set lock")).toBe(0);
    await using waiting = await house.start(["set", "lock", "--wait"]);
    await house.waiters(1);
    waiting.signal("SIGKILL");
    await house.waiters(0);
    expect(await status(house, "free lock")).toBe(0);
    expect(await house.guest.inspect("lock")).toBe(false);
  });

  test("lets it lapse after -ttl", async () => {
    await using house = await House.open();
    expect(await status(house, "set lock --ttl 0.2")).toBe(0);
    await eventually(
      "the lapse",
      () => house.guest.inspect("lock"),
      (is) => !is,
    );
  });
});

describe("glockd free", () => {
  test("succeeds for what nobody holds", async () => {
    await using house = await House.open();
    expect(await status(house, "free lock")).toBe(0);
    expect(await status(house, "free lock --force")).toBe(0);
  });

  test("says who holds what set has not taken, and takes it by force", async () => {
    await using house = await House.open();
    await using run = await house.running("echo ready >&2; exec sleep 60");
    const refused = await house.command(["free", "lock"]);
    expect(refused).toMatchObject({ status: 2, stdout: "" });
    expect(refused.stderr).toContain(`"lock" is held by `);
    expect(refused.stderr).toContain(`:${run.pid}, and not by glockd set; -force takes it`);
    expect(await house.guest.inspect("lock")).toBe(true);
    expect(await status(house, "free --force lock")).toBe(0);
    expect(await run.exited()).toBe(113);
  });

  test("frees shared locks by force", async () => {
    await using house = await House.open();
    await house.guest.shared("lock");
    expect(await status(house, "free --force --shared lock")).toBe(0);
    expect(await house.guest.inspectShared("lock")).toBe(0);
    const { stderr } = await house.command(["free", "--shared", "lock"]);
    expect(stderr).toContain("-shared goes with -force");
  });

  test("tells of a server that hides its listings only that somebody holds it", async () => {
    await using house = await House.open("-dump=false");
    await house.guest.acquire("lock");
    const { status: found, stderr } = await house.command(["free", "lock"]);
    expect(found).toBe(2);
    expect(stderr).toContain('"lock" is held by somebody');
  });
});

describe("glockd status", () => {
  test("shows a line for each holder, in columns", async () => {
    await using house = await House.open();
    const lock = await house.guest.acquire("deploy");
    expect(await status(house, "set nightly --ttl 600")).toBe(0);
    await house.guest.shared("a name\u{1b}[2J");
    await using waiting = await house.start(["run", "deploy", "--", "true"]);
    await house.waiters(1, "deploy");
    const { stdout } = await house.command(["status"]);
    const rows = stdout
      .trimEnd()
      .split("\n")
      .map((line) => line.split(/ {2,}/));
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
    const fence = expect.stringMatching(/^\d+$/);
    expect(rows).toEqual([
      ["NAME", "MODE", "HOLDER", "SINCE", "EXPIRES", "WAITERS", "FENCE"],
      ["deploy", "exclusive", "unix:1", time, "-", "1", String(lock.fence)],
      ["nightly", "exclusive", expect.any(String), time, time, "0", fence],
      ['"a name\\u001b[2J"', "shared", "unix:1", time, "-", "0", fence],
    ]);
    waiting.signal("SIGTERM");
  });

  test("shows one lock, or that it is free", async () => {
    await using house = await House.open();
    expect((await house.command(["status"])).stdout).toBe("no locks\n");
    await house.guest.acquire("lock");
    await house.guest.acquire("lock2");
    const { stdout } = await house.command(["status", "lock"]);
    expect(stdout).not.toContain("lock2");
    expect(stdout.split("\n")).toHaveLength(3);
    expect((await house.command(["status", "loc"])).stdout).toBe('"loc" is free\n');
  });

  test("prints what the server tells as JSON", async () => {
    await using house = await House.open();
    await house.guest.acquire("lock");
    const { stdout } = await house.command(["status", "--json"]);
    expect(JSON.parse(stdout)).toEqual(await house.guest.list());
    expect(JSON.parse((await house.command(["status", "x", "--json"])).stdout)).toEqual([]);
  });
});

describe("All of them", () => {
  test.each(["set lock", "free lock", "status"])(
    "end with 2 where there is no server: %s",
    async (line) => {
      const ended = await glockd([...line.split(" "), "-unix", "/no/such/socket"]);
      expect(ended).toMatchObject({ status: 2, stdout: "" });
      expect(ended.stderr).toContain("cannot reach unix:/no/such/socket");
    },
  );

  test("say who they are, and what is wrong when a server does not know them", async () => {
    await using house = await House.openToDeploy();
    for (const [env, complaint] of [
      [{}, "wants to know who you are: set GLOCKD_AUTH=NAME:SECRET, or give -token-file"],
      [{ GLOCKD_AUTH: "deploy:wrong" }, "does not accept what GLOCKD_AUTH holds"],
    ] as const) {
      const ended = await house.command(["set", "lock"], env);
      expect(ended).toMatchObject({ status: 2, stdout: "" });
      expect(ended.stderr).toContain(complaint);
    }
    const file = house.path("token");
    await Bun.write(file, "deploy:hunter2\n");
    const known = { GLOCKD_TOKEN_FILE: file };
    expect((await house.command(["run", "-n", "lock", "--", "true"], known)).status).toBe(0);
    const forced = await house.command(["free", "--force", "lock"], known);
    expect(forced).toMatchObject({ status: 2, stdout: "" });
    expect(forced.stderr).toContain("-force is for administrators");
  });

  test("say that a server that closes midway was lost, and is not one that refuses", async () => {
    const room = new Room();
    try {
      const fake = await fakeServer(room, (line, { say, hangUp }) => {
        if (line === "version") say("1 glockd 9 tags waits");
        else if (line.includes(" gw ") || line.includes(" kg ")) hangUp();
      });
      for (const line of ["set lock", "run lock -- true"]) {
        const ended = await glockd([...line.split(" ")], { env: { GLOCKD_UNIX: fake.unix } });
        expect(ended).toMatchObject({ status: 2, stdout: "" });
        expect(ended.stderr).toContain(`the connection to unix:${fake.unix} was lost`);
      }
    } finally {
      await room.leave();
    }
  });

  test("do with an older server only what is safe there, and say so", async () => {
    const room = new Room();
    try {
      const fake = await fakeServer(room, (line, { say }) => {
        if (line === "me") say("1 1.2.3.4:5 1.2.3.4:5");
        if (line.startsWith("iam ")) say("1 ok");
        if (line.startsWith("g ")) say(`1 Lock Get Success: ${line.slice(2)}`);
        if (line.startsWith("r ")) say(`1 Lock Release Success: ${line.slice(2)}`);
      });
      const env = { GLOCKD_UNIX: fake.unix };
      const script = ["--", "sh", "-c", 'echo "$GLOCKD_LOCK,$GLOCKD_FENCE"'];
      const safe = await glockd(["run", "-n", "lock", ...script], { env });
      expect(safe).toEqual({ status: 0, stdout: "lock,\n", stderr: "" });
      expect(fake.heard.filter((line) => /^[gr] /.test(line))).toEqual(["g lock", "r lock"]);
      for (const words of [
        ["run", "lock", "--", "true"],
        ["set", "lock"],
        ["free", "lock"],
        ["status"],
      ]) {
        const ended = await glockd(words, { env });
        expect(ended).toMatchObject({ status: 2, stdout: "" });
        expect(ended.stderr).toContain("needs a server that knows the second part");
      }
    } finally {
      await room.leave();
    }
  });
});
