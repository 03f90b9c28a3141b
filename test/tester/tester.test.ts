/** A whole run: what is chosen, how it ends, and what is shown of it. */
import { expect, test } from "bun:test";
import { UsageError } from "../../src/flags.ts";
import { CannotConnect } from "../../src/tester/failure.ts";
import { JsonReporter } from "../../src/tester/report/json.ts";
import { TextReporter } from "../../src/tester/report/text.ts";
import { testMilliseconds } from "../wait-for.ts";
import { lineServer } from "./line-server.ts";
import { serveStreams } from "./reference/server.ts";
import { testing } from "./recorder.ts";

test("only what has the pattern in its name runs, * standing for anything", async () => {
  const { recorder } = await testing(serveStreams(), { only: "SHARED: *count" });
  expect(recorder.results.map(({ name }) => name)).toEqual([
    "shared: whoever asks is told the same count",
    "shared: getting again does not count twice",
    "shared: each release lowers the count, the last one frees it",
  ]);
});

test("a pattern is text, not a regular expression", async () => {
  const { recorder } = await testing(serveStreams(), { only: "a line may end with CR LF" });
  expect(recorder.results).toHaveLength(1);
  expect(testing(serveStreams(), { only: "a line .ay" })).rejects.toThrow(UsageError);
});

test("a pattern that nothing has in its name is refused with the themes", () => {
  const run = testing(serveStreams(), { only: "exklusive" });
  expect(run).rejects.toThrow(/"exklusive".*exclusive, shared, names/);
});

test("nobody listening is told with what to do", async () => {
  const server = serveStreams();
  server.stop();
  const run = testing(server);
  expect(run).rejects.toThrow(CannotConnect);
  expect(run).rejects.toThrow(/cannot connect to 127.0.0.1:\d+: nobody listens there.*--host/);
});

test("what answers and is no lock server is told at once, and not once for each rule", async () => {
  const server = lineServer("-ERR unknown command 'i'\r\n");
  const { status, recorder } = await testing(server);
  expect(status).toBe(1);
  expect(recorder.results).toMatchObject([
    {
      name: "the server answers",
      outcome: "fail",
      came: expect.stringMatching(/^-ERR unknown command 'i'.*is it a lock server\?$/),
    },
  ]);
});

test("an interrupted run ends at once with 130", async () => {
  const interrupt = new AbortController();
  const run = testing(serveStreams({ fault: "answers nothing" }), { signal: interrupt.signal });
  interrupt.abort();
  expect((await run).status).toBe(130);
});

test(
  "on a busy server the counts may grow by more, with a note",
  async () => {
    const server = serveStreams();
    const { address } = server;
    if (address.door !== "tcp") throw new Error("over TCP");
    let over = false;
    // Each reply is answered with commands of another number, so nothing about it is regular.
    const noise = await Bun.connect({
      hostname: address.host,
      port: address.port,
      socket: {
        data: (socket) => {
          if (!over)
            socket.write("i noise\ng noise\nr noise\n".repeat(1 + Math.floor(Math.random() * 3)));
        },
      },
    });
    noise.write("i noise\n");
    const { status, recorder } = await testing(server, { only: "statistics: each" });
    over = true;
    noise.end();
    expect(recorder.named("fail")).toEqual([]);
    expect(recorder.notes.join()).toContain("others use this server");
    expect(status).toBe(0);
  },
  testMilliseconds,
);

test("JSON is one document with the rules and the loads", async () => {
  let text = "";
  const reporter = new JsonReporter((part) => {
    text += part;
  });
  const options = { reporter, load: true, only: "inspect" };
  await testing(serveStreams(), options);
  const document = JSON.parse(text);
  expect(document.server).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(document.load).toMatchObject({ clients: 5, depth: 4, seconds: 0.05 });
  expect(document.load.measurements[0]).toMatchObject({ name: "load: inspect, free", wrong: 0 });
  expect(document.load.measurements[0].operationsPerSecond).toBeGreaterThan(0);
  expect(document.summary).toEqual({ passed: 4, failed: 0, skipped: 0 });
});

test("JSON tells the evidence of a failure", async () => {
  let text = "";
  const reporter = new JsonReporter((part) => {
    text += part;
  });
  await testing(serveStreams({ fault: "releases for anybody" }), { reporter, only: "exclusive:" });
  const failed = JSON.parse(text).rules.find(
    (rule: { outcome: string }) => rule.outcome === "fail",
  );
  expect(failed).toMatchObject({
    name: "exclusive: nobody releases another client's lock",
    sent: expect.stringMatching(/^b> r /),
    came: expect.stringMatching(/^1 Lock Release Success/),
    due: expect.stringMatching(/^0 Lock Release Failure/),
  });
});

test("text for a terminal is coloured and redraws its progress, other text is plain", async () => {
  const texts = [];
  for (const terminal of [true, false]) {
    let text = "";
    const write = (part: string): void => {
      text += part;
    };
    const reporter = new TextReporter({ write, terminal, colour: terminal });
    await testing(serveStreams(), { reporter, load: true, only: "inspect*free" });
    texts.push(text);
  }
  const [rich = "", plain = ""] = texts;
  expect(rich).toContain("\x1b[32m✓\x1b[0m");
  expect(rich).toMatch(/\r\x1b\[K.*0\/2/);
  expect(plain).not.toMatch(/[\x1b\r]/);
  expect(plain).toMatch(/^pass load: inspect, free +[\d,]+ +[\d,.]+ +[\d,.]+ +[\d,.]+ +[\d,.]+$/m);
  expect(plain).toEndWith("\n2 passed, 0 failed, 0 skipped\n");
});
