/** `glockd test` as users start it: the compiled binary, against itself and others. */
import { expect, test } from "bun:test";
import { compiledBinary } from "../binary.ts";
import { glockd, Glockd } from "../cli/glockd.ts";
import { startProcess } from "../server-process.ts";
import { Changes, testMilliseconds, within } from "../wait-for.ts";
import { serveStreams } from "./reference/server.ts";

const quick = ["-clients=3", "-depth=4", "-seconds=0.02"];

for (const door of ["tcp", "unix", "web"] as const)
  test.concurrent(
    `glockd passes its own test over ${door}`,
    async () => {
      await using server = await startProcess();
      const { tcp, unix, web } = server.doors;
      const flag = {
        tcp: `--host=127.0.0.1:${tcp.port}`,
        unix: `--unix=${unix.unix}`,
        web: `--ws=ws://127.0.0.1:${web.port}`,
      }[door];
      const { status, stdout, stderr } = await glockd(["test", flag, ...quick]);
      expect(stdout).not.toContain("FAIL");
      expect(stdout).toMatch(/\n\d+ passed, 0 failed, \d+ skipped\n$/);
      expect(stderr).toBe("");
      expect(status).toBe(0);
    },
    testMilliseconds,
  );

test(
  "what is disabled is skipped with the reason",
  async () => {
    await using server = await startProcess("-registry=false", "-dump=false");
    const host = `--host=127.0.0.1:${server.doors.tcp.port}`;
    const { status, stdout } = await glockd(["test", host, "--no-load"]);
    expect(stdout).toMatch(/^skip listings: .*\(disabled on this server \(-dump=false\)/m);
    expect(stdout).toMatch(/^skip registry: .*\(disabled on this server \(-registry=false\)/m);
    expect(stdout).toMatch(/, 0 failed, /);
    expect(status).toBe(0);
  },
  testMilliseconds,
);

test(
  "a faulty server is told with exit status 1, as JSON when asked",
  async () => {
    const server = serveStreams({ fault: "releases for anybody" });
    if (server.address.door !== "tcp") throw new Error("over TCP");
    const host = `-host=127.0.0.1:${server.address.port}`;
    const { status, stdout } = await glockd(["test", host, "-json", "-only=exclusive: nobody"]);
    server.stop();
    expect(JSON.parse(stdout)).toMatchObject({
      rules: [{ name: "exclusive: nobody releases another client's lock", outcome: "fail" }],
      load: null,
      summary: { passed: 0, failed: 1, skipped: 0 },
    });
    expect(status).toBe(1);
  },
  testMilliseconds,
);

test(
  "a server that cannot be reached is exit status 2",
  async () => {
    const server = serveStreams();
    server.stop();
    if (server.address.door !== "tcp") throw new Error("over TCP");
    const other = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: notFound });
    const cannot = [
      [`--host=127.0.0.1:${server.address.port}`, "nobody listens there"],
      ["--unix=/nonexistent/socket", "there is no such socket file"],
      [`--ws=ws://127.0.0.1:${server.address.port}`, "nobody listens there"],
      [`--ws=ws://127.0.0.1:${other.port}`, "no WebSocket is offered there"],
    ] as const;
    for (const [flag, reason] of cannot) {
      const { status, stdout, stderr } = await glockd(["test", flag]);
      expect(stdout).toBe("");
      expect(stderr).toContain(reason);
      expect(status).toBe(2);
    }
    await other.stop();
  },
  testMilliseconds,
);

