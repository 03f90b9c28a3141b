/** The manners of servers in the field: their line endings, blank lines, packets. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type ServerProcess, startProcess } from "../../server-process.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { call, client } from "./calls.ts";
import { fieldServer, onlyFirstLine, proxy } from "./field.ts";

let server: ServerProcess;
beforeAll(async () => void (server = await startProcess()), testMilliseconds);
afterAll(() => server[Symbol.asyncDispose]());

const byteByByte = (replies: string): string[] => [...replies];

describe.each([
  [
    "blank lines around each reply",
    { said: (text: string) => [`\n${text.replaceAll("\n", "\n\n")}`] },
  ],
  ["CR LF at the ends of lines", { said: (text: string) => [text.replaceAll("\n", "\r\n")] }],
  ["both of that", { said: (text: string) => [`\r\n${text.replaceAll("\n", "\r\n\r\n")}`] }],
  ["one byte a packet", { said: byteByByte }],
  ["an ear for the first line of a packet only", { heard: onlyFirstLine }],
])("A server with %s", (manner, manners) => {
  test(
    "is understood",
    async () => {
      await using between = await proxy(server.doors.tcp.port, manners);
      const options = { tcp: between.tcp, readTimeout: 10_000 };
      const name = `a lock, ${manner}`;
      await using one = client(options);
      await using other = client(options);
      const [, address] = await call(one, "getName");
      const asked = Promise.all([
        call(one, "get", name),
        call(one, "getShared", name),
        call(one, "inspect", name),
        call(one, "dump"),
        call(one, "dump", "nobody's"),
        call(one, "dumpShared"),
        call(one, "dumpShared", "nobody's"),
        call(one, "listClients"),
        call(one, "get", ""),
        call(one, "release", ""),
      ]);
      expect(await asked).toEqual([
        [null, 1, `Lock Get Success: ${name}`],
        [null, 1, `Shared Lock Get Success: ${name}`],
        [null, 1, `Lock Is Locked: ${name}`],
        [null, { [name]: address }],
        [null, null],
        [null, { [name]: [address] }],
        [null, []],
        [null, {}],
        [null, 1, "Lock Get Success: "],
        [null, 1, "Lock Release Success: "],
      ]);
      expect(await call(other, "get", name)).toEqual([`Lock Get Failure: ${name}`]);
      const [, stats] = await call(other, "getStats");
      expect(stats).toMatchObject({ locks: 1, shared_locks: 1, invalid_commands: 0 });
    },
    testMilliseconds,
  );
});

test(
  "Requests are sent one at a time, in the order of their calls",
  async () => {
    const heard: string[] = [];
    let answerFirst: (() => void) | undefined;
    await using waiting = await fieldServer((line, reply) => {
      heard.push(line);
      const answer = (): void => reply(`1 Lock Get Success: ${line.slice(2)}\n`);
      if (line === "g first") answerFirst = answer;
      else answer();
    });
    const options = { tcp: waiting.tcp, readTimeout: 10_000 };
    await using one = client(options);
    await using other = client(options);
    const asked = ["first", "second", "third"].map((name) => call(one, "get", name));
    await eventually(
      "the first request",
      () => heard,
      (lines) => lines.includes("g first"),
    );
    await call(other, "get", "other");
    expect(heard).toEqual(["g first", "g other"]);
    answerFirst?.();
    await Promise.all(asked);
    expect(heard).toEqual(["g first", "g other", "g second", "g third"]);
  },
  testMilliseconds,
);
