/** Where events are read, and whether they are the right server's. */
import { describe, expect, test } from "bun:test";
import type { Reach } from "../../../src/cli/reach/reach.ts";
import { eventOf, readEvents } from "../../../src/cli/top/event-stream.ts";
import { knowsClient, webOf } from "../../../src/cli/top/web.ts";
import { LineClient } from "../../peers/line-client.ts";
import { startProcess } from "../../server-process.ts";
import { Changes, testMilliseconds, within } from "../../wait-for.ts";

const reachOf = (options: Reach["options"]): Reach => ({
  options,
  place: "",
  authSource: undefined,
});

describe("webOf", () => {
  test.each([
    [{ tcp: "10.0.0.7:9999" }, "http://10.0.0.7:9998"],
    [{ tcp: "[::1]:7000" }, "http://[::1]:9998"],
    [{ unix: "/run/socket" }, "http://127.0.0.1:9998"],
    [{ tcp: "lock1:9999", tls: { ca: "PEM" } }, "https://lock1:9998"],
  ])("guesses the web port of %j", (options, url) => {
    expect(webOf(undefined, reachOf(options))).toMatchObject({ url, isGuess: true, headers: {} });
  });

  test("sends a secret nowhere unless it was told where", () => {
    const reach = reachOf({ tcp: "lock1:9999", auth: "me:secret" });
    expect(webOf(undefined, reach)).toEqual({
      why: "no grants/s and no times: name the web port with -web, as it wants the secret",
    });
    expect(webOf("https://lock1:9998/", reach)).toMatchObject({
      url: "https://lock1:9998",
      headers: { authorization: "Bearer me:secret" },
      isGuess: false,
    });
  });

  test("hands on what certificates have to be", () => {
    const tls = { ca: "CA", servername: "locks" };
    expect(webOf("lock1:9998", reachOf({ tcp: "lock1:9999", tls }))).toMatchObject({
      url: "https://lock1:9998",
      tls: { ca: "CA", serverName: "locks" },
    });
  });

  test.each([
    ["lock1:7000", {}, "http://lock1:7000"],
    ["[::1]:7000", { tls: {} }, "https://[::1]:7000"],
    ["lock1:7000", { tls: {} }, "https://lock1:7000"],
    ["http://lock1:7000", { tls: {} }, "http://lock1:7000"],
    ["https://lock1:7000", {}, "https://lock1:7000"],
  ])("reads -web %s with %j as %s", (text, tls, url) => {
    expect(webOf(text, reachOf({ tcp: "lock1:9999", ...tls }))).toMatchObject({ url });
  });
});

test(
  "knowsClient finds who is connected, also behind a thousand others",
  async () => {
    await using server = await startProcess();
    const web = {
      url: `http://127.0.0.1:${server.doors.web.port}`,
      headers: {},
      tls: {},
      isGuess: true,
    };
    const clients: LineClient[] = [];
    // No more at a time than a socket's queue of newcomers holds.
    while (clients.length < 1_001) {
      const some = Array.from({ length: 91 }, () => LineClient.connect(server.doors.tcp));
      clients.push(...(await Promise.all(some)));
    }
    const last = clients.at(-1)!;
    await last.ask("iam glockd-top-1");
    const { signal } = new AbortController();
    expect(await knowsClient(web, "glockd-top-1", signal)).toBe(true);
    expect(await knowsClient(web, "glockd-top-2", signal)).toBe(false);
    for (const client of clients) client.socket.drop();
  },
  testMilliseconds,
);

test("eventOf reads events of locks, and nothing else", () => {
  const data = { lock: "a", mode: "shared", client: null, name: "n", fence: 7 };
  const time = "2026-01-02T03:04:05.678Z";
  const block = `id: x-1\nevent: granted\ndata: ${JSON.stringify({ ...data, time })}`;
  expect(eventOf(block)).toEqual({
    ...data,
    type: "granted",
    milliseconds: Date.parse(time),
  } as never);
  for (const other of [
    ": beat",
    "retry: 3000",
    'event: missed\ndata: {"reason":"x"}',
    "event: x",
    "event: x\ndata: {",
  ])
    expect(eventOf(other)).toBeUndefined();
});

test(
  "readEvents says why it cannot read, and tries again",
  async () => {
    const said: string[] = [];
    const changes = new Changes();
    const ending = new AbortController();
    const told = {
      event: () => {},
      began: () => {},
      missed: () => {},
      ended: (why: string) => {
        said.push(why);
        changes.announce();
      },
    };
    const answers = [false, true];
    const web = { url: "http://127.0.0.1:1", headers: {}, tls: {}, isGuess: true };
    const reading = readEvents(web, told, {
      signal: ending.signal,
      isRightServer: () => Promise.resolve(answers.shift() ?? true),
    });
    await changes.until("two complaints", () => (said.length === 2 ? true : undefined));
    ending.abort();
    await reading;
    expect(said).toEqual([
      "http://127.0.0.1:1 is another server's, or does not tell",
      "cannot read http://127.0.0.1:1/v1/events: ECONNREFUSED",
    ]);
  },
  testMilliseconds,
);

function yes(): Promise<boolean> {
  return Promise.resolve(true);
}

function event(number: number): string {
  const data = '{"lock":"a","time":"2026-01-02T03:04:05Z"}';
  return `id: 0123456789ab-${number}\nevent: granted\ndata: ${data}\n\n`;
}

test(
  "readEvents goes on behind what it has missed, and says how much that was",
  async () => {
    const missed = 'event: missed\ndata: {"reason":"gone"}\n\n';
    const pieces = [event(1) + event(2) + missed, event(12) + event(13) + missed, event(14)];
    let asked = 0;
    await using server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch: () => new Response(`retry: 3000\n\n${pieces[asked++] ?? ""}`),
    });
    const said: string[] = [];
    const ending = new AbortController();
    const told = {
      event: ({ type }: { type: string }) => void said.push(type),
      began: () => void said.push("began"),
      missed: (count: number) => void said.push(`missed ${count}`),
      ended: (why: string) => {
        said.push(why);
        ending.abort();
      },
    };
    const url = `http://127.0.0.1:${server.port}`;
    const web = { url, headers: {}, tls: {}, isGuess: false };
    const options = { signal: ending.signal, isRightServer: yes };
    await within("the last piece", readEvents(web, told, options));
    expect(said).toEqual([
      ...["began", "granted", "granted"],
      ...["began", "missed 9", "granted", "granted"],
      ...["began", "granted"],
      `${url} does not tell events any more`,
    ]);
  },
  testMilliseconds,
);
