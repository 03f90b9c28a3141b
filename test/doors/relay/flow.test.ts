/** A flow between two sockets that are made of nothing. */
import { expect, test } from "bun:test";
import { Flow } from "../../../src/doors/relay/flow.ts";

/** A sink with room for some bytes, and a source that says whether it is read. */
function stage(room: number) {
  const it = {
    room,
    taken: "",
    reading: true,
    finished: 0,
    write(bytes: Uint8Array, offset = 0, length = bytes.length): number {
      const count = Math.min(it.room, length);
      it.room -= count;
      it.taken += Buffer.from(bytes).toString("latin1", offset, offset + count);
      return count;
    },
    pause: () => (it.reading = false),
    resume: () => (it.reading = true),
  };
  const flow = new Flow(it, () => it.finished++);
  const carry = (text: string): void => flow.carry(Buffer.from(text, "latin1"));
  return { it, flow, carry };
}

test("A flow keeps what comes before there is somewhere to go, and does not read on", () => {
  const { it, flow, carry } = stage(100);
  carry("a");
  expect(it.reading).toBe(false);
  carry("b");
  flow.open(it);
  expect(it).toMatchObject({ taken: "ab", reading: true });
});

test("A flow hands over in order what did not fit, and reads again when all has gone", () => {
  const { it, flow, carry } = stage(2);
  flow.open(it);
  carry("abcd");
  carry("ef");
  expect(it).toMatchObject({ taken: "ab", reading: false });
  it.room = 3;
  flow.drain();
  expect(it).toMatchObject({ taken: "abcde", reading: false });
  it.room = 3;
  flow.drain();
  expect(it).toMatchObject({ taken: "abcdef", reading: true });
  carry("g");
  expect(it.taken).toBe("abcdefg");
});

test("A flow finishes once, after the last byte", () => {
  const { it, flow, carry } = stage(1);
  flow.open(it);
  carry("ab");
  flow.end();
  expect(it.finished).toBe(0);
  it.room = 1;
  flow.drain();
  flow.drain();
  flow.end();
  expect(it).toMatchObject({ taken: "ab", finished: 1 });
});

test("A flow that ends before there is somewhere to go finishes there", () => {
  const { it, flow, carry } = stage(1);
  carry("a");
  flow.end();
  flow.open(it);
  expect(it).toMatchObject({ taken: "a", finished: 1 });
});

test("A flow whose sink is gone throws away what comes, and does not hold up the source", () => {
  const { it, flow, carry } = stage(0);
  flow.open(it);
  carry("a");
  flow.discard();
  carry("b");
  it.room = 9;
  flow.drain();
  flow.end();
  expect(it).toMatchObject({ taken: "", reading: true, finished: 0 });
});
