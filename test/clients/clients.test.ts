/**
 * Programs of other languages, written the way that the documents of the older servers
 * show it, against the compiled server. A language that is missing here is a skip that
 * says so.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { missing, type ServerProcess, startProcess } from "../server-process.ts";
import { testMilliseconds, within } from "../wait-for.ts";

let server: ServerProcess;
beforeAll(async () => {
  server = await startProcess();
}, testMilliseconds);
afterAll(() => server[Symbol.asyncDispose]());

interface Program {
  readonly needs: string;
  /** How it introduces itself. */
  readonly language: string;
  argv(script: (name: string) => string): string[];
}

const tcp = (): string[] => ["127.0.0.1", String(server.doors.tcp.port)];
const programs: Readonly<Record<string, Program>> = {
  "PHP's fsockopen": {
    needs: "php",
    language: "php",
    argv: (script) => ["php", script("client.php"), ...tcp()],
  },
  "PHP's fsockopen over a unix socket": {
    needs: "php",
    language: "php",
    argv: (script) => ["php", script("client.php"), `unix://${server.doors.unix.unix}`, "-1"],
  },
  "Python's AF_INET": {
    needs: "python3",
    language: "python",
    argv: (script) => ["python3", script("client.py"), ...tcp()],
  },
  "Python's AF_UNIX": {
    needs: "python3",
    language: "python",
    argv: (script) => ["python3", script("client.py"), server.doors.unix.unix],
  },
  "a WebSocket of Python's standard library": {
    needs: "python3",
    language: "python",
    argv: (script) => [
      "python3",
      script("websocket.py"),
      "127.0.0.1",
      String(server.doors.web.port),
    ],
  },
  "Node's net": {
    needs: "node",
    language: "node",
    argv: (script) => ["node", script("client.mjs"), ...tcp()],
  },
  "Node's net over a unix socket": {
    needs: "node",
    language: "node",
    argv: (script) => ["node", script("client.mjs"), server.doors.unix.unix],
  },
  "bash's /dev/tcp": {
    needs: "bash",
    language: "bash",
    argv: (script) => ["bash", script("client.sh"), ...tcp()],
  },
};

describe.each(Object.entries(programs))("A client that uses %s", (title, program) => {
  const reason = missing(program.needs);
  test.skipIf(reason !== undefined)(
    `gets, shares, lists and releases locks${reason === undefined ? "" : ` (skipped: ${reason})`}`,
    async () => {
      const name = `lock of ${title}`;
      const argv = program.argv((script) => join(import.meta.dir, script));
      const { stdout, stderr, status } = await run([...argv, name]);
      expect(stderr).toBe("");
      expect(stdout.split("\n")).toEqual([
        `1 Lock Get Success: ${name}`,
        `0 Lock Get Failure: ${name}`,
        `1 Lock Is Locked: ${name}`,
        `1 Shared Lock Get Success: ${name}`,
        `2 Shared Lock Get Success: ${name}`,
        "1 ok",
        `${name}: ${program.language} ${name}`,
        `1 Lock Release Success: ${name}`,
        `1 Lock Get Success: ${name}`,
        `1 Lock Get Success: ${name}`,
        `1 Shared Lock Is Locked: ${name}`,
        "",
      ]);
      expect(status).toBe(0);
    },
    testMilliseconds,
  );
});

const noNetcat = missing("nc");
describe.skipIf(noNetcat !== undefined)(
  `netcat${noNetcat ? ` (skipped: ${noNetcat})` : ""}`,
  () => {
    test.each([
      ["TCP", () => `127.0.0.1 ${server.doors.tcp.port}`],
      ["a unix socket", () => `-U ${server.doors.unix.unix}`],
    ])(
      "prints every reply over %s and ends",
      async (_, place) => {
        const { stdout, status } = await run([
          "sh",
          "-c",
          `printf 'g netcat\\ni netcat\\n' | nc -N ${place()}`,
        ]);
        expect(stdout).toBe("1 Lock Get Success: netcat\n1 Lock Is Locked: netcat\n");
        expect(status).toBe(0);
        const after = await run(["sh", "-c", `printf 'i netcat\\n' | nc -N ${place()}`]);
        expect(after.stdout).toBe("0 Lock Not Locked: netcat\n");
      },
      testMilliseconds,
    );
  },
);

test(
  "A browser's WebSocket sends text or bytes and receives each reply as a message",
  async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${server.doors.web.port}/`);
    const replies: string[] = [];
    const done = Promise.withResolvers<void>();
    socket.addEventListener("message", ({ data }) => {
      replies.push(String(data));
      if (replies.length === 4) done.resolve();
    });
    socket.addEventListener("error", () => done.reject(new Error("the WebSocket failed")));
    socket.addEventListener("open", () => {
      socket.send("g browser");
      socket.send(new TextEncoder().encode("i browser\ng two\n"));
      socket.send("\n  \nr browser\n");
    });
    await within("four replies", done.promise);
    expect(replies).toEqual([
      "1 Lock Get Success: browser\n",
      "1 Lock Is Locked: browser\n",
      "1 Lock Get Success: two\n",
      "1 Lock Release Success: browser\n",
    ]);
    socket.close();
  },
  testMilliseconds,
);

async function run(argv: string[]): Promise<{ stdout: string; stderr: string; status: number }> {
  const process = Bun.spawn(argv, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr, status] = await within(
    `the end of ${argv[0]}`,
    Promise.all([
      new Response(process.stdout).text(),
      new Response(process.stderr).text(),
      process.exited,
    ]),
  );
  return { stdout, stderr, status };
}
