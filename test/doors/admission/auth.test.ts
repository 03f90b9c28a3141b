/** Saying who one is, where a transcript cannot: while a connection ends, and on a reload. */
import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { backlogBytesMax } from "../../../src/limits.ts";
import type { Fields, Logger } from "../../../src/log.ts";
import { silent } from "../../../src/log.ts";
import { fileOf } from "../../auth/secrets.ts";
import { FakeClock } from "../../clock.ts";
import { scratch } from "../../cli/glockd.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startHere } from "../../server-in-process.ts";
import { doorNames } from "../../server-process.ts";
import { testMilliseconds, turn } from "../../wait-for.ts";
import { WebClient } from "../../peers/web-client.ts";

type Logged = (readonly [level: string, event: string, fields: Fields])[];

/** A server with a file of credentials that the test may change, and what it logs. */
async function scene() {
  const room = scratch();
  const authFile = room.path("auth");
  const logged: Logged = [];
  const keep =
    (level: string) =>
    (event: string, fields: Fields = {}): void =>
      void logged.push([level, event, fields]);
  const logger: Logger = {
    ...silent,
    info: keep("info"),
    warn: keep("warn"),
    error: keep("error"),
  };
  writeFileSync(authFile, await fileOf({ name: "job" }, { name: "ops", role: "admin" }));
  const clock = new FakeClock();
  const server = await startHere({ authFile }, { clock, logger });
  return {
    server,
    clock,
    logged,
    authFile,
    [Symbol.asyncDispose]: async () => {
      await server[Symbol.asyncDispose]();
      await room[Symbol.asyncDispose]();
    },
  };
}

/** Makes the next attempt of this machine wait for the clock. */
async function slowDown(place: { port: number } | { unix: string }): Promise<void> {
  const client = await LineClient.connect(place);
  client.command("auth job:1", "auth job:2", "auth job:3");
  expect(await client.take(3)).toEqual(["0 denied", "0 denied", "0 denied"]);
  await client.socket.whenEnded();
}

test.each(doorNames)("A client over %s that ends its side still gets its replies", async (door) => {
  await using stage = await scene();
  const { doors } = stage.server;
  if (door === "web") {
    const client = await WebClient.connect(doors.web);
    client.send("auth job:job-secret\ng foo\n");
    expect([(await client.take()).text, (await client.take()).text]).toEqual([
      "1 ok\n",
      "1 Lock Get Success: foo\n",
    ]);
    return client.goodbye();
  }
  const client = await LineClient.connect(doors[door]);
  client.command("auth job:job-secret", "g foo");
  client.socket.halfClose();
  expect(await client.take(2)).toEqual(["1 ok", "1 Lock Get Success: foo"]);
  await client.socket.whenEnded();
});

test(
  "Whoever says too much behind a token is ended",
  async () => {
    await using stage = await scene();
    const { tcp } = stage.server.doors;
    await slowDown(tcp);
    const client = await LineClient.connect(tcp);
    client.command("auth job:job-secret");
    client.send(`i ${"n".repeat(1_000)}\n`.repeat(2 * (backlogBytesMax / 1_000)));
    await client.socket.whenEnded();
    expect(client.unread).toBe("");
  },
  testMilliseconds,
);

test(
  "A stop does not wait for tokens that are looked at",
  async () => {
    await using stage = await scene();
    const { tcp } = stage.server.doors;
    await slowDown(tcp);
    const client = await LineClient.connect(tcp);
    client.command("auth job:job-secret");
    const other = await LineClient.connect(tcp);
    expect(await other.ask("ping")).toBe("1 pong");
    await stage.server.stop();
    await client.socket.whenEnded();
    stage.clock.advance(100_000);
    await turn();
    expect(client.unread).toBe("");
  },
  testMilliseconds,
);

test("Wrong tokens are logged with the address, never with the secret", async () => {
  await using stage = await scene();
  const client = await LineClient.connect(stage.server.doors.tcp);
  await client.ask("auth job:hunter2");
  await client.ask("auth hunter2");
  await client.ask("@1 auth hunter2:job");
  const failed = stage.logged.filter(([, event]) => event === "authentication failed");
  expect(failed.map(([level, , { client: address }]) => [level, address])).toEqual(
    Array.from({ length: 3 }, () => ["warn", client.address]),
  );
  expect(JSON.stringify(stage.logged)).not.toContain("hunter2");
});

test("A reload ends who was removed, and keeps who was not", async () => {
  await using stage = await scene();
  const { server, authFile, logged } = stage;
  const [job, ops] = [
    await LineClient.connect(server.doors.tcp),
    await LineClient.connect(server.doors.unix),
  ];
  await job.ask("auth job:job-secret");
  await ops.ask("auth ops:ops-secret");
  await job.ask("g foo");
  await ops.ask("g bar");
  writeFileSync(authFile, await fileOf({ name: "ops" }, { name: "late" }));
  await server.reload();
  await job.socket.whenEnded();
  // Its secret is what it was, but it may less by now; what it held it holds.
  expect(await ops.ask("free foo")).toBe("0 denied");
  expect(await ops.ask("i foo")).toBe("0 Lock Not Locked: foo");
  expect(await ops.ask("r bar")).toBe("1 Lock Release Success: bar");
  const late = await LineClient.connect(server.doors.tcp);
  expect(await late.ask("auth late:late-secret")).toBe("1 ok");
  expect(logged).toContainEqual(["info", "credentials reloaded", { credentials: 2 }]);
});

test("A reload of a file that is no good changes nothing and says why", async () => {
  await using stage = await scene();
  const { server, authFile, logged } = stage;
  const job = await LineClient.connect(server.doors.tcp);
  await job.ask("auth job:job-secret");
  writeFileSync(authFile, "lock other hunter2\n");
  await server.reload();
  expect(await job.ask("g foo")).toBe("1 Lock Get Success: foo");
  const late = await LineClient.connect(server.doors.tcp);
  expect(await late.ask("auth ops:ops-secret")).toBe("1 ok");
  const [, , fields] = logged.find(([level]) => level === "error") ?? [];
  expect(String(fields?.["reason"])).toStartWith(`${authFile}, line 1: the third word`);
});

test("A server whose credentials are no good does not start", async () => {
  await using room = scratch();
  const authFile = room.path("auth");
  writeFileSync(authFile, "");
  await expect(startHere({ authFile })).rejects.toThrow(`${authFile} has no credential in it`);
});

test("Credentials of the environment are asked for as those of a file", async () => {
  await using server = await startHere({ authEnvironment: { name: "me", secret: "s3cret" } });
  const client = await LineClient.connect(server.doors.tcp);
  expect(await client.ask("g foo")).toBe("0 auth required");
  expect(await client.ask("auth me:s3cret")).toBe("1 ok");
  expect(await client.ask("g foo")).toBe("1 Lock Get Success: foo");
});