test(
  "the variables of other commands lead to a server, unless a door is typed",
  async () => {
    const GLOCKD_HOST = "127.0.0.1:1";
    const cannot = [
      [[], { GLOCKD_HOST }, "cannot connect to 127.0.0.1:1:"],
      [
        [],
        { GLOCKD_HOST, GLOCKD_UNIX: "/nonexistent/a" },
        "cannot connect to unix /nonexistent/a:",
      ],
      [["--unix=/nonexistent/b"], { GLOCKD_HOST }, "cannot connect to unix /nonexistent/b:"],
      [["--host=127.0.0.1:2"], { GLOCKD_UNIX: "/nonexistent/a" }, "cannot connect to 127.0.0.1:2:"],
      [["--ws=ws://127.0.0.1:3"], { GLOCKD_HOST }, "cannot connect to ws://127.0.0.1:3/:"],
    ] as const;
    for (const [argv, env, complaint] of cannot) {
      const { status, stderr } = await glockd(["test", ...argv], { env });
      expect(stderr).toContain(complaint);
      expect(status).toBe(2);
    }
  },
  testMilliseconds,
);

test(
  "wrong usage is exit status 2, with what is wrong",
  async () => {
    const wrong = [
      [["--host=a:b"], '--host: "a:b" is not HOST:PORT'],
      [["--host=a", "--unix=b"], "one door at a time"],
      [["--only=nonsense-nonsense"], "no rule or load"],
      [["--clients=0"], "between 1 and"],
      [["--jsno"], "did you mean -json"],
    ] as const;
    for (const [argv, reason] of wrong) {
      const { status, stderr } = await glockd(["test", ...argv]);
      expect(stderr).toContain(reason);
      expect(status).toBe(2);
    }
    const { stderr } = await glockd(["test"], { env: { GLOCKD_HOST: "a:b" } });
    expect(stderr).toContain('GLOCKD_HOST: "a:b" is not HOST:PORT');
  },
  testMilliseconds,
);

test(
  "the usage goes to standard output",
  async () => {
    const { status, stdout, stderr } = await glockd(["test", "--help"]);
    expect(stdout).toContain("-only PATTERN");
    expect(stderr).toBe("");
    expect(status).toBe(0);
  },
  testMilliseconds,
);

test(
  "a server that never stops sending fails, and the run ends",
  async () => {
    const flood = Buffer.alloc(1 << 16, "x");
    const more = (socket: Bun.Socket): void => {
      while (socket.write(flood) === flood.length);
    };
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: { data: more, drain: more },
    });
    const { status, stdout } = await glockd(["test", `--host=127.0.0.1:${listener.port}`]);
    expect(stdout).toContain("FAIL the server answers");
    expect(status).toBe(1);
    listener.stop(true);
  },
  testMilliseconds,
);

test(
  "an interrupt ends it with 130 and leaves no connection",
  async () => {
    const changes = new Changes();
    let [joined, open] = [0, 0];
    // Never answers, so that the run is in the middle of something.
    const listener = Bun.listen({
      hostname: "127.0.0.1",
      port: 0,
      socket: {
        open: () => {
          [joined, open] = [joined + 1, open + 1];
          changes.announce();
        },
        close: () => {
          open -= 1;
          changes.announce();
        },
        data: () => undefined,
      },
    });
    await using process = await Glockd.start(["test", `--host=127.0.0.1:${listener.port}`]);
    await changes.until("a connection", () => (joined > 0 ? true : undefined));
    process.signal("SIGINT");
    expect(await process.exited()).toBe(130);
    await changes.until("no connection", () => (open === 0 ? true : undefined));
    listener.stop(true);
  },
  testMilliseconds,
);

test(
  "the child that holds a lock ends when its standard input does",
  async () => {
    const server = serveStreams();
    if (server.address.door !== "tcp") throw new Error("over TCP");
    const flags = [`--host=127.0.0.1:${server.address.port}`, "--name=held-by-a-child"];
    const child = Bun.spawn([await compiledBinary(), "test", "hold", ...flags], {
      stdin: "pipe",
      stdout: "pipe",
    });
    const reader = child.stdout.getReader();
    const { value } = await within("the child's word", reader.read());
    expect(Buffer.from(value ?? []).toString()).toBe("holds\n");
    await child.stdin.end();
    expect(await within("the child's end", child.exited)).toBe(0);
    server.stop();
  },
  testMilliseconds,
);

function notFound(): Response {
  return new Response("no", { status: 404 });
}
