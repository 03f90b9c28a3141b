/** Over a WebSocket each reply is one message, whatever is in it and however much. */
import { describe, expect, spyOn, test } from "bun:test";
import { webSocketMessageBytesMax } from "../../../src/limits.ts";
import { eventually } from "../../wait-for.ts";
import { type FakeWebSocket, WebHouse } from "./web-house.ts";

/** A house whose first visitor holds so many locks, with names of a thousand bytes. */
function full(locks: number): { house: WebHouse; reader: FakeWebSocket } {
  const house = new WebHouse();
  const holder = house.connect();
  for (let lock = 0; lock < locks; lock++) house.say(holder, `g ${nameOf(lock)}`);
  return { house, reader: house.connect() };
}

function nameOf(lock: number): string {
  return `${lock}`.padStart(1_000, "0");
}

/** Reads until `last` has come. */
async function readAll(house: WebHouse, reader: FakeWebSocket, last: string): Promise<void> {
  house.say(reader, "ping");
  await eventually(
    `the reply ${last}`,
    () => reader.texts.at(-1),
    (text) => text === last,
  );
}

describe("A WebSocket", () => {
  test("gets one text message a reply, LF included, however the lines came", () => {
    const house = new WebHouse();
    const socket = house.connect();
    house.say(socket, "g foo\ni foo\n\nr foo");
    house.say(socket, "g b\r\n");
    house.say(socket, "");
    house.say(socket, "\n");
    expect(socket.sent).toEqual([
      { text: "1 Lock Get Success: foo\n", binary: false },
      { text: "1 Lock Is Locked: foo\n", binary: false },
      { text: "1 Lock Release Success: foo\n", binary: false },
      { text: "1 Lock Get Success: b\n", binary: false },
    ]);
  });

  test("gets a binary message when a name is not UTF-8, and text when it is", () => {
    const house = new WebHouse();
    const socket = house.connect();
    house.say(socket, "g \xff", "binary");
    house.say(socket, "g ä");
    house.say(socket, "g \xc3\xa4", "binary");
    expect(socket.sent).toEqual([
      { text: "1 Lock Get Success: \xff\n", binary: true },
      { text: "1 Lock Get Success: \xc3\xa4\n", binary: false },
      { text: "1 Lock Get Success: \xc3\xa4\n", binary: false },
    ]);
  });

  test("gets a listing as one message, and none for an empty one", () => {
    const house = new WebHouse();
    const socket = house.connect();
    house.say(socket, "d\ng a\ng b\nd\n@1 d\ndump");
    expect(socket.texts.slice(2)).toEqual([
      "a: 1.2.3.4:1\nb: 1.2.3.4:1\n",
      "@1 2 lines\na: 1.2.3.4:1\nb: 1.2.3.4:1\n",
      "map[a:1.2.3.4:1 b:1.2.3.4:1]\n",
    ]);
  });

  test("gets a longer listing as one message too, put together over many turns", async () => {
    const { house, reader } = full(3_000);
    house.say(reader, "@1 d");
    await readAll(house, reader, "1 pong\n");
    expect(reader.texts).toHaveLength(2);
    const lines = Array.from({ length: 3_000 }, (_, lock) => `${nameOf(lock)}: 1.2.3.4:1\n`);
    expect(reader.texts[0] === `@1 3000 lines\n${lines.join("")}`).toBe(true);
  });

  test("gets a very long listing in several messages, cut at line ends", async () => {
    const count = Math.ceil(webSocketMessageBytesMax / 1_000) * 2;
    const { house, reader } = full(count);
    house.say(reader, "d");
    await readAll(house, reader, "1 pong\n");
    const messages = reader.texts.slice(0, -1);
    expect(messages.length).toBeGreaterThan(1);
    expect(messages.every((text) => text.endsWith("\n"))).toBe(true);
    expect(messages.every((text) => text.length < 1.5 * webSocketMessageBytesMax)).toBe(true);
    const lines = messages.join("").split("\n");
    expect(lines.length).toBe(count + 1);
    expect(lines.slice(0, -1).every((line, lock) => line.startsWith(nameOf(lock)))).toBe(true);
  });

  test("gets a very long dump as one message, put together at a bearable cost", async () => {
    const count = Math.ceil(webSocketMessageBytesMax / 1_000) * 3;
    const { house, reader } = full(count);
    const concat = spyOn(Buffer, "concat");
    house.say(reader, "dump");
    await readAll(house, reader, "1 pong\n");
    const copied = concat.mock.results.reduce(
      (sum, { value }) => sum + (value as Buffer).length,
      0,
    );
    concat.mockRestore();
    expect(reader.texts).toHaveLength(2);
    const [dump = ""] = reader.texts;
    expect(dump.length).toBeGreaterThan(3 * webSocketMessageBytesMax);
    expect(dump.endsWith("1.2.3.4:1]\n")).toBe(true);
    // Each byte a few times at most, not once for each page that follows.
    expect(copied).toBeLessThan(3 * dump.length);
  });
});

