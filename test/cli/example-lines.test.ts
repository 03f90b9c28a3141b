/** The examples that `glockd top -help` and `glockd concourse -help` show, typed in a shell. */
import { expect, test } from "bun:test";
import { symlinkSync } from "node:fs";
import { usage as concourse } from "../../src/cli/concourse.ts";
import { usage as top } from "../../src/cli/top.ts";
import { compiledBinary } from "../binary.ts";
import { LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { testMilliseconds, within } from "../wait-for.ts";
import { glockd, scratch } from "./glockd.ts";

test.each([
  ["top", top, ["deploy/shop"]],
  ["concourse", concourse, ['[{"ref":"']],
] as const)(
  "The examples of glockd %s do what they say",
  async (command, { examples = [] }, expected) => {
    expect(examples).not.toBeEmpty();
    const { stdout: help } = await glockd([command, "-help"]);
    await using server = await startProcess();
    await using directory = scratch();
    symlinkSync(await compiledBinary(), directory.path("glockd"));
    const client = await LineClient.connect(server.doors.tcp);
    await client.ask("g deploy/shop");
    for (const [line] of examples) {
      expect(help).toContain(`  ${line}\n`);
      const web = `127.0.0.1:${server.doors.web.port}`;
      const shell = Bun.spawn(["sh", "-c", line.replace("127.0.0.1:9998", web)], {
        env: {
          PATH: `${directory.path(".")}:${process.env["PATH"]}`,
          GLOCKD_UNIX: server.doors.unix.unix,
          GLOCKD_WEB: web,
        },
        stdout: "pipe",
        stderr: "pipe",
      });
      const [stdout, stderr, status] = await within(
        `the end of ${line}`,
        Promise.all([
          new Response(shell.stdout).text(),
          new Response(shell.stderr).text(),
          shell.exited,
        ]),
      );
      for (const text of expected) expect(stdout).toContain(text);
      expect([status, stderr]).toEqual([0, ""]);
    }
    client.socket.drop();
  },
  testMilliseconds,
);
