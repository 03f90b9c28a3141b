/** Waiting for a lock: on a server without a line to stand in, and when connections fail. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { type Answer, type Asked, Locker } from "../../../src/cli/concourse/locker.ts";
import { type Pace, usualPace } from "../../../src/cli/concourse/pace.ts";
import { take } from "../../../src/cli/concourse/taking.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startProcess } from "../../server-process.ts";
import { Changes, testMilliseconds, within } from "../../wait-for.ts";
import { OlderServer } from "./older-server.ts";

setDefaultTimeout(testMilliseconds);

const wanted = { name: "my env", key: "mine", requestor: "me" };

/** A clock that a pause moves on; `onPause` is told of each. */
function paceOf(onPause: (milliseconds: number) => void | Promise<void>): Pace {
  let now = 0;
  return {
    ...usualPace,
    now: () => now,
    pause: async (milliseconds, signal) => {
      // Somebody who stands in line is not handed over in these tests.
      if (signal !== undefined) return await usualPace.pause(1e9, signal);
      now += milliseconds;
      await onPause(milliseconds);
    },
  };
}

function taking(server: OlderServer, pace: Pace): { done: Promise<void>; said: string[] } {
  const said: string[] = [];
  const source = { uri: server.uri, authorization: undefined, tls: {}, lockName: wanted.name };
  const options = { locker: new Locker(source), wanted, pace, locks: new Map() };
  const done = take({ ...options, say: (line) => said.push(line) });
  return { done: within("the lock is taken", done), said };
}

describe("On a server without /v1, take", () => {
  test("asks every 30 s until the other key is gone, and counts once", async () => {
    await using server = await OlderServer.start();
    server.locks.set(wanted.name, { key: "other", locked_by: { you: 1 } });
    const pauses: number[] = [];
    const pace = paceOf((milliseconds) => {
      if (pauses.push(milliseconds) === 3) server.locks.delete(wanted.name);
    });
    const { done, said } = taking(server, pace);
    await done;
    expect(pauses).toEqual([30_000, 30_000, 30_000]);
    expect(said).toEqual(["the lock my env is taken; asking again every 30 s"]);
    expect(server.locks.get(wanted.name)).toEqual({ key: "mine", locked_by: { me: 1 } });
    expect(server.requests).toEqual([
      "POST /v1/locks/my env",
      ...Array.from({ length: 4 }, () => "PUT /lock/my env"),
    ]);
  });

  test("does not wait for those who hold it under the same key", async () => {
    await using server = await OlderServer.start();
    server.locks.set(wanted.name, { key: "mine", locked_by: { you: 1 } });
    await taking(
      server,
      paceOf(() => expect.unreachable()),
    ).done;
    expect(server.locks.get(wanted.name)?.locked_by).toEqual({ you: 1, me: 1 });
  });

  test("asks no second time when only the answer was lost", async () => {
    await using server = await OlderServer.start();
    let lost = 0;
    server.treat = (request) =>
      request.startsWith("PUT") && lost++ === 0 ? "unanswered" : "usual";
    const { done, said } = taking(
      server,
      paceOf(() => {}),
    );
    await done;
    expect(server.locks.get(wanted.name)?.locked_by).toEqual({ me: 1 });
    expect(said).toEqual([
      `${server.uri} closed the connection before it had answered; trying again`,
    ]);
  });

  test("endures a server that is gone for some minutes, but not for ever", async () => {
    await using server = await OlderServer.start();
    server.treat = (request) => (request.startsWith("PUT") ? { status: 503, body: "" } : "usual");
    const pauses: number[] = [];
    const { done } = taking(
      server,
      paceOf((milliseconds) => void pauses.push(milliseconds)),
    );
    await expect(done).rejects.toThrow("refused to lock my env: 503");
    expect(pauses.slice(0, 6)).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
    const all = pauses.reduce((sum, each) => sum + each, 0);
    expect(all).toBeGreaterThanOrEqual(usualPace.patienceMilliseconds);
    expect(all).toBeLessThan(usualPace.patienceMilliseconds + usualPace.pollMilliseconds);
  });

  test("tells why the server refuses for another reason", async () => {
    await using server = await OlderServer.start();
    server.treat = (request) =>
      request.startsWith("PUT") ? { status: 400, body: { error: "No way" } } : "usual";
    const { done } = taking(
      server,
      paceOf(() => expect.unreachable()),
    );
    await expect(done).rejects.toThrow(`${server.uri} refused to lock my env: 400 No way`);
  });
});

/** Tells of each request. */
class WatchedLocker extends Locker {
  readonly changes = new Changes();
  asked = 0;

  override ask(asked: Asked): Promise<Answer> {
    this.asked += 1;
    this.changes.announce();
    return super.ask(asked);
  }
}

describe("On this server, take", () => {
  test("keeps its place in line however often requests take over from each other", async () => {
    await using server = await startProcess();
    const [holder, later] = [
      await LineClient.connect(server.doors.tcp),
      await LineClient.connect(server.doors.tcp),
    ];
    await holder.ask("g env");
    const uri = `http://127.0.0.1:${server.doors.web.port}`;
    const source = { uri, authorization: undefined, tls: {}, lockName: "env" };
    const locker = new WatchedLocker(source);
    const said: string[] = [];
    const done = take({
      locker,
      wanted: { name: "env", key: "mine", requestor: "me" },
      locks: new Map(),
      pace: { ...usualPace, handOverMilliseconds: 20 },
      say: (line) => said.push(line),
    });
    const asked = (count: number) =>
      locker.changes.until(`${count} requests`, () => (locker.asked >= count ? true : undefined));
    await asked(3);
    later.command("@1 gw - env");
    await asked(20);
    expect(await holder.ask("ls env")).toContain('"waiters":2');
    await holder.ask("r env");
    await within("the lock is taken", done);
    expect(said).toEqual(["still waiting for the lock env"]);
    const held = '"holders":[{"client":null,"name":"me","count":1,';
    expect(await holder.ask("ls env")).toContain(held);
    for (const client of [holder, later]) client.socket.drop();
  });
});
