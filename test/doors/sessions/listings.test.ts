/** A listing goes out as fast as its client reads, holds nobody else up, and ends when nobody reads. */
import { describe, expect, spyOn, test } from "bun:test";
import {
  backlogBytesMax,
  linesPerStep,
  listingStallSeconds,
  snapshotsMax,
} from "../../../src/limits.ts";
import { eventually, turn } from "../../wait-for.ts";
import { Parlour, type Peer } from "./parlour.ts";

const many = 4 * linesPerStep;
const stallMilliseconds = listingStallSeconds * 1_000;

/** A parlour with so many locks, all held by the first peer. */
function occupied(locks = many): { parlour: Parlour; holder: Peer } {
  const parlour = new Parlour();
  const holder = parlour.join();
  holder.ask(...Array.from({ length: locks }, (_, lock) => `g ${nameOf(lock)}`));
  holder.lines();
  return { parlour, holder };
}

function nameOf(lock: number): string {
  return `${lock}`.padStart(6, "0");
}

function hears(peer: Peer, lines: number): Promise<unknown> {
  const count = (): number => peer.port.text.split("\n").length - 1;
  return eventually(`${lines} lines`, count, (heard) => heard >= lines);
}

/** A reader that has stopped reading since the listing began. */
async function stalled(parlour: Parlour): Promise<Peer> {
  const reader = parlour.join();
  reader.port.partsUntilBlocked = 1;
  reader.send("g of the reader\n@7 d\n");
  await stopsReading(reader);
  return reader;
}

/** The port has stood still, and the listing has come upon that. */
async function stopsReading(reader: Peer): Promise<void> {
  await eventually("the reader stops", () => reader.port.blocked, Boolean);
  await turn();
  await turn();
}

describe("A listing", () => {
  test("that is short is said at once, between the replies before and behind it", () => {
    const { holder } = occupied(3);
    const lines = [0, 1, 2].map((lock) => `${nameOf(lock)}: 1.2.3.4:1`);
    expect(holder.ask("ping", "d", "@7 d", "ping")).toEqual([
      "1 pong",
      ...lines,
      "@7 3 lines",
      ...lines,
      "1 pong",
    ]);
  });

  test("that is long comes whole, with what is behind it behind it", async () => {
    const { parlour } = occupied();
    const reader = parlour.join();
    reader.send("@7 d\nping\n");
    await hears(reader, many + 2);
    const lines = reader.lines();
    expect(lines[0]).toBe(`@7 ${many} lines`);
    expect(lines.slice(1, -1)).toEqual(
      Array.from({ length: many }, (_, lock) => `${nameOf(lock)}: 1.2.3.4:1`),
    );
    expect(lines.at(-1)).toBe("1 pong");
  });

  test("holds up nobody else, and shows nothing of what changes meanwhile", async () => {
    const { parlour, holder } = occupied();
    const reader = parlour.join();
    reader.port.partsUntilBlocked = 1;
    reader.send("d\nd 000000\n");
    await stopsReading(reader);
    expect(holder.ask("r 000000", "g new", "ping").at(-1)).toBe("1 pong");
    reader.read();
    await hears(reader, many);
    expect(reader.lines()[0]).toBe(`000000: 1.2.3.4:1`);
    expect(reader.port.text).not.toContain("new");
    // The one behind it was asked for later.
    expect(reader.ask("i 000000")).toEqual(["0 Lock Not Locked: 000000"]);
  });

  test("is not interrupted by what is decided meanwhile: that comes right behind it", async () => {
    const { parlour, holder } = occupied();
    const reader = parlour.join();
    expect(reader.ask("notify on", "g own", "@w gw - 000001", "@v gw 5 000002")).toHaveLength(2);
    reader.port.partsUntilBlocked = 1;
    reader.send("@7 d\nping\n");
    await stopsReading(reader);
    holder.ask("r 000001");
    parlour.clock.advance(5_000);
    const administrator = parlour.join({ local: true });
    expect(administrator.ask("free own")).toEqual(["1 Lock Freed: own"]);
    reader.read();
    await hears(reader, many + 8);
    const lines = reader.lines();
    expect(lines.slice(0, 1)).toEqual([`@7 ${many + 1} lines`]);
    expect(lines.slice(many + 2)).toEqual([
      expect.stringMatching(/^@w [1-9]\d* Lock Get Success: 000001$/),
      "@v 0 Lock Get Failure: 000002",
      "@! 0 Lock Lost: own",
      "1 pong",
    ]);
  });

  test("lets what is behind it take effect as soon as it is read, for others too", async () => {
    const { parlour } = occupied();
    const [reader, waiter] = [await stalled(parlour), parlour.join()];
    expect(waiter.ask("gw - of the reader")).toEqual([]);
    reader.ask("r of the reader");
    reader.read();
    await hears(reader, many + 4);
    // Nobody else comes by: whoever let it go has to tell.
    await turn();
    expect(waiter.lines()).toEqual([
      expect.stringMatching(/^[1-9]\d* Lock Get Success: of the reader$/),
    ]);
  });

  test("may have so many bytes of commands behind it, and not one more", async () => {
    const { parlour } = occupied();
    const reader = await stalled(parlour);
    const line = `i ${"n".repeat(1_021)}\n`;
    for (let sent = 0; sent < backlogBytesMax; sent += line.length) reader.send(line);
    expect(reader.isGone).toBe(false);
    reader.send("\n");
    expect(reader.isGone).toBe(true);
  });

  test("is finished for a peer that sends no more", async () => {
    const { parlour } = occupied();
    const reader = parlour.join();
    reader.port.partsUntilBlocked = 1;
    reader.send("d\nping\n");
    reader.session.endInput();
    expect(reader.port.endings).toEqual([]);
    reader.read();
    await hears(reader, many + 1);
    expect(reader.port.endings).toEqual(["finish"]);
  });
});

