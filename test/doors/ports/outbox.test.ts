/** Replies of all streams lie in one buffer and leave together, each to its own connection. */
import { describe, expect, test } from "bun:test";
import { type Intake, Outbox, type Recipient } from "../../../src/doors/outbox.ts";
import {
  busyReplies,
  flushBytes,
  intakeMilliseconds,
  intakeRoundsMax,
} from "../../../src/limits.ts";
import { Output } from "../../../src/protocol/output.ts";
import { turn } from "../../wait-for.ts";

/** Remembers what it is sent; `then` is done on the way. */
function recipient(then: () => void = () => {}): Recipient & { sent: string[] } {
  const sent: string[] = [];
  return {
    sent,
    send(bytes, start, end) {
      sent.push(Buffer.from(bytes.subarray(start, end)).toString());
      then();
    },
  };
}

function setup(intake: Intake | null = null): {
  out: Output;
  outbox: Outbox;
  clock: { now: number; monotonicMs(): number };
} {
  const out = new Output();
  const clock = { now: 0, monotonicMs: () => clock.now };
  return { out, outbox: new Outbox(out, { intake, clock }), clock };
}

/** An outbox whose intake brings one packet in each of the first `rounds` rounds. */
function busyHouse(rounds: number, each = (): void => {}) {
  const a = recipient();
  let reads = 0;
  const house = setup({
    read() {
      reads++;
      if (reads > rounds) return false;
      say(`read ${reads}`);
      each();
      return true;
    },
  });
  const say = (text: string): void => {
    house.out.text(text);
    house.outbox.commit(a);
  };
  return { ...house, a, say, reads: () => reads };
}

describe("An outbox", () => {
  test("sends to each what it committed, in order, and is empty then", async () => {
    const { out, outbox } = setup();
    const [a, b] = [recipient(), recipient()];
    for (const [text, whose] of [
      ["first", a],
      ["second", b],
      ["third", a],
    ] as const) {
      out.text(text);
      outbox.commit(whose);
    }
    expect([a.sent, b.sent]).toEqual([[], []]);
    await turn();
    expect([a.sent, b.sent]).toEqual([["first", "third"], ["second"]]);
    expect([out.length, out.committed]).toEqual([0, 0]);
  });

  test("sends nothing where nothing was put", async () => {
    const { outbox } = setup();
    const a = recipient();
    outbox.commit(a);
    await turn();
    outbox.flush();
    expect(a.sent).toEqual([]);
  });

  test("sends again in the next turn", async () => {
    const { out, outbox } = setup();
    const a = recipient();
    for (const text of ["one", "two"]) {
      out.text(text);
      outbox.commit(a);
      await turn();
    }
    expect(a.sent).toEqual(["one", "two"]);
  });

  test("waits for the turn's end up to so many bytes, and not with one more", () => {
    const { out, outbox } = setup();
    const a = recipient();
    out.text("x".repeat(flushBytes));
    outbox.commit(a);
    expect(a.sent).toEqual([]);
    out.text("y");
    outbox.commit(a);
    expect(a.sent.map(({ length }) => length)).toEqual([flushBytes, 1]);
    expect(out.length).toBe(0);
  });

  test("sends what is said while it sends, even if the buffer has to grow for it", () => {
    const { out, outbox } = setup();
    const b = recipient();
    const long = "b".repeat(out.bytes.length + flushBytes);
    const a = recipient(() => {
      if (a.sent.length > 1) return;
      out.text(long);
      outbox.commit(b);
      // Neither this nor the amount makes it begin anew in the middle.
      outbox.flush();
    });
    const c = recipient();
    out.text("a");
    outbox.commit(a);
    out.text("c");
    outbox.commit(c);
    outbox.flush();
    expect(a.sent).toEqual(["a"]);
    expect(c.sent).toEqual(["c"]);
    expect(b.sent.map((text) => text === long)).toEqual([true]);
    expect([out.length, out.committed]).toEqual([0, 0]);
  });

  test("never sends half a reply: flushing in the middle of one is a bug of ours", async () => {
    const { out, outbox } = setup();
    const a = recipient();
    out.text("whole");
    outbox.commit(a);
    out.text("half");
    expect(() => outbox.flush()).toThrow("in the middle");
    expect(a.sent).toEqual([]);
    outbox.commit(a);
    await turn();
    expect(a.sent).toEqual(["whole", "half"]);
  });

  describe("with an intake", () => {
    const begin = Array.from({ length: busyReplies }, (_, index) => `begin ${index}`);

    test("goes on reading behind a busy turn until nothing comes, and answers each time", async () => {
      const { a, say, reads } = busyHouse(3);
      begin.forEach(say);
      await turn();
      expect(a.sent).toEqual([...begin, "read 1", "read 2", "read 3"]);
      expect(reads()).toBe(4);
    });

    test("answers what came before the event loop had to have its turn", async () => {
      const a = recipient();
      const house = setup({
        read() {
          house.out.text("read");
          house.outbox.commit(a);
          return false;
        },
      });
      for (const text of begin) {
        house.out.text(text);
        house.outbox.commit(a);
      }
      await turn();
      expect(a.sent).toEqual([...begin, "read"]);
    });

    test("does not look further behind a turn with few replies", async () => {
      const { a, say, reads } = busyHouse(3);
      begin.slice(1).forEach(say);
      await turn();
      expect(a.sent).toEqual(begin.slice(1));
      expect(reads()).toBe(0);
    });

    test("lets the event loop have its turn after so many rounds", async () => {
      const { say, reads } = busyHouse(Infinity);
      begin.forEach(say);
      await turn();
      expect(reads()).toBe(intakeRoundsMax);
    });

    test("lets the event loop have its turn when time is over", async () => {
      const house = busyHouse(Infinity, () => (house.clock.now += intakeMilliseconds / 2));
      begin.forEach(house.say);
      await turn();
      expect(house.reads()).toBe(2);
    });

    test("answers what comes by the event loop afterwards", async () => {
      const { a, say } = busyHouse(1);
      begin.forEach(say);
      await turn();
      say("later");
      await turn();
      expect(a.sent).toEqual([...begin, "read 1", "later"]);
    });
  });
});
