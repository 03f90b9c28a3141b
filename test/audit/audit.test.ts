/** The audit log of a server: what is told of locks and denials, and what never is. */
import { expect, setDefaultTimeout, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { auditDenialsPerSecondMax } from "../../src/limits.ts";
import { fileOf } from "../auth/secrets.ts";
import { glockd, onlyUnix, scratch } from "../cli/glockd.ts";
import { FakeClock } from "../clock.ts";
import { api, type ApiRequest } from "../doors/http/api.ts";
import { LineClient } from "../peers/line-client.ts";
import { type ServerHere, startHere } from "../server-in-process.ts";
import { startProcess } from "../server-process.ts";
import { eventually, testMilliseconds } from "../wait-for.ts";

setDefaultTimeout(testMilliseconds);

type Told = Record<string, unknown>;

function toldIn(path: string): Told[] {
  const lines = readFileSync(path, "utf8").split("\n");
  expect(lines.pop()).toBe("");
  return lines.map((text) => JSON.parse(text) as Told);
}

/** What a server told while `play` had it, without times; the log's text is looked at too. */
async function told(
  play: (
    server: ServerHere,
    clock: FakeClock,
    room: { path(name: string): string },
  ) => Promise<void>,
  credentials?: string,
): Promise<{ events: Told[]; text: string }> {
  await using room = scratch();
  const audit = room.path("audit");
  const authFile = credentials === undefined ? undefined : room.path("auth");
  if (authFile !== undefined) writeFileSync(authFile, credentials ?? "");
  const clock = new FakeClock();
  const server = await startHere({ audit, authFile }, { clock });
  try {
    await play(server, clock, room);
  } finally {
    await server[Symbol.asyncDispose]();
  }
  const text = readFileSync(audit, "utf8");
  const events = toldIn(audit).map(({ time, ...rest }) => {
    expect(new Date(String(time)).toISOString()).toBe(String(time));
    return rest;
  });
  return { events, text };
}

test("A hold that was waited for tells how long, and at its end how long it lasted", async () => {
  const { events } = await told(async (server, clock) => {
    const [first, second] = [await line(server), await line(server)];
    await first.ask("iam worker");
    await first.ask("g foo");
    second.command("gw 5 foo");
    await eventually(
      "the wait",
      () => first.ask("ls foo"),
      (text) => text.includes('"waiters":1'),
    );
    clock.advance(1_500);
    await first.ask("r foo");
    await second.take(1);
    clock.advance(2_000);
    second.socket.reset();
    await second.socket.whenEnded();
    await eventually(
      "nobody",
      () => first.ask("i foo"),
      (text) => text.startsWith("0"),
    );
  });
  const lock = { lock: "foo", mode: "exclusive", credential: null, fence: expect.any(Number) };
  expect(events).toEqual([
    { event: "granted", client: "unix:1", name: "worker", ...lock, wait_ms: 0 },
    { event: "released", client: "unix:1", name: "worker", ...lock, hold_ms: 1_500 },
    { event: "granted", client: "unix:2", name: null, ...lock, wait_ms: 1_500 },
    { event: "orphaned", client: "unix:2", name: null, ...lock, hold_ms: 2_000 },
  ]);
  expect(events[0]?.["fence"]).toBe(events[1]?.["fence"]);
  expect(events[2]?.["fence"]).toBeGreaterThan(Number(events[0]?.["fence"]));
});

test("What expires, is freed, or is released by another, is told, and no key of it", async () => {
  const { events, text } = await told(async (server, clock) => {
    const [holder, other] = [await line(server), await line(server)];
    await holder.ask("kg s3cr3t-key 3 0 lease");
    await holder.ask("sg shared");
    await holder.ask("kg s3cr3t-key 0 0 kept");
    await other.ask("kr s3cr3t-key kept");
    await other.ask("sfree shared");
    clock.advance(4_000);
    await holder.ask("i lease");
    await post(server, "/v1/locks/web", { body: { key: "s3cr3t-key", ttl: 0 } });
    await api(server, "DELETE", "/v1/locks/web", { body: { key: "s3cr3t-key" } });
  });
  expect(events).toMatchObject([
    { event: "granted", lock: "lease", client: "unix:1", name: null },
    { event: "granted", lock: "shared", mode: "shared" },
    { event: "granted", lock: "kept" },
    { event: "released", lock: "kept", client: null, by: "unix:2", by_credential: null },
    { event: "freed", lock: "shared", client: "unix:1", by: "unix:2" },
    { event: "expired", lock: "lease", client: null, hold_ms: 3_000 },
    { event: "granted", lock: "web", client: expect.stringMatching(/^127\.0\.0\.1:/) },
    { event: "released", lock: "web", by: expect.stringMatching(/^127\.0\.0\.1:/) },
  ]);
  expect(text).not.toContain("s3cr3t");
});

test("Denials tell who was refused what and why, and no secret of theirs", async () => {
  const credentials = await fileOf(
    { name: "ci", prefixes: ["build/"] },
    { name: "eye", role: "read" },
  );
  const { events, text } = await told(async (server) => {
    const client = await line(server);
    await client.ask("g foo");
    await client.ask("auth ci:wr0ng");
    await client.ask("auth ci:ci-secret");
    await client.ask("g deploy/x");
    await client.ask("free build/x");
    await client.ask("g build/x");
    const headers = { Authorization: `Basic ${btoa("eye:eye-secret")}` };
    await post(server, "/v1/locks/foo", { body: { key: "s3cr3t-key" }, headers });
  }, credentials);
  const ci = { client: "unix:1", credential: "ci" };
  expect(events.filter(({ event }) => event !== "orphaned")).toMatchObject([
    {
      event: "denied",
      client: "unix:1",
      credential: null,
      command: "g",
      reason: "auth required",
    },
    { event: "denied", ...ci, command: "auth", reason: "wrong name or secret" },
    { event: "denied", ...ci, lock: "deploy/x" },
    { event: "denied", ...ci, command: "free", reason: "denied" },
    { event: "granted", ...ci, lock: "build/x" },
    { event: "denied", credential: "eye", command: "POST /v1/locks/{name}", lock: "foo" },
  ]);
  expect(text).not.toMatch(/-secret|wr0ng|s3cr3t/);
});

test("A stranger who is denied without end fills no disk; what happens to locks is told all the same", async () => {
  const credentials = await fileOf({ name: "ci" });
  const denials = 5_000;
  const { events } = await told(async (server) => {
    const [stranger, client] = [await line(server), await line(server)];
    stranger.send("g foo\n".repeat(denials));
    await stranger.take(denials);
    await client.ask("auth ci:ci-secret");
    await client.ask("g foo");
  }, credentials);
  expect(events.filter(({ event }) => event === "denied")).toHaveLength(auditDenialsPerSecondMax);
  expect(events.filter(({ event }) => event === "granted")).toHaveLength(1);
  const dropped = events
    .filter(({ event }) => event === "dropped")
    .map(({ lines }) => Number(lines));
  expect(dropped.reduce((sum, lines) => sum + lines, 0)).toBe(denials - auditDenialsPerSecondMax);
});

test("Names that would mislead a reader stay one line of ASCII", async () => {
  const { text } = await told(async (server) => {
    const client = await line(server);
    await client.ask(`g ${Buffer.from('a"\u202e\u001b[2J\u2028').toString("latin1")}`);
    await client.ask("g \xff");
  });
  expect(text.split("\n")).toHaveLength(5);
  expect(text).toContain(String.raw`"lock":"a\"\u202e\u001b[2J\u2028"`);
  expect(text).toContain('"lock":"\u00ff"');
});

test("Rotation under load loses no line, and doubles none", async () => {
  await using room = scratch();
  const path = room.path("audit.log");
  await using server = await startProcess(`-audit=${path}`);
  const client = await LineClient.connect(server.doors.tcp);
  const rotations = 20;
  const perRotation = 500;
  const fences: number[] = [];
  for (let rotation = 0; rotation < rotations; rotation++) {
    for (let number = 0; number < perRotation; number++)
      client.command(`gw 0 l${number}`, `r l${number}`);
    renameSync(path, `${path}.${rotation}`);
    process.kill(server.pid, "SIGHUP");
    const replies = await client.take(2 * perRotation);
    for (const reply of replies) if (reply.includes("Get")) fences.push(Number.parseInt(reply, 10));
    const reopened = (): number => server.stderr().split("audit log reopened").length - 1;
    await eventually("the new file", reopened, (count) => count > rotation);
  }
  expect(await server.stop()).toBe(0);
  const all = readdirSync(dirname(path)).filter((name) => name.startsWith("audit.log"));
  expect(all).toHaveLength(rotations + 1);
  const lines = all.flatMap((name) => toldIn(room.path(name)));
  const fencesOf = (event: string): number[] =>
    lines
      .filter((one) => one["event"] === event)
      .map(({ fence }) => Number(fence))
      .toSorted((a, b) => a - b);
  expect(fencesOf("granted")).toEqual(fences.toSorted((a, b) => a - b));
  expect(fencesOf("released")).toEqual(fencesOf("granted"));
  expect(lines).toHaveLength(2 * rotations * perRotation);
});

test("A log that cannot be opened ends the start with status 2 and says which", async () => {
  await using room = scratch();
  const { status, stderr } = await glockd([...onlyUnix(room.path("s")), "-audit=/nowhere/audit"]);
  expect(stderr).toContain("cannot open the audit log /nowhere/audit: no such file or directory");
  expect(status).toBe(2);
});

test("The metrics count what was written and what was dropped", async () => {
  await using room = scratch();
  await using server = await startHere({ audit: room.path("audit") });
  const client = await line(server);
  await client.ask("g foo");
  const scrape = async (): Promise<string> => (await api(server, "GET", "/metrics")).body as string;
  const text = await eventually("the line", scrape, (body) =>
    body.includes("glockd_audit_lines_total 1\n"),
  );
  expect(text).toContain("glockd_audit_dropped_total 0\n");
});

function line(server: ServerHere): Promise<LineClient> {
  return LineClient.connect(server.doors.unix);
}

function post(server: ServerHere, path: string, request: ApiRequest): Promise<unknown> {
  return api(server, "POST", path, request);
}
