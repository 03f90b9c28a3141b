/** Replies of all streams lie in one buffer and leave together, each to its own connection. */
import { describe, expect, test } from "bun:test";
import { Outbox, type Recipient } from "../../../src/doors/outbox.ts";
import { flushBytes } from "../../../src/limits.ts";
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

function setup(): { out: Output; outbox: Outbox } {
  const out = new Output();
  return { out, outbox: new Outbox(out) };
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
});
