/**
 * HTTP by the programs that people have: curl and jq in scripts, Python's standard
 * library. One that is missing here is a skip that says so.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { missing, type ServerProcess, startProcess } from "../server-process.ts";
import { Changes, testMilliseconds, within } from "../wait-for.ts";

let server: ServerProcess;
let url: string;
beforeAll(async () => {
  server = await startProcess();
  url = `http://127.0.0.1:${server.doors.web.port}`;
}, testMilliseconds);
afterAll(() => server[Symbol.asyncDispose]());

const script = (name: string): string => join(import.meta.dir, name);
const noCurl = missing("curl") ?? missing("jq");
const noPython = missing("python3");
const why = (reason: string | undefined): string =>
  reason === undefined ? "" : ` (skipped: ${reason})`;

describe.skipIf(noCurl !== undefined)(`curl and jq${why(noCurl)}`, () => {
  test(
    "take, renew, list and release",
    async () => {
      expect(await run([script("http.sh"), url, "script"])).toEqual({
        stderr: "",
        stdout: [
          "count 1",
          "again 409",
          "renewed script",
          "exclusive script 1",
          "released 204",
          "400 invalid_member ttl",
          "{}",
          "plain 409",
          "{}",
          "1",
          "",
        ].join("\n"),
        status: 0,
      });
    },
    testMilliseconds,
  );

  test(
    "poll for a keyed lock until its holder has gone",
    async () => {
      const put = (method: string, body: unknown): Promise<Response> =>
        fetch(`${url}/lock/env-prod`, { method, body: JSON.stringify(body) });
      await put("PUT", { key: "other", requestor: "holder" });
      const argv = [script("pipeline.sh"), url, "env-prod", "K", "me"];
      const pipeline = Bun.spawn(["bash", ...argv], {
        stdin: "pipe",
        stdout: "pipe",
        stderr: "pipe",
      });
      const changes = new Changes();
      let said = "";
      const reading = (async () => {
        for await (const text of pipeline.stdout.pipeThrough(new TextDecoderStream())) {
          said += text;
          changes.announce();
        }
      })();
      const lines = (count: number): Promise<string> =>
        changes.until(`${count} lines`, () => (said.split("\n").length > count ? said : undefined));
      expect(await lines(1)).toBe("held by holder=1\n");
      await put("DELETE", { key: "other", requestor: "holder" });
      pipeline.stdin.write("\n");
      await pipeline.stdin.end();
      await within("the end of the pipeline", reading);
      expect(await new Response(pipeline.stderr).text()).toBe("");
      expect(said.split("\n").slice(1)).toEqual([
        "got it: me=1",
        "Lock for 'env-prod' acquired by 'me' using key 'K'",
        "count: me=2",
        "Lock for 'env-prod' released by 'me' using key 'K'",
        "then: ",
        "",
      ]);
    },
    testMilliseconds,
  );

  test(
    "say what went wrong, and exit as they do",
    async () => {
      await run(["curl", "-fsS", "-X", "PUT", "-d", '{"key":"K"}', `${url}/lock/failing`]);
      const refused = ["-X", "PUT", "-d", '{"key":"L"}', `${url}/lock/failing`];
      const failed = await run(["curl", "-fsS", ...refused]);
      expect([failed.status, failed.stdout]).toEqual([22, ""]);
      // Before 7.76 with the word behind it, which is the status line's.
      expect(failed.stderr).toMatch(
        /^curl: \(22\) The requested URL returned error: 423( Locked)?$/m,
      );
      const headers = await run(["curl", "-sS", "-o", "/dev/null", "-D", "-", ...refused]);
      expect(headers.stdout).toStartWith("HTTP/1.1 423 Locked\r\n");
    },
    testMilliseconds,
  );

  test.each(["-sS", "-sSi", "-sSv", "-sS --fail-with-body", "-sSfi", "-sSfv"])(
    "show 423 Locked to whoever looks for it: curl %s",
    async (flags) => {
      await run(["curl", "-fsS", "-X", "PUT", "-d", '{"key":"K"}', `${url}/lock/shown`]);
      const refused = ["-d", '{"key":"L"}', `${url}/lock/shown`];
      for (const method of ["PUT", "DELETE"]) {
        const { stdout, stderr } = await run([
          "curl",
          ...flags.split(" "),
          "-X",
          method,
          ...refused,
        ]);
        expect(stdout + stderr).toContain("423 Locked");
      }
    },
    testMilliseconds,
  );
});

test.skipIf(noPython !== undefined)(
  `Python's http.client uses all of it over one connection${why(noPython)}`,
  async () => {
    const port = String(server.doors.web.port);
    const { stdout, stderr, status } = await run([
      "python3",
      script("http_client.py"),
      "127.0.0.1",
      port,
      "a/b 日",
    ]);
    expect(stderr).toBe("");
    expect(stdout.split("\n")).toEqual([
      "GET 404 {'error': 'Not Found'}",
      "POST 200 {}",
      "POST 409 {'error': 'Lock conflict'}",
      "GET 200 {}",
      "DELETE 200 {}",
      "DELETE 404 {'error': 'Not Found'}",
      `200 {'response': "Lock for 'python' acquired by 'R' using key 'K'"}`,
      "423",
      `200 {'response': "Lock for 'python' released by 'R' using key 'K'"}`,
      "201 True None",
      "204",
      "201 waited True",
      "204",
      "",
    ]);
    expect(status).toBe(0);
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
