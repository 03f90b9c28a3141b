/**
 * The resource as Concourse runs it: the compiled binary behind links, a request on
 * standard input, against this server and an older one.
 */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { startProcess } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";
import { OlderServer } from "./concourse/older-server.ts";
import { Resource, sourceOf } from "./concourse/resource.ts";

setDefaultTimeout(testMilliseconds);

const lock = (key: string, lock_by = key) => ({ key, lock_by, lock_op: "lock" });
const unlock = (key: string, locked_by = key) => ({ key, locked_by, lock_op: "unlock" });

describe("The resource", () => {
  test("locks, tells who holds it, and unlocks", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    const source = sourceOf(server, "my env/1");
    const free = await resource.ref(source);
    expect(await resource.lockFile(source)).toBe("");
    const put = await resource.run("out", { source, params: lock("k", "job") });
    expect(put).toEqual({
      status: 0,
      result: {
        version: { ref: await resource.ref(source) },
        metadata: [
          { name: "lock", value: "my env/1" },
          { name: "status", value: "locked" },
          { name: "locked_by", value: "job" },
        ],
      },
      stderr: "glockd concourse out: locked my env/1 for job\n",
    });
    expect(await resource.ref(source)).not.toBe(free);
    expect(JSON.parse(await resource.lockFile(source))).toEqual({
      key: "k",
      locked_by: { job: 1 },
    });
    const end = await resource.run("out", { source, params: unlock("k", "job") });
    expect(end.result).toEqual({
      version: { ref: free },
      metadata: [
        { name: "lock", value: "my env/1" },
        { name: "status", value: "unlocked" },
      ],
    });
    expect(await resource.lockFile(source)).toBe("");
  });

  test("gives in the version that it was asked for", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    const version = { ref: "seen before" };
    const { result } = await resource.run("in", { source: sourceOf(server), version });
    expect(result).toMatchObject({ version });
  });

  test("has another version when, and only when, the locks are others", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    const source = sourceOf(server);
    const seen = [await resource.ref(source)];
    for (const params of [lock("k", "b"), lock("k", "a"), lock("k", "a"), unlock("k", "b")]) {
      await resource.run("out", { source, params });
      const [ref, again] = [await resource.ref(source), await resource.ref(source)];
      expect(again).toBe(ref);
      seen.push(ref);
    }
    expect(new Set(seen).size).toBe(seen.length);
    // A lock that ends with its connection is none that this list has ever had.
    const client = await LineClient.connect(server.doors.tcp);
    await client.ask("g other");
    expect(await resource.ref(source)).toBe(seen.at(-1)!);
    client.socket.drop();
  });

  test("waits in the server's line, in order, until another key is gone", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    const source = sourceOf(server);
    await resource.run("out", { source, params: lock("first") });
    const client = await LineClient.connect(server.doors.tcp);
    const waiting = [];
    for (const key of ["second", "third"]) {
      waiting.push(resource.begin("out", { source, params: lock(key) }));
      const inLine = `"waiters":${waiting.length}`;
      await eventually(
        inLine,
        () => client.ask("ls env"),
        (line) => line.includes(inLine),
      );
    }
    for (const step of waiting) await step.said("the lock env is held by first; waiting\n");
    await resource.run("out", { source, params: unlock("first") });
    const second = await waiting[0]!.ended();
    expect(second).toMatchObject({ status: 0 });
    expect(JSON.parse(await resource.lockFile(source))).toEqual({
      key: "second",
      locked_by: { second: 1 },
    });
    await resource.run("out", { source, params: unlock("second") });
    expect(await waiting[1]!.ended()).toMatchObject({ status: 0 });
    client.socket.drop();
  });

  test("shares a lock under one key, and keeps another out until all are gone", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    const source = sourceOf(server);
    for (const job of ["coexisting-1", "coexisting-2"]) {
      const params = { key: "can-coexist", locked_by: job, lock_op: "lock" };
      expect((await resource.run("out", { source, params })).status).toBe(0);
    }
    const params = { key: "cannot-coexist", locked_by: "exclusive-job", lock_op: "lock" };
    const alone = resource.begin("out", { source, params });
    await alone.said("held by coexisting-1, coexisting-2; waiting");
    await resource.run("out", { source, params: unlock("can-coexist", "coexisting-1") });
    expect(JSON.parse(await resource.lockFile(source)).locked_by).toEqual({ "coexisting-2": 1 });
    await resource.run("out", { source, params: unlock("can-coexist", "coexisting-2") });
    expect((await alone.ended()).result).toMatchObject({
      metadata: [{}, {}, { value: "exclusive-job" }],
    });
  });

  test("leaves the line when its build is aborted", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    const source = sourceOf(server);
    await resource.run("out", { source, params: lock("first") });
    const step = resource.begin("out", { source, params: lock("second") });
    const client = await LineClient.connect(server.doors.tcp);
    const waiters = async (count: number): Promise<void> => {
      const told = `"waiters":${count}`;
      await eventually(told, async () => (await client.ask("ls env")).includes(told), Boolean);
    };
    await waiters(1);
    process.kill(step.pid, "SIGTERM");
    await waiters(0);
    expect((await step.ended()).status).toBe(143);
    client.socket.drop();
  });

  test("takes a key that only the older dialect takes", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    const source = sourceOf(server);
    const { status } = await resource.run("out", { source, params: lock("a key", "a job") });
    expect(status).toBe(0);
    expect(JSON.parse(await resource.lockFile(source)).key).toBe("a key");
  });

  test("does not unlock what another key holds", async () => {
    await using resource = await Resource.install();
    await using server = await startProcess();
    const source = sourceOf(server);
    await resource.run("out", { source, params: lock("mine") });
    const { status, result, stderr } = await resource.run("out", {
      source,
      params: unlock("yours"),
    });
    expect([status, result]).toEqual([1, undefined]);
    const complaint = "the lock env is held under another key; nothing was unlocked";
    expect(stderr).toBe(`glockd concourse out: ${complaint}\n`);
    expect((await resource.run("out", { source, params: unlock("mine") })).status).toBe(0);
    expect((await resource.run("out", { source, params: unlock("mine") })).status).toBe(0);
  });
});

describe("On an older server the resource", () => {
  test("locks, tells who holds it, and unlocks", async () => {
    await using resource = await Resource.install();
    await using server = await OlderServer.start();
    const source = { locker_uri: `${server.uri}/`, lock_name: "env" };
    const free = await resource.ref(source);
    const { result } = await resource.run("out", { source, params: lock("k", "job") });
    expect(result).toMatchObject({ version: { ref: await resource.ref(source) } });
    expect(await resource.lockFile(source)).toBe(
      '{\n  "key": "k",\n  "locked_by": {\n    "job": 1\n  }\n}\n',
    );
    const end = await resource.run("out", { source, params: unlock("k", "job") });
    expect(end.result).toMatchObject({ version: { ref: free } });
    expect([...server.locks]).toEqual([]);
  });

  test("tells that it asks again and again", async () => {
    await using resource = await Resource.install();
    await using server = await OlderServer.start();
    server.locks.set("env", { key: "other", locked_by: { you: 1 } });
    const source = { locker_uri: server.uri, lock_name: "env" };
    const step = resource.begin("out", { source, params: lock("k") });
    await step.said("the lock env is held by you; waiting");
    await step.said("the lock env is taken; asking again every 30 s");
  });
});
