/** A stream's way out: everything arrives once and in order, however little the socket takes. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { Outbox } from "../../../src/doors/outbox.ts";
import type { Session } from "../../../src/doors/session.ts";
import { Lingering } from "../../../src/doors/sockets/lingering.ts";
import { Wire } from "../../../src/doors/wire.ts";
import { Output } from "../../../src/protocol/output.ts";
import { FakeClock } from "../../clock.ts";
import { turn } from "../../wait-for.ts";
import { FakeStream } from "./stream-socket.ts";

const pendingBytesMax = 1_000;

/** A wire to a fake socket, with a session that only remembers what it is told. */
class Line {
  readonly out: Output;
  readonly outbox: Outbox;
  readonly socket = new FakeStream();
  readonly told: string[] = [];
  readonly lingering = new Lingering({ schedule: () => {} }, Infinity);
  readonly wire: Wire;
  constructor(out = new Output(), outbox = new Outbox(out, { clock: new FakeClock() })) {
    this.out = out;
    this.outbox = outbox;
    const { lingering } = this;
    this.wire = new Wire(this.socket, { outbox, lingering, pendingBytesMax });
    this.wire.serve({
      drop: (reason: string) => void this.told.push(`drop: ${reason}`),
      drained: () => void this.told.push("drained"),
    } as unknown as Session);
  }

  /** Says something and has it written. */
  say(text: string): void {
    this.out.text(text);
    this.wire.flush();
    this.outbox.flush();
  }
}

/** Two of one outbox. */
function twoLines(): [Line, Line] {
  const first = new Line();
  return [first, new Line(first.out, first.outbox)];
}

