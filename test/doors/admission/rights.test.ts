/** What each role may do with every command that there is: a new one is in here by itself. */
import { describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import type { Command } from "../../../src/protocol/command.ts";
import { commands } from "../../../src/protocol/commands.ts";
import { fileOf } from "../../auth/secrets.ts";
import { scratch } from "../../cli/glockd.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startHere } from "../../server-in-process.ts";
import { testMilliseconds } from "../../wait-for.ts";

/** What stands for the words of a usage. */
const words: Readonly<Record<string, string>> = {
  KEY: "k",
  TTL: "60",
  SECONDS: "0",
  LIMIT: "0",
  TAG: "t",
  "NAME:SECRET": "x:y",
  "on|off": "on",
  "[shared]": "shared",
  "[NAME]": "",
  "[PREFIX]": "",
};

/** The command as somebody would send it about the lock `name`. */
function lineFor({ name: word, usage }: Command, name: string): string {
  const [, ...rest] = usage.split(" ");
  const filled = rest.map((argument) => (argument === "NAME" ? name : words[argument]));
  if (filled.includes(undefined)) throw new Error(`say in this test what ${usage} means`);
  return [word, ...filled].join(" ").trim();
}

const inside = "deploy/site";
const outside = "other";
type Need = Command["needs"];

/** Each with what it may do inside of `deploy/`, and outside. */
const people: readonly (readonly [string, readonly Need[], readonly Need[]])[] = [
  ["", ["nothing"], ["nothing"]],
  ["grafana", ["nothing", "read"], ["nothing", "read"]],
  ["deploy", ["nothing", "read", "lock"], ["nothing", "read"]],
  ["job", ["nothing", "read", "lock"], ["nothing", "read", "lock"]],
  ["ops", ["nothing", "read", "lock", "admin"], ["nothing", "read", "lock", "admin"]],
];

async function serverWithPeople() {
  const room = scratch();
  const authFile = room.path("auth");
  const credentials = await fileOf(
    { name: "ops", role: "admin" },
    { name: "deploy", prefixes: ["release/", "deploy/"] },
    { name: "job" },
    { name: "grafana", role: "read" },
  );
  writeFileSync(authFile, credentials);
  const server = await startHere({ authFile });
  await room[Symbol.asyncDispose]();
  return server;
}

/** The first line of the reply to a command that a new connection sends. */
async function replyTo(place: { port: number } | { unix: string }, who: string, line: string) {
  const client = await LineClient.connect(place);
  if (who !== "") expect(await client.ask(`auth ${who}:${who}-secret`)).toBe("1 ok");
  const reply = await client.ask(`@r ${line}`);
  client.socket.drop();
  return reply;
}

describe.each(people)("%p", (who, allowedInside, allowedOutside) => {
  test(
    "may use these commands and no others, over TCP and the unix socket",
    async () => {
      await using server = await serverWithPeople();
      const refusal = who === "" ? "@r 0 auth required" : "@r 0 denied";
      for (const place of [server.doors.tcp, server.doors.unix]) {
        for (const [name, allowed] of [
          [inside, allowedInside],
          [outside, allowedOutside],
        ] as const) {
          // Else auth itself would slow down, and say that it was wrong.
          for (const command of commands.filter((one) => one.name !== "auth")) {
            const line = lineFor(command, name);
            const refused = (await replyTo(place, who, line)) === refusal;
            expect([line, !refused]).toEqual([line, allowed.includes(command.needs)]);
          }
        }
      }
    },
    testMilliseconds,
  );
});

test("Commands that need lock name the lock, so that prefixes can be checked", () => {
  for (const { usage, needs } of commands)
    if (needs === "lock") expect(usage.split(" ")).toContain("NAME");
});

test("auth itself needs nothing", () => {
  expect(commands.find(({ name }) => name === "auth")?.needs).toBe("nothing");
});

test(
  "Without credentials, only the unix socket may administer, and everybody may do all else",
  async () => {
    await using server = await startHere();
    for (const command of commands) {
      const line = lineFor(command, inside);
      const over = async (place: { port: number } | { unix: string }): Promise<boolean> =>
        !/ 0 (denied|auth required)$/.test(await replyTo(place, "", line));
      const allowed = [line, await over(server.doors.tcp), await over(server.doors.unix)];
      expect(allowed).toEqual([line, command.needs !== "admin", true]);
    }
  },
  testMilliseconds,
);
