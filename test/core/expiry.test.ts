/** What is due happens by itself, in slices, however much of it there is. */
import { expect, test } from "bun:test";
import { Refusal } from "../../src/core/request.ts";
import { named, seed } from "./named.ts";
import { Scene } from "./scene.ts";

const million = 1_000_000;

test("a million leases that lapse together are done in slices, each as long as asked", () => {
  const scene = new Scene();
  const person = scene.arrive();
  const { table } = scene;
  const keyed = { key: "k", requestor: "r", ttlMilliseconds: 1_000 };
  const terms = { keyed, limit: 0, patience: null };
  const name = named(new Uint8Array(4));
  for (let lock = 0; lock < million; lock++) {
    new DataView(name.bytes.buffer).setUint32(0, lock);
    table.acquire(table.exclusive, person, name.point(seed, name.bytes, 0, 4), terms);
  }
  expect(table.exclusive.locks.count).toBe(million);
  scene.pass(999, million);
  expect(table.exclusive.locks.count).toBe(million);
  scene.pass(1, 256);
  expect(table.exclusive.locks.count).toBe(million - 256);
  // The rest is due at once, so that the timer goes on with it.
  expect(table.state.deadlines.next).toBeLessThanOrEqual(table.state.monotonicMilliseconds);
  let slices = 1;
  for (let before = 0; before !== table.exclusive.locks.count; slices++) {
    before = table.exclusive.locks.count;
    table.expire(256);
    if (before - table.exclusive.locks.count > 256) throw new Error("a slice was too long");
  }
  expect(slices).toBeGreaterThan(million / 256);
  expect(table.exclusive.locks.count).toBe(0);
  expect(table.exclusive.requests.count).toBe(0);
  expect(table.state.deadlines.next).toBe(Infinity);
}, 60_000);

test("waits that run out together are refused in slices, and nobody is granted instead", () => {
  const scene = new Scene();
  const holder = scene.arrive();
  scene.ask(holder, "lock");
  const waits = Array.from({ length: 1_000 }, () =>
    scene.ask(scene.arrive(), "lock", { wait: "untagged", milliseconds: 50 }),
  );
  scene.pass(50, 300);
  scene.tell();
  expect(waits.filter(({ told }) => told.length > 0)).toHaveLength(300);
  scene.pass(0, 700);
  scene.tell();
  expect(waits.every(({ told }) => told.length === 1 && told[0] === Refusal.held)).toBe(true);
  expect(scene.table.exclusive.waits.size).toBe(0);
  expect(scene.table.exclusive.requests.count).toBe(1);
});

test("an alarm rings once, at its time, and takes a step like everything else", () => {
  const scene = new Scene();
  const rung: string[] = [];
  const alarm = (name: string) => ({
    kind: "alarm" as const,
    at: Infinity,
    position: -1,
    ring: () => void rung.push(name),
  });
  scene.table.state.deadlines.schedule(alarm("second"), 20);
  scene.table.state.deadlines.schedule(alarm("first"), 10);
  scene.pass(9);
  expect(rung).toEqual([]);
  scene.pass(20, 1);
  expect(rung).toEqual(["first"]);
  scene.pass(0, 1);
  scene.pass(100);
  expect(rung).toEqual(["first", "second"]);
});

test("a wait that was granted in time does not run out later", () => {
  const scene = new Scene();
  const [holder, waiter] = [scene.arrive(), scene.arrive()];
  scene.ask(holder, "lock");
  const { told } = scene.ask(waiter, "lock", { wait: "untagged", milliseconds: 50 });
  scene.pass(49);
  scene.release(holder, "lock");
  scene.tell();
  scene.pass(1_000);
  scene.tell();
  expect(told).toHaveLength(1);
  expect(told[0]).toBeGreaterThan(0);
  expect(scene.table.exclusive.locks.count).toBe(1);
});