describe("A listing that its client does not read", () => {
  test("ends the connection after half a minute, and not before", async () => {
    const { parlour } = occupied(20 * linesPerStep);
    const reader = await stalled(parlour);
    parlour.clock.advance(stallMilliseconds - 1);
    expect(reader.isGone).toBe(false);
    parlour.clock.advance(1);
    expect(reader.isGone).toBe(true);
    expect(parlour.join().ask("i of the reader")).toEqual(["0 Lock Not Locked: of the reader"]);
  });

  test("goes on when it reads again in time, and may then stall anew for as long", async () => {
    const { parlour } = occupied(40 * linesPerStep);
    const reader = await stalled(parlour);
    parlour.clock.advance(stallMilliseconds - 1);
    reader.read(3);
    await stopsReading(reader);
    parlour.clock.advance(stallMilliseconds - 1);
    expect(reader.isGone).toBe(false);
    parlour.clock.advance(1);
    expect(reader.isGone).toBe(true);
  });

  test("is left alone as soon as it reads again, however long the rest takes", async () => {
    const { parlour } = occupied(40 * linesPerStep);
    const reader = await stalled(parlour);
    parlour.clock.advance(stallMilliseconds - 1);
    let now = performance.now();
    using slow = spyOn(performance, "now").mockImplementation(() => now++);
    reader.read();
    // On a slow machine this turn was enough for a little of it only.
    parlour.clock.advance(1);
    expect(reader.isGone).toBe(false);
    slow.mockRestore();
    await hears(reader, 40 * linesPerStep + 3);
  });

  test("that is read to its end leaves no alarm behind", async () => {
    const { parlour } = occupied();
    const reader = await stalled(parlour);
    reader.read();
    await hears(reader, many + 3);
    parlour.clock.advance(100 * stallMilliseconds);
    expect(reader.isGone).toBe(false);
    expect(reader.ask("ping").at(-1)).toBe("1 pong");
  });

  test("keeps its snapshot, and gives it to others when its connection goes", async () => {
    const { parlour } = occupied(20 * linesPerStep);
    const readers: Peer[] = [];
    for (let count = 0; count < snapshotsMax; count++) readers.push(await stalled(parlour));
    const late = parlour.join();
    late.ask("dump");
    for (let turns = 0; turns < 20; turns++) await turn();
    expect(late.port.text).toBe("");
    readers[1]!.session.end("closed");
    await hears(late, 1);
    expect(late.lines()[0]).toStartWith("map[000000:1.2.3.4:1 ");
  });
});
