/** How attempts of an address have to wait, on a clock that the test moves. */
import { describe, expect, test } from "bun:test";
import { type Attempt, SlowDown } from "../../src/auth/slow-down.ts";
import {
  attemptsWaitingOfSlowedMax,
  failureDelaySecondsMax,
  failuresForgottenSeconds,
  slowedAddressesMax,
} from "../../src/limits.ts";
import { FakeClock } from "../clock.ts";
import { turn } from "../wait-for.ts";

const address = "10.0.0.7:41034";

/** Whether an attempt has begun, seen without waiting for it. */
class Asked {
  attempt: Attempt | null | undefined;

  constructor(slowDown: SlowDown, from: string) {
    void this.#ask(slowDown, from);
  }

  async #ask(slowDown: SlowDown, from: string): Promise<void> {
    this.attempt = await slowDown.begin(from);
  }
}

async function asked(slowDown: SlowDown, from = address): Promise<Asked> {
  const question = new Asked(slowDown, from);
  await turn();
  return question;
}

async function fail(slowDown: SlowDown, times: number, from = address): Promise<void> {
  for (let time = 0; time < times; time++) (await asked(slowDown, from)).attempt!.end(false);
}

function addressOf(number: number): string {
  return `10.${number >> 16}.${(number >> 8) & 255}.${number & 255}:1`;
}

function begun(questions: readonly Asked[]): number {
  return questions.filter(({ attempt }) => attempt !== undefined).length;
}

describe("SlowDown", () => {
  test("makes an address that was wrong three times wait twice as long each time", async () => {
    const clock = new FakeClock();
    const slowDown = new SlowDown(clock);
    await fail(slowDown, 3);
    for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
      const next = await asked(slowDown);
      clock.advance(seconds * 1000 - 1);
      await turn();
      expect([seconds, next.attempt]).toEqual([seconds, undefined]);
      clock.advance(1);
      await turn();
      next.attempt!.end(false);
    }
    expect(failureDelaySecondsMax).toBe(30);
  });

  test("makes nobody else wait", async () => {
    const slowDown = new SlowDown(new FakeClock());
    await fail(slowDown, 3);
    for (const other of ["10.0.0.8:41034", "[2001:db8::1]:1", "unix:1"])
      expect((await asked(slowDown, other)).attempt).toBeTruthy();
  });

  test("takes other ports, and other machines of an IPv6 network, for the same", async () => {
    const slowDown = new SlowDown(new FakeClock());
    await fail(slowDown, 3);
    expect((await asked(slowDown, "10.0.0.7:9")).attempt).toBe(undefined);
    await fail(slowDown, 3, "[2001:db8::1]:1");
    expect((await asked(slowDown, "[2001:db8::2]:2")).attempt).toBe(undefined);
  });

  test("lets many connections of an address guess no faster than one", async () => {
    const clock = new FakeClock();
    const slowDown = new SlowDown(clock);
    const questions = await Promise.all(Array.from({ length: 10 }, () => asked(slowDown)));
    expect(begun(questions)).toBe(3);
    for (const { attempt } of questions.slice(0, 3)) attempt!.end(false);
    await turn();
    expect(begun(questions)).toBe(3);
    clock.advance(1000);
    await turn();
    expect(begun(questions)).toBe(4);
    clock.advance(100_000);
    await turn();
    // It is under way still, and nobody knows how it will end.
    expect(begun(questions)).toBe(4);
    questions[3]!.attempt!.end(true);
    await turn();
    expect(begun(questions)).toBe(5);
  });

  test("lets any number of right ones pass at once, and keeps nothing of them", async () => {
    const slowDown = new SlowDown(new FakeClock());
    const questions = Array.from({ length: 1_000 }, () => slowDown.begin(address));
    for (const question of questions) (await question)!.end(true);
    expect(slowDown.size).toBe(0);
  });

  test("turns away, at once, who comes when many of a slow address wait", async () => {
    const slowDown = new SlowDown(new FakeClock());
    await fail(slowDown, 3);
    for (let waiting = 0; waiting < attemptsWaitingOfSlowedMax; waiting++)
      expect((await asked(slowDown)).attempt).toBe(undefined);
    expect((await asked(slowDown)).attempt).toBe(null);
    expect((await asked(slowDown, "10.0.0.8:1")).attempt).toBeTruthy();
  });

  test("turns away those who came before it was known that the address is slow", async () => {
    const slowDown = new SlowDown(new FakeClock());
    const questions = await Promise.all(Array.from({ length: 100 }, () => asked(slowDown)));
    for (const { attempt } of questions.slice(0, 3)) attempt!.end(false);
    await turn();
    const turnedAway = questions.filter(({ attempt }) => attempt === null);
    expect(turnedAway).toHaveLength(100 - 3 - attemptsWaitingOfSlowedMax);
  });

  test("forgets what was wrong after a quarter of an hour of quiet", async () => {
    const clock = new FakeClock();
    const slowDown = new SlowDown(clock);
    await fail(slowDown, 3);
    clock.advance(failuresForgottenSeconds * 1000 + 1);
    await fail(slowDown, 2);
    expect((await asked(slowDown)).attempt).toBeTruthy();
  });

  test("does not forget it because one was right meanwhile", async () => {
    const clock = new FakeClock();
    const slowDown = new SlowDown(clock);
    await fail(slowDown, 3);
    clock.advance(1000);
    (await asked(slowDown)).attempt!.end(true);
    await fail(slowDown, 1);
    clock.advance(1999);
    expect((await asked(slowDown)).attempt).toBe(undefined);
  });

  test("keeps so many addresses and no more, and lets the oldest go", async () => {
    const slowDown = new SlowDown(new FakeClock());
    for (let number = 0; number < slowedAddressesMax + 100; number++)
      (await slowDown.begin(addressOf(number)))!.end(false);
    expect(slowDown.size).toBeLessThanOrEqual(slowedAddressesMax);
    // While the attempts of all that are kept are under way, the others share one line.
    const busy = new SlowDown(new FakeClock());
    for (let number = 0; number < slowedAddressesMax + 100; number++)
      void busy.begin(addressOf(number));
    await turn();
    expect(busy.size).toBe(slowedAddressesMax);
  });
});
