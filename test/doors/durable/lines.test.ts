/** Commands whose answer has to wait for the disk, and what goes on meanwhile. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { LineClient } from "../../peers/line-client.ts";
import { eventually, testMilliseconds } from "../../wait-for.ts";
import { startKept } from "./kept.ts";

setDefaultTimeout(testMilliseconds);

const granted = /^\d{16} Lock Get Success: /;

describe("A command that waits for the disk", () => {
  test("holds up what stands behind it, unless it has a tag", async () => {
    await using kept = await startKept();
    const [plain, tagged] = await two(kept.server.doors.tcp);
    plain.command("kg k 0 0 a", "ping");
    tagged.command("@1 kg q 0 0 b", "ping");
    expect(await tagged.take(1)).toEqual(["1 pong"]);
    await kept.asked(2);
    expect([plain.unread, tagged.unread]).toEqual(["", ""]);
    kept.store.commit();
    const [first = "", second] = await plain.take(2);
    expect([granted.test(first), second]).toEqual([true, "1 pong"]);
    expect((await tagged.take(1))[0]).toMatch(/^@1 \d{16} Lock Get Success: b$/);
  });

  test("cannot be cancelled, and its tag is in use until it is answered", async () => {
    await using kept = await startKept();
    const [client] = await two(kept.server.doors.tcp);
    client.command("@1 kg k 60 5 a", "x 1", "@1 ping");
    expect(await client.take(2)).toEqual(["0 No Such Wait: 1", "@1 0 Tag In Use: 1"]);
    kept.store.commit();
    await client.take(1);
    expect(await client.ask("@1 ping")).toBe("@1 1 pong");
  });

  test("is answered to whoever says no more, and does nothing to who is gone", async () => {
    await using kept = await startKept();
    const [quiet, gone] = await two(kept.server.doors.tcp);
    quiet.command("@1 kg k 0 0 a", "kg k 0 0 b");
    quiet.socket.halfClose();
    gone.command("kg q 0 0 c");
    await kept.asked(2);
    gone.socket.drop();
    kept.store.commit();
    expect((await quiet.take(2)).every((line) => line.includes("Lock Get Success: "))).toBe(true);
    await quiet.socket.whenEnded();
    const onlooker = await LineClient.connect(kept.server.doors.tcp);
    onlooker.command("@l ls");
    expect(await onlooker.take(4)).toMatchObject(["@l 3 lines", {}, {}, {}].map(expect.anything));
    expect(kept.store.disk.size).toBe(3);
  });

  test("may have stood in line before: the grant comes first, then the disk", async () => {
    await using kept = await startKept();
    const [holder, waiter] = await two(kept.server.doors.tcp);
    await holder.ask("g a");
    waiter.command("kg k 0 60 a", "ping");
    await eventually(
      "it waits",
      () => holder.ask("ls a"),
      (line) => line.includes('"waiters":1'),
    );
    expect(await holder.ask("r a")).toBe("1 Lock Release Success: a");
    await kept.asked();
    expect([await holder.ask("g a"), waiter.unread]).toEqual(["0 Lock Get Failure: a", ""]);
    kept.store.commit();
    expect((await waiter.take(2))[0]).toMatch(granted);
  });

  test("is one of those that touch what outlives connections", async () => {
    await using kept = await startKept();
    const [client] = await two(kept.server.doors.unix);
    for (const [line, answer] of [
      ["kg k 0 0 a", granted],
      ["kg k - 0 a", granted],
      ["kt k 60 a", /^1 Lock Renew Success: a$/],
      ["kr k a", /^1 Lock Release Success: a$/],
      ["kg k 0 0 b", granted],
      ["free b", /^1 Lock Freed: b$/],
    ] as const) {
      client.command(line);
      await kept.asked();
      expect(client.unread).toBe("");
      kept.store.commit();
      expect((await client.take(1))[0]).toMatch(answer);
    }
    expect(kept.store.disk.size).toBe(0);
    // These do not, and come back although nothing is written.
    for (const line of ["g x", "r x", "kg k - 0 y", "kr k y", "kt k 5 y", "sg z", "sfree z"]) {
      await client.ask(line);
    }
  });

  test("is answered before its connection ends with the server", async () => {
    await using kept = await startKept();
    const [plain, tagged] = await two(kept.server.doors.tcp);
    plain.command("kg k 0 0 a", "g behind");
    tagged.command("@1 kg q 0 0 b");
    await kept.asked(2);
    const stopped = kept.server.stop();
    kept.store.commit();
    await stopped;
    expect((await plain.take(1))[0]).toMatch(granted);
    expect((await tagged.take(1))[0]).toStartWith("@1 ");
    for (const client of [plain, tagged]) await client.socket.whenEnded();
    expect(plain.unread).toBe("");
    expect([kept.store.disk.size, kept.store.closed]).toEqual([2, true]);
  });

  test("needs a tag until it is answered, and is refused when all are in use", async () => {
    await using kept = await startKept({ limits: { tagsMax: 2 } });
    const [client] = await two(kept.server.doors.tcp);
    client.command("@1 kg k 0 0 a", "@2 kg k 0 0 b", "@3 kg k 0 0 c", "@4 kr k a", "@5 g d");
    expect(await client.take(3)).toEqual([
      "@3 0 Limit Reached: tags",
      "@4 0 Limit Reached: tags",
      "@5 1 Lock Get Success: d",
    ]);
    kept.store.commit();
    expect(await client.take(2)).toHaveLength(2);
    expect(kept.store.disk.size).toBe(2);
  });
});

describe("A disk that is full", () => {
  test("grants nothing, says why, and leaves plain locks alone", async () => {
    await using kept = await startKept();
    const [client, other] = await two(kept.server.doors.unix);
    client.command("kg k 0 0 a", "@1 kg k 0 0 b", "ping");
    await kept.asked();
    kept.store.fail("no room is left on the disk");
    const unavailable = "0 Unavailable: no room is left on the disk";
    expect(await client.take(3)).toEqual([unavailable, `@1 ${unavailable}`, "1 pong"]);
    for (const line of ["kg k 0 0 a", "kg k 60 60 a", "kt k 60 a"]) {
      expect(await other.ask(line)).toBe(unavailable);
    }
    expect(await other.ask("g a")).toBe("1 Lock Get Success: a");
    expect(await other.ask("kr k a")).toBe("0 Lock Release Failure: a");
    kept.store.commit();
    expect(await other.ask("r a")).toBe("1 Lock Release Success: a");
    other.command("kg k 0 0 a");
    await kept.asked();
    kept.store.commit();
    expect((await other.take(1))[0]).toMatch(granted);
  });
});

async function two(
  place: Parameters<typeof LineClient.connect>[0],
): Promise<[LineClient, LineClient]> {
  return [await LineClient.connect(place), await LineClient.connect(place)];
}