describe("A wire", () => {
  test("writes what was committed when the turn ends, in one go for each commit", async () => {
    const { out, wire, socket } = new Line();
    out.text("one\n");
    wire.reply();
    out.text("two\n");
    wire.reply();
    wire.flush();
    expect(socket.taken).toBe("");
    await turn();
    expect(socket.taken).toBe("one\ntwo\n");
    expect(socket.writes).toEqual([8]);
    expect(wire.blocked).toBe(false);
  });

  test("has its socket read for the session until the connection is no more", () => {
    const { wire, socket } = new Line();
    expect(socket.watched).toBe(true);
    wire.close();
    expect(socket.watched).toBe(false);
  });

  test("writes a part at once", () => {
    const { out, wire, socket } = new Line();
    out.text("the beginning");
    wire.part();
    expect(socket.taken).toBe("the beginning");
  });

  test("keeps what the socket does not take, and nothing overtakes it", () => {
    const line = new Line();
    const { wire, socket } = line;
    socket.room = 3;
    line.say("abcdef");
    expect(socket.taken).toBe("abc");
    expect([wire.pendingBytes, wire.blocked]).toEqual([3, true]);
    socket.room = 100;
    line.say("ghi");
    expect(socket.taken).toBe("abc");
    expect(wire.pendingBytes).toBe(6);
    wire.drain();
    expect(socket.taken).toBe("abcdefghi");
    expect([wire.pendingBytes, wire.blocked]).toEqual([0, false]);
  });

  test("keeps copies: the buffer is somebody else's by the time the socket drains", () => {
    const line = new Line();
    line.socket.room = 0;
    line.say("precious");
    line.out.bytes.fill(0x2a);
    line.socket.room = 100;
    line.wire.drain();
    expect(line.socket.taken).toBe("precious");
  });

  test("tells its session when everything is taken, and not before", () => {
    const line = new Line();
    const { wire, socket, told } = line;
    socket.room = 0;
    line.say("abc");
    line.say("def");
    for (const room of [0, 2, 3]) {
      socket.room = room;
      wire.drain();
      expect(told).toEqual([]);
    }
    socket.room = 1;
    wire.drain();
    expect(told).toEqual(["drained"]);
    expect(socket.taken).toBe("abcdef");
  });

  test("delivers every byte once and in order, whatever the socket takes when", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("say" as const), size: fc.nat(60) }),
      fc.record({ do: fc.constant("drain" as const), room: fc.nat(40) }),
    );
    const property = fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const line = new Line();
      let said = "";
      for (const one of steps) {
        if (one.do === "drain") {
          line.socket.room = one.room;
          line.wire.drain();
        } else {
          const text = Array.from({ length: one.size }, (_, at) => (said.length + at) % 10).join(
            "",
          );
          said += text;
          line.say(text);
        }
        expect(said.startsWith(line.socket.taken)).toBe(true);
        expect(line.wire.pendingBytes).toBe(said.length - line.socket.taken.length);
      }
      line.socket.room = Infinity;
      line.wire.drain();
      expect(line.socket.taken).toBe(said);
    });
    fc.assert(property, { numRuns: 500 });
  });

  test("lets exactly as much wait as it may, and has its session dropped for a byte more", () => {
    for (const [first, second] of [
      [pendingBytesMax, 1],
      [1, pendingBytesMax],
    ] as const) {
      const line = new Line();
      line.socket.room = 0;
      line.say("x".repeat(first));
      expect(line.told).toEqual([]);
      line.say("x".repeat(second));
      expect(line.told).toEqual(["drop: replies are not read"]);
    }
    const line = new Line();
    line.socket.room = 10;
    line.say("x".repeat(pendingBytesMax + 10));
    expect(line.told).toEqual([]);
  });

  test("to a socket that is closed keeps nothing", () => {
    const [open, closed] = twoLines();
    closed.socket.gone = true;
    for (const line of [open, closed]) {
      line.out.text("abc");
      line.wire.flush();
    }
    open.outbox.flush();
    expect(closed.wire.pendingBytes).toBe(0);
    expect(closed.told).toEqual([]);
    expect(open.socket.taken).toBe("abc");
  });

  test("says nothing more once its session has ended, not even what was committed before", () => {
    const { out, outbox, wire, socket } = new Line();
    out.text("too late");
    wire.flush();
    wire.close();
    outbox.flush();
    expect(socket.taken).toBe("");
    expect(out.length).toBe(0);
  });

  test("ends the socket when asked to, at once if everything is taken, and once", () => {
    const line = new Line();
    line.out.text("goodbye");
    line.wire.flush();
    line.wire.finish();
    expect(line.socket.taken).toBe("goodbye");
    expect(line.socket.endings).toEqual(["end"]);
    line.wire.finish();
    expect(line.socket.endings).toEqual(["end"]);
  });

  test("ends only our side of a socket whose peer may still talk, and both when it has ended", () => {
    const line = new Line();
    line.say("goodbye");
    line.wire.finishGently();
    line.wire.finishGently();
    expect(line.socket.endings).toEqual(["shutdown"]);
    expect(line.lingering.size).toBe(1);
    line.wire.finish();
    line.wire.close();
    expect(line.socket.endings).toEqual(["shutdown", "end"]);
    expect(line.lingering.size).toBe(0);
  });

  test("is closed once its peer, who was told everything, is silent", () => {
    const line = new Line();
    line.wire.finishGently();
    line.lingering.hush();
    line.wire.ignored();
    line.lingering.hush();
    expect(line.socket.endings).toEqual(["shutdown"]);
    line.lingering.hush();
    expect(line.socket.endings).toEqual(["shutdown", "close"]);
  });

  test("ends the socket behind what is kept for it", () => {
    const line = new Line();
    line.socket.room = 4;
    line.say("goodbye");
    line.wire.finish();
    expect(line.socket.endings).toEqual([]);
    line.socket.room = 2;
    line.wire.drain();
    expect(line.socket.endings).toEqual([]);
    line.socket.room = 100;
    line.wire.drain();
    expect(line.socket.taken).toBe("goodbye");
    expect(line.socket.endings).toEqual(["end"]);
    expect(line.told).toEqual([]);
  });

  test("terminates the socket when it is destroyed, whatever waits", () => {
    const line = new Line();
    line.socket.room = 0;
    line.say("abc");
    line.wire.destroy();
    line.say("def");
    expect(line.socket.endings).toEqual(["terminate"]);
    expect(line.socket.taken).toBe("");
  });
});

describe("Two wires of one outbox", () => {
  test("get their own replies each, in the order in which they were put", async () => {
    const [first, second] = twoLines();
    for (let round = 0; round < 5; round++) {
      for (const line of [first, second]) {
        line.out.text(`${line === first ? "a" : "b"}${round} `);
        line.wire.flush();
      }
    }
    await turn();
    expect(first.socket.taken).toBe("a0 a1 a2 a3 a4 ");
    expect(second.socket.taken).toBe("b0 b1 b2 b3 b4 ");
  });

  test("do not hold each other up: one that is blocked keeps only its own", () => {
    const [first, second] = twoLines();
    first.socket.room = 0;
    first.say("a");
    second.say("b");
    expect([first.wire.pendingBytes, second.wire.pendingBytes]).toEqual([1, 0]);
    expect(second.socket.taken).toBe("b");
  });
});
