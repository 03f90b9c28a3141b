/** Waiters that go, waiters without number, and commands without number behind one. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { LineClient } from "../peers/line-client.ts";
import { startHere } from "../server-in-process.ts";
import { doorNames, startProcess } from "../server-process.ts";
import { eventually, testMilliseconds, within } from "../wait-for.ts";

describe.each(doorNames)("A waiter over %s", (door) => {
  test(
    "that is killed is never granted, and those behind it move up",
    async () => {
      await using server = await startProcess();
      const holder = await LineClient.connect(server.doors.tcp);
      await holder.ask("g foo");
      const place = door === "unix" ? server.doors.unix.unix : String(server.doors[door].port);
      const killed = Bun.spawn(
        [process.execPath, join(import.meta.dir, "waiter.ts"), door, place, "foo"],
        { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
      );
      await within("the waiter waits", killed.stdout.getReader().read());
      const next = await LineClient.connect(server.doors.tcp);
      next.command("gw - foo");
      await eventually(
        "both wait",
        () => holder.ask("ls foo"),
        (text) => text.includes('"waiters":2'),
      );
      killed.kill("SIGKILL");
      await eventually(
        "the killed one has left the line",
        () => holder.ask("ls foo"),
        (text) => text.includes('"waiters":1'),
      );
      expect(await holder.ask("r foo")).toBe("1 Lock Release Success: foo");
      expect((await next.take(1))[0]).toMatch(/^[1-9]\d* Lock Get Success: foo$/);
      // Had it been granted, its end would have made an orphan.
      expect(await holder.statistics()).toMatchObject({ connections: 2, locks: 1, orphans: 0 });
    },
    testMilliseconds,
  );
});

test(
  "A hundred thousand wait for one lock and are served in their order",
  async () => {
    await using server = await startHere();
    const holder = await LineClient.connect(server.doors.tcp);
    await holder.ask("g foo");
    const perClient = 10_000;
    const clients: LineClient[] = [];
    for (let index = 0; index < 10; index += 1) {
      const client = await LineClient.connect(server.doors.tcp);
      client.command(...Array.from({ length: perClient }, (_, tag) => `@${tag} gw - foo`));
      // All of them wait before the next client comes.
      await client.ask("ping");
      clients.push(client);
    }
    expect(await holder.ask("ls foo")).toContain(`"waiters":${perClient * clients.length},`);
    await holder.ask("r foo");
    const [first] = clients;
    for (let tag = 0; tag < 100; tag += 1) {
      const [granted = ""] = (await first?.take(1)) ?? [];
      expect(granted).toMatch(new RegExp(`^@${tag} [1-9]\\d* Lock Get Success: foo$`));
      expect(await first?.ask("r foo")).toBe("1 Lock Release Success: foo");
    }
    // A connection's waits end with it, however many they are.
    for (const client of clients.slice(0, -1)) client.socket.reset();
    const [granted = ""] = (await clients.at(-1)?.take(1)) ?? [];
    expect(granted).toMatch(/^@0 [1-9]\d* Lock Get Success: foo$/);
    clients.at(-1)?.socket.reset();
    await eventually(
      "everybody is gone",
      () => holder.statistics(),
      ({ connections, locks }) => connections === 1 && locks === 0,
    );
  },
  testMilliseconds,
);

test(
  "A hundred thousand locks have a waiter each",
  async () => {
    await using server = await startHere({ limits: { tagsMax: 100_000 } });
    const holder = await LineClient.connect(server.doors.tcp);
    const waiter = await LineClient.connect(server.doors.tcp);
    const locks = 100_000;
    const numbers = Array.from({ length: locks }, (_, index) => index);
    holder.command(...numbers.map((number) => `g ${number}`));
    await holder.take(locks);
    waiter.command(...numbers.map((number) => `@${number} gw - ${number}`));
    await waiter.ask("ping");
    holder.socket.reset();
    const granted = await waiter.take(locks);
    const expected = numbers.map((number) => `@${number} Lock Get Success: ${number}`);
    const withoutFences = granted.map((line) => line.replace(/ [1-9]\d* /, " "));
    expect(withoutFences.sort()).toEqual(expected.sort());
  },
  testMilliseconds,
);

test(
  "Who says too much behind a wait is ended, and what it held is free",
  async () => {
    await using server = await startHere();
    const holder = await LineClient.connect(server.doors.tcp);
    await holder.ask("g foo");
    const talker = await LineClient.connect(server.doors.tcp);
    await talker.ask("g own");
    // Below the limit: all is kept and answered.
    const line = `i ${"n".repeat(1_000)}`;
    const kept = 4_000;
    talker.command("gw - foo", ...Array.from({ length: kept }, () => line));
    await holder.ask("r foo");
    expect((await talker.take(kept + 1)).at(-1)).toStartWith("0 Lock Not Locked: nnn");
    await talker.ask("r foo");
    // Above it.
    await holder.ask("g foo");
    talker.command("gw - foo", ...Array.from({ length: 2 * kept }, () => line));
    await talker.socket.whenEnded();
    expect(await holder.ask("g own")).toBe("1 Lock Get Success: own");
    expect(await holder.ask("ls foo")).toContain('"waiters":0,');
  },
  testMilliseconds,
);