describe("A WebSocket whose peer does not read", () => {
  const outputBytesMax = 1_000;
  /** `1 Lock Is Locked: ` or `0 Lock Not Locked: `, the name and an LF: 100 bytes. */
  const inspect = `i ${"n".repeat(80)}`;

  test("is ended when more waits than may, and what it held is free", () => {
    const house = new WebHouse({ outputBytesMax });
    const [slow, other] = [house.connect(), house.connect()];
    house.say(slow, "g foo");
    slow.stalled = true;
    for (let reply = 0; reply < 10; reply++) house.say(slow, inspect);
    expect(slow.buffered).toBe(outputBytesMax);
    expect(slow.endings).toEqual([]);
    house.say(other, "g foo");
    house.say(slow, "i x");
    expect(slow.endings).toEqual(["terminate"]);
    house.say(other, "g foo");
    expect(other.texts).toEqual(["0 Lock Get Failure: foo\n", "1 Lock Get Success: foo\n"]);
  });

  test("is ended when a message was dropped", () => {
    const house = new WebHouse();
    const [slow, other] = [house.connect(), house.connect()];
    house.say(slow, "g foo");
    slow.dropping = true;
    house.say(slow, "i foo\ni foo\ni foo");
    expect(slow.endings).toEqual(["terminate"]);
    expect(slow.texts).toEqual(["1 Lock Get Success: foo\n"]);
    house.say(other, "g foo");
    expect(other.texts).toEqual(["1 Lock Get Success: foo\n"]);
  });

  test("gets the rest of its listing when it reads again", async () => {
    const count = Math.ceil(webSocketMessageBytesMax / 1_000) * 2;
    const { house, reader } = full(count);
    reader.stalled = true;
    house.say(reader, "d");
    await eventually(
      "the first message",
      () => reader.texts.length,
      (length) => length > 0,
    );
    expect(reader.endings).toEqual([]);
    reader.stalled = false;
    house.drain(reader);
    await readAll(house, reader, "1 pong\n");
    expect(reader.texts.slice(0, -1).join("").split("\n")).toHaveLength(count + 1);
  });
});

describe("The end of a WebSocket", () => {
  test("leaves what it held to others, and says nothing more", () => {
    const house = new WebHouse();
    const [first, second] = [house.connect(), house.connect()];
    house.say(first, "g foo");
    house.say(second, "g bar\n@1 gw - foo");
    house.say(first, "@1 gw - bar");
    house.close(first, 1006);
    expect(second.texts).toHaveLength(2);
    expect(second.texts[1]).toMatch(/^@1 [1-9]\d* Lock Get Success: foo\n$/);
    house.say(second, "r bar\ni bar");
    expect(second.texts.at(-1)).toBe("0 Lock Not Locked: bar\n");
    expect(first.texts).toEqual(["1 Lock Get Success: foo\n"]);
    expect(house.lobby.sessions.size).toBe(1);
  });

  test("comes when a server that stops has nothing left to say", async () => {
    const house = new WebHouse();
    const [idle, slow] = [house.connect(), house.connect()];
    slow.stalled = true;
    house.say(slow, "ping");
    const farewell = house.lobby.farewell(60_000);
    expect(idle.endings).toEqual(["close 1001"]);
    expect(slow.endings).toEqual([]);
    house.drain(slow);
    expect(slow.endings).toEqual(["close 1000"]);
    house.close(idle, 1001);
    house.close(slow);
    await farewell;
  });

  test("comes at once, with the reason, for one too many", () => {
    const house = new WebHouse({ connectionsMax: 1 });
    house.connect();
    const refused = house.connect();
    expect(refused.texts).toEqual(["0 Limit Reached: connections\n"]);
    expect(refused.endings).toEqual(["close 1013"]);
    house.say(refused, "g foo");
    house.close(refused, 1013);
    expect(refused.texts).toHaveLength(1);
  });
});
