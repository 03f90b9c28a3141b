/** The parts of a connection that need no server. */
import { describe, expect, test } from "bun:test";
import { generateKeyPairSync } from "node:crypto";
import { Backoff } from "../../src/client/connection/backoff.ts";
import { Fifo } from "../../src/client/connection/fifo.ts";
import { Handshake } from "../../src/client/connection/handshake.ts";
import { Tagged } from "../../src/client/connection/tagged.ts";
import {
  ClosedError,
  DeniedError,
  ProtocolError,
  UnavailableError,
} from "../../src/client/errors.ts";
import { connect } from "../../src/client/index.ts";
import { readOptions } from "../../src/client/options.ts";
import { certificate } from "./certificate.ts";
import { messages } from "../../src/client/transport/web.ts";

test("Pauses double up to the longest, less up to a half by chance, until one succeeds", () => {
  const backoff = new Backoff({ first: 100, most: 1000 });
  const longest = Array.from({ length: 5 }, () => backoff.next(() => 1));
  expect(longest).toEqual([100, 200, 400, 800, 1000]);
  backoff.reset();
  const shortest = Array.from({ length: 5 }, () => backoff.next(() => 0));
  expect(shortest).toEqual([50, 100, 200, 400, 500]);
});

test("What is first in is first out, however many there are", () => {
  const fifo = new Fifo<number>();
  const out: number[] = [];
  let last = 0;
  for (let round = 0; round < 5_000; round += 1) {
    for (let times = round % 3; times >= 0; times -= 1) fifo.push((last += 1));
    out.push(fifo.shift()!);
  }
  out.push(...fifo.drain());
  expect(out).toEqual(Array.from({ length: last }, (_, index) => index + 1));
  expect(fifo.shift()).toBe(undefined);
  fifo.push(7);
  expect(fifo.shift()).toBe(7);
});

test("What the platform refuses to dial fails what is asked, and is no exception", async () => {
  const { privateKey: key } = generateKeyPairSync("ed25519");
  const stranger = key.export({ type: "pkcs8", format: "pem" }).toString();
  const seen: string[] = [];
  const client = connect({
    tcp: "127.0.0.1:1",
    tls: { cert: certificate, key: stranger },
    onState: (state) => void seen.push(state),
  });
  expect(await client.acquire("lock").catch((error: unknown) => error)).toBeInstanceOf(
    UnavailableError,
  );
  expect(seen).toEqual(["connecting", "closed"]);
  await client.close();
});

describe("A handshake", () => {
  test("takes a server of the second part by its version", () => {
    const handshake = new Handshake(undefined);
    expect(handshake.first).toBe("version\n");
    const welcome = { version: "1.2.3", features: ["tags", "waits", "new"] };
    expect(handshake.take("1 glockd 1.2.3 tags waits new")).toEqual(welcome);
  });

  test("takes one without tags for one of the first part", () => {
    const found = new Handshake(undefined).take("1 glockd 0.0.1 waits");
    expect(found).toEqual({ version: "0.0.1", features: [] });
    for (const line of ["1 [::1]:99 [::1]:99", "1 unix:3 some name", "1 1.2.3.4:5 1.2.3.4:5"]) {
      expect(new Handshake(undefined).take(line)).toEqual({ version: null, features: [] });
    }
  });

  test("says its token first, and goes on when that is accepted or ignored", () => {
    expect(new Handshake("secret").first).toBe("auth secret\nversion\n");
    const accepted = new Handshake("secret");
    expect(accepted.take("1 ok")).toBe(undefined);
    expect(accepted.take("1 glockd 1.0.0 tags waits")?.version).toBe("1.0.0");
    expect(new Handshake("secret").take("1 unix:1 unix:1")?.version).toBe(null);
    expect(() => new Handshake("secret").take("0 denied")).toThrow(DeniedError);
  });

  test("refuses what is no glockd", () => {
    for (const line of ["+OK", "1 ok", "SSH-2.0-x", "1 pong"]) {
      expect(() => new Handshake(undefined).take(line)).toThrow(ProtocolError);
    }
  });
});

