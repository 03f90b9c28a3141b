/** A listing of very much: as it was when it began, in one piece, without delay for others. */
import { describe, expect, test } from "bun:test";
import { LineClient } from "../peers/line-client.ts";
import { type ServerProcess, startProcess } from "../server-process.ts";
import { testMilliseconds } from "../wait-for.ts";
import { WebClient } from "../peers/web-client.ts";
import { bestOf, getMany, Reader, worstWait } from "./stopwatch.ts";

const locks = 200_000;
const waitMillisecondsMax = 20;

describe.each([
  ["d", "g", "r"],
  ["sd", "sg", "sr"],
])("%s of 200,000 locks", (list, get, release) => {
  test(
    "shows them as they were when it began, while others change them",
    async () => {
      await using server = await startProcess();
      const { holder, reader } = await occupied(server, get);
      const changer = await LineClient.connect(server.doors.tcp);
      await getMany(changer, 5_000, "other", get);
      // Its first lines are here and the rest waits for its reader: it has begun.
      reader.command(list, "me");
      await reader.socket.changes.until(
        "the listing begins",
        () => reader.pending > 0 || undefined,
      );
      reader.socket.readMore(false);
      for (let number = 0; number < 5_000; number += 1)
        changer.command(`${release} other-${number}`);
      await changer.take(5_000);
      await getMany(changer, 5_000, "new", get);
      holder.command(
        ...Array.from({ length: 5_000 }, (_, number) => `${release} lock-${number * 40}`),
      );
      await holder.take(5_000);
      reader.socket.readMore(true);

      const lines = await reader.take(locks + 5_000);
      const expected = [
        ...Array.from({ length: locks }, (_, number) => `lock-${number}: ${holder.address}`),
        ...Array.from({ length: 5_000 }, (_, number) => `other-${number}: ${changer.address}`),
      ];
      expect(difference(lines, expected)).toEqual({ missing: [], extra: [] });
      expect(await reader.take(1)).toEqual([`1 ${reader.address} ${reader.address}`]);
    },
    testMilliseconds,
  );
});

test(
  "A listing of 200,000 locks over a WebSocket is cut between lines only",
  async () => {
    await using server = await startProcess();
    const { holder } = await occupied(server, "g");
    const web = await WebClient.connect(server.doors.web);
    web.send("d\nme");
    const lines: string[] = [];
    while (lines.length < locks) {
      const { text } = await web.take();
      expect(text.endsWith("\n")).toBe(true);
      for (const line of text.slice(0, -1).split("\n")) lines.push(line);
    }
    const expected = Array.from(
      { length: locks },
      (_, number) => `lock-${number}: ${holder.address}`,
    );
    expect(difference(lines, expected)).toEqual({ missing: [], extra: [] });
    expect((await web.take()).text).toBe(`1 ${web.address} ${web.address}\n`);
  },
  testMilliseconds,
);

test(
  "dump of 200,000 locks is one line, sorted by bytes",
  async () => {
    await using server = await startProcess();
    const { holder, reader } = await occupied(server, "g");
    const names = Array.from({ length: locks }, (_, number) => `lock-${number}`).sort();
    const expected = `map[${names.map((name) => `${name}:${holder.address}`).join(" ")}]`;
    expect((await reader.ask("dump")) === expected).toBe(true);
    expect(await reader.ask("i lock-7")).toBe("1 Lock Is Locked: lock-7");
  },
  testMilliseconds,
);

test.each(["d", "dump"])(
  "Nobody waits long while somebody reads `%s` of 200,000 locks",
  async (list) => {
    await using server = await startProcess();
    await occupied(server, "g");
    const reader = await Reader.connect(server.doors.tcp);
    const bystander = await LineClient.connect(server.doors.tcp);
    const worst = await bestOf(5, waitMillisecondsMax, () =>
      worstWait(bystander, reader.readAll(list)),
    );
    expect(worst).toBeLessThan(waitMillisecondsMax);
  },
  testMilliseconds,
);

/** A server with a client that holds `locks` locks, and one that will list them. */
async function occupied(
  server: ServerProcess,
  get: string,
): Promise<{ holder: LineClient; reader: LineClient }> {
  const holder = await LineClient.connect(server.doors.tcp);
  const reader = await LineClient.connect(server.doors.tcp);
  await getMany(holder, locks, "lock", get);
  return { holder, reader };
}

/** What two lists do not have in common, each once more than the other; the first few of it. */
function difference(
  received: readonly string[],
  expected: readonly string[],
): { missing: string[]; extra: string[] } {
  const counts = new Map<string, number>();
  for (const line of expected) counts.set(line, (counts.get(line) ?? 0) + 1);
  for (const line of received) counts.set(line, (counts.get(line) ?? 0) - 1);
  const several = [...counts];
  return {
    missing: several
      .filter(([, count]) => count > 0)
      .slice(0, 5)
      .map(([line]) => line),
    extra: several
      .filter(([, count]) => count < 0)
      .slice(0, 5)
      .map(([line]) => line),
  };
}
