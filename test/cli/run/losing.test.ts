/** `glockd run` when the lock, the server or one of the processes is gone. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { eventually, testMilliseconds, within } from "../../wait-for.ts";
import { exists } from "../../server-process.ts";
import { House } from "../house.ts";

setDefaultTimeout(testMilliseconds);

/** Says so, and goes on until a signal ends it, or for longer than any test takes. */
const forever = "echo ready >&2; i=0; while [ $i -lt 2400 ]; do i=$((i + 1)); sleep 0.05; done";
/** Says when SIGTERM ends it. */
const talking = `trap "echo got TERM >&2; exit 0" TERM; ${forever}`;

describe("When the lock is lost, CMD is ended, and the exit status is 113:", () => {
  test("freed by an administrator", async () => {
    await using house = await House.open();
    await using run = await house.running(talking);
    await house.guest.free("lock");
    expect(await run.exited()).toBe(113);
    expect(run.stderr()).toContain(
      'glockd run: the hold on "lock" was taken away by an administrator; "sh" is not to run any longer\n',
    );
    expect(run.stderr()).toContain("got TERM\n");
  });

  test.each(["SIGTERM", "SIGKILL"] as const)("the server ended by %s", async (signal) => {
    await using house = await House.open();
    await using run = await house.running(talking);
    house.server.signal(signal);
    expect(await run.exited()).toBe(113);
    expect(run.stderr()).toContain(`the connection to unix:${house.unix} was lost: the server`);
    expect(run.stderr()).toContain("got TERM\n");
  });

  test("a server that has fallen silent, before it could give the lock away", async () => {
    await using house = await House.open();
    await using run = await house.running(talking);
    house.server.signal("SIGSTOP");
    const before = performance.now();
    expect(await run.exited()).toBe(113);
    const seconds = (performance.now() - before) / 1000;
    expect(run.stderr()).toContain("has fallen silent");
    // The server waits for 20 s of silence.
    expect(seconds).toBeLessThan(20);
  });

  test("glockd run itself has been silent for too long", async () => {
    await using house = await House.open();
    await using run = await house.running(talking, "-grace", "0");
    const next = house.guest.acquire("lock", { wait: 60 });
    run.signal("SIGSTOP");
    await within("the lock's turn for the next", next);
    run.signal("SIGCONT");
    expect(await run.exited()).toBe(113);
    expect(run.stderr()).toMatch(/was lost: (broken pipe|the server ended)/);
  });

  test("with SIGKILL after -grace, to all of the group that are left", async () => {
    await using house = await House.open();
    const file = house.path("pid");
    const deaf = `trap "" TERM; sh -c 'echo $$ >${file}; ${forever}'`;
    await using run = await house.running(deaf, "-grace", "0.2");
    await house.guest.free("lock");
    expect(await run.exited()).toBe(113);
    const child = Number(await Bun.file(file).text());
    await eventually(
      "the end of the group",
      () => exists(`/proc/${child}`),
      (is) => !is,
    );
  });
});

describe("SIGKILL", () => {
  test("of glockd run ends CMD by SIGTERM; the lock is held until it has ended", async () => {
    await using house = await House.open();
    const [go, gone] = [house.path("go"), house.path("gone")];
    // It takes its time to end: until the test says so.
    const slow = `trap "i=0; until [ -e ${go} ] || [ $i = 2400 ]; do i=$((i + 1)); sleep 0.05; done; echo >${gone}; exit" TERM; ${forever}`;
    await using run = await house.running(slow);
    const next = house.guest.acquire("lock", { wait: 60 });
    await house.waiters(1);
    run.signal("SIGKILL");
    await house.waiters(1);
    expect(exists(gone)).toBe(false);
    await Bun.write(go, "");
    await within("the lock's release", next);
    expect(exists(gone)).toBe(true);
    expect(await run.exited()).toBe(137);
  });

  test("of a glockd run that only waits leaves nothing behind", async () => {
    await using house = await House.open();
    await house.guest.acquire("lock");
    await using run = await house.start(["run", "lock", "--", "true"]);
    await house.waiters(1);
    run.signal("SIGKILL");
    await house.waiters(0);
  });
});

describe("A signal to glockd run", () => {
  test.each([
    ["SIGTERM", "TERM"],
    ["SIGINT", "INT"],
    ["SIGHUP", "HUP"],
    ["SIGQUIT", "QUIT"],
    ["SIGUSR1", "USR1"],
    ["SIGUSR2", "USR2"],
  ] as const)("%s is passed on to CMD's group, once", async (signal, name) => {
    await using house = await House.open();
    const counted = `trap "echo ${name} >&2; exit 9" ${name}`;
    await using run = await house.running(`${counted}; sh -c '${counted}; ${forever}'`);
    run.signal(signal);
    expect(await run.exited()).toBe(9);
    // Its own and its child's.
    expect(
      run
        .stderr()
        .split("\n")
        .filter((line) => line === name),
    ).toEqual([name, name]);
    expect(await house.guest.inspect("lock")).toBe(false);
  });

  test("leaves a CMD that does not heed it alone, and the lock with it", async () => {
    await using house = await House.open();
    await using run = await house.running(`trap "echo no >&2" TERM; ${forever}`, "-grace", "0.1");
    run.signal("SIGTERM");
    await run.logged("no");
    expect(await house.guest.inspect("lock")).toBe(true);
    await house.guest.free("lock");
    expect(await run.exited()).toBe(113);
  });
});