describe("A tagged conversation", () => {
  test("gives each reply to its question, in whatever order they come", () => {
    const { tagged, log, written, ask } = begin();
    ask("one");
    ask("two");
    ask("three", "in order");
    ask("four", "in order");
    tagged.received("@2 1 b\n1 c\n@1 0 a\n");
    tagged.received("1 d\n");
    expect(written).toEqual(["@1 one\n", "@2 two\n", "three\n", "four\n"]);
    expect(log).toEqual(["two: 1 b", "three: 1 c", "one: 0 a", "four: 1 d"]);
  });

  test("uses a tag again once it was answered, never before", () => {
    const { tagged, log, ask } = begin();
    const first = ask("one");
    expect(ask("two")).not.toBe(first);
    tagged.received(`@${first} 1 a\n`);
    expect(ask("three")).toBe(first);
    tagged.received(`@${first} 1 b\n`);
    expect(log).toEqual(["one: 1 a", "three: 1 b"]);
  });

  test("collects listings, whose lines may look like anything", () => {
    const { tagged, log, ask } = begin();
    ask("list", "listing");
    ask("empty", "listing");
    ask("no", "listing");
    tagged.received("@1 3 lines\n@2 1 x\n\n");
    tagged.received("@! 0 Lock Lost: y\n@2 0 lines\n@3 0 disabled\n@! 0 Lock Lost: z\n");
    expect(log).toEqual([
      "list: 3 lines|@2 1 x||@! 0 Lock Lost: y",
      "empty: 0 lines",
      "no: 0 disabled",
      "! 0 Lock Lost: z",
    ]);
  });

  test("refuses what nobody asked for", () => {
    for (const line of ["@1 1 a", "@x 1 a", "1 ok", "@ 1"]) {
      expect(() => begin().tagged.received(`${line}\n`)).toThrow(ProtocolError);
    }
  });

  test("breaks every open question once", () => {
    const { tagged, log, ask } = begin();
    ask("one");
    ask("two");
    ask("list", "listing");
    ask("three", "in order");
    tagged.received("@1 1 a\n@3 2 lines\nfirst\n");
    tagged.end(new ClosedError("gone"));
    tagged.end(new ClosedError("gone"));
    expect(log.sort()).toEqual([
      "list broken by ClosedError",
      "one: 1 a",
      "three broken by ClosedError",
      "two broken by ClosedError",
    ]);
  });
});

test("A WebSocket message ends at a line's end, and is not too long", () => {
  const lines = Array.from({ length: 3_000 }, (_, index) => `@${index} g ${"x".repeat(990)}\n`);
  const cut = messages(lines.join(""));
  expect(cut.join("")).toBe(lines.join(""));
  expect(cut.length).toBe(3);
  for (const message of cut) {
    expect(message.length).toBeLessThanOrEqual(1_000_000);
    expect(message.endsWith("\n")).toBe(true);
  }
});

test("Where a proxy may stand between, silence ends the connection", () => {
  const beats = [{ tcp: 1 }, { unix: "/a" }, { tcp: 1, tls: true }, { websocket: "ws://a/" }];
  expect(beats.map((options) => readOptions(options).beatSeconds)).toEqual([0, 0, 60, 60]);
  expect(readOptions({ tcp: 1, beat: 3 })).toMatchObject({
    beatSeconds: 3,
    pingMilliseconds: 1000,
  });
  expect(readOptions({ tcp: "[::1]:5" }).address).toEqual({ door: "tcp", host: "::1", port: 5 });
});

/** Asks by name, and records what comes of it. */
function begin(): {
  tagged: Tagged;
  log: string[];
  written: string[];
  ask: (command: string, how?: "listing" | "in order") => number;
} {
  const [log, written]: string[][] = [[], []];
  const tagged = new Tagged(
    { write: (text) => written!.push(text), notified: (text) => log!.push(`! ${text}`) },
    false,
  );
  const ask = (command: string, how?: "listing" | "in order"): number => {
    const question = {
      answered: (reply: string, lines: readonly string[]) =>
        void log!.push([`${command}: ${reply}`, ...lines].join("|")),
      broken: (error: Error) => void log!.push(`${command} broken by ${error.name}`),
    };
    if (how !== "in order") return tagged.ask(command, question, how === "listing");
    tagged.askInOrder(command, question);
    return 0;
  };
  return { tagged, log: log!, written: written!, ask };
}
