/** Who is present, who is gone, and who has somebody's old number. */
import { expect, test } from "bun:test";
import { detachedSession, Sessions } from "../../src/core/sessions.ts";
import { Random, seedOfRun } from "../sim/random.ts";
import { named } from "./named.ts";
import { Scene } from "./scene.ts";

test("sessions that are present have different numbers, none of them nobody's", () => {
  const sessions = new Sessions<string>();
  const ids = Array.from({ length: 1_000 }, (_, at) => sessions.open(`owner ${at}`));
  expect(new Set(ids).size).toBe(1_000);
  expect(ids).not.toContain(detachedSession);
  expect(ids.map((id) => sessions.ownerOf(id))).toEqual(ids.map((_, at) => `owner ${at}`));
  expect(ids.some((id) => sessions.isGone(id))).toBe(false);
});

test("nobody owns what outlives connections, and it is never gone", () => {
  const sessions = new Sessions<string>();
  expect(sessions.ownerOf(detachedSession)).toBeNull();
  expect(sessions.isGone(detachedSession)).toBe(false);
});

test("a number is given again only when nothing of its last bearer is left", () => {
  const sessions = new Sessions<string>();
  const first = sessions.open("first");
  sessions.depart(first);
  expect(sessions.isGone(first)).toBe(true);
  expect(sessions.departing).toBe(1);
  expect(sessions.open("second")).not.toBe(first);
  sessions.forget(first);
  expect(sessions.departing).toBe(0);
  expect(sessions.open("third")).toBe(first);
  expect(sessions.isGone(first)).toBe(false);
  expect(sessions.ownerOf(first)).toBe("third");
});

test("a bearer is known only as long as it is present, whoever has its number then", () => {
  const sessions = new Sessions<string>();
  const id = sessions.open("first");
  const bearer = sessions.bearer(id);
  expect(sessions.ownerOfBearer(bearer)).toBe("first");
  sessions.depart(id);
  expect(sessions.ownerOfBearer(bearer)).toBeNull();
  sessions.forget(id);
  expect(sessions.ownerOfBearer(bearer)).toBeNull();
  expect(sessions.open("second")).toBe(id);
  expect(sessions.ownerOfBearer(bearer)).toBeNull();
  expect(sessions.ownerOfBearer(sessions.bearer(id))).toBe("second");
});

test("whoever comes and goes, each number has one owner", () => {
  const random = new Random(seedOfRun());
  const sessions = new Sessions<string>();
  const present = new Map<number, string>();
  const departed: number[] = [];
  for (let step = 0; step < 5_000; step++) {
    if (random.chance(0.5)) {
      const id = sessions.open(`owner ${step}`);
      expect(present.has(id) || departed.includes(id)).toBe(false);
      present.set(id, `owner ${step}`);
    } else if (present.size > 0 && random.chance(0.6)) {
      const id = random.pick([...present.keys()]);
      sessions.depart(id);
      present.delete(id);
      departed.push(id);
    } else if (departed.length > 0) {
      sessions.forget(departed.splice(random.below(departed.length), 1)[0]!);
    }
    expect(sessions.departing).toBe(departed.length);
  }
  for (const [id, owner] of present) expect(sessions.ownerOf(id)).toBe(owner);
  expect(departed.every((id) => sessions.isGone(id))).toBe(true);
});

test("what a gone session held is free for whoever asks, before it is swept", () => {
  const scene = new Scene();
  const [gone, other] = [scene.arrive(), scene.arrive()];
  for (let lock = 0; lock < 100; lock++) scene.ask(gone, `lock ${lock}`);
  scene.ask(gone, "lock 7", { mode: "shared" });
  scene.table.end(gone);
  expect(scene.table.holders(scene.table.shared, named("lock 7"))).toBe(0);
  expect(scene.ask(other, "lock 50").outcome).toBeGreaterThan(0);
  expect(scene.table.exclusive.orphans).toBe(1);
  while (scene.table.sweep(gone, 10));
  expect(scene.table.exclusive.orphans).toBe(100);
  expect(scene.table.shared.orphans).toBe(1);
  expect(scene.table.exclusive.locks.count).toBe(1);
});

test("sweeping takes as many steps as it is given, and says whether there is more", () => {
  const scene = new Scene();
  const gone = scene.arrive();
  for (let lock = 0; lock < 25; lock++) scene.ask(gone, `lock ${lock}`);
  scene.table.end(gone);
  expect(scene.table.sweep(gone, 10)).toBe(true);
  expect(scene.table.exclusive.locks.count).toBe(15);
  expect(scene.table.sweep(gone, 10)).toBe(true);
  expect(scene.table.sweep(gone, 10)).toBe(false);
  expect(scene.table.exclusive.locks.count).toBe(0);
  expect(scene.arrive()).toBe(gone);
});

test("nothing is granted to a session that is gone, though it is first in line and not swept", () => {
  const scene = new Scene();
  const [holder, gone, next] = [scene.arrive(), scene.arrive(), scene.arrive()];
  scene.ask(holder, "a");
  const lost = scene.ask(gone, "a", { wait: "untagged" });
  const granted = scene.ask(next, "a", { wait: "untagged" });
  scene.table.end(gone);
  scene.release(holder, "a");
  scene.tell();
  expect(lost.told).toEqual([]);
  expect(granted.told).toHaveLength(1);
  while (scene.table.sweep(gone, 10));
  scene.tell();
  expect(lost.told).toEqual([]);
});

test("a contested lock is handed over first, however much else its holder leaves", () => {
  const scene = new Scene();
  const [holder, waiter] = [scene.arrive(), scene.arrive()];
  scene.ask(holder, "contested");
  for (let lock = 0; lock < 1_000; lock++) scene.ask(holder, `lock ${lock}`);
  const { told } = scene.ask(waiter, "contested", { wait: "untagged" });
  scene.table.end(holder);
  expect(scene.table.sweep(holder, 1)).toBe(true);
  scene.tell();
  expect(told).toHaveLength(1);
});

test("so is one that its holder had waited for itself, with others behind it", () => {
  const scene = new Scene();
  const [first, holder, waiter] = [scene.arrive(), scene.arrive(), scene.arrive()];
  scene.ask(first, "contested");
  scene.ask(holder, "contested", { wait: "tagged" });
  const { told } = scene.ask(waiter, "contested", { wait: "untagged" });
  for (let lock = 0; lock < 1_000; lock++) scene.ask(holder, `lock ${lock}`);
  scene.release(first, "contested");
  scene.tell();
  scene.table.end(holder);
  expect(scene.table.sweep(holder, 1)).toBe(true);
  scene.tell();
  expect(told).toHaveLength(1);
});

test("so is a place at a semaphore", () => {
  const scene = new Scene();
  const [first, holder, waiter] = [scene.arrive(), scene.arrive(), scene.arrive()];
  const wish = { mode: "shared", limit: 2 } as const;
  scene.ask(first, "places", wish);
  scene.ask(holder, "places", wish);
  for (let lock = 0; lock < 1_000; lock++) scene.ask(holder, `lock ${lock}`, { mode: "shared" });
  const { told } = scene.ask(waiter, "places", { ...wish, wait: "untagged" });
  scene.table.end(holder);
  expect(scene.table.sweep(holder, 1)).toBe(true);
  scene.tell();
  expect(told).toEqual([2]);
});
