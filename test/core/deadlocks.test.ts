/** Waits that would last for ever are refused, and no others. */
import { describe, expect, test } from "bun:test";
import { Refusal } from "../../src/core/request.ts";
import type { SessionId } from "../../src/core/sessions.ts";
import { type Asked, Scene, type Wish } from "./scene.ts";

const untagged: Wish = { wait: "untagged" };
const tagged: Wish = { wait: "tagged" };

/** People who hold a lock each: the n-th holds `lock n`. */
function ring(count: number): { scene: Scene; people: SessionId[] } {
  const scene = new Scene();
  const people = Array.from({ length: count }, () => scene.arrive());
  people.forEach((person, at) => scene.ask(person, `lock ${at}`));
  return { scene, people };
}

describe("A circle of untagged waits", () => {
  test.each([2, 3, 10, 1_000])("of %i is refused to the one who would close it", (count) => {
    const { scene, people } = ring(count);
    for (let at = 0; at < count - 1; at++) {
      expect(scene.ask(people[at]!, `lock ${at + 1}`, untagged).outcome).toBe(Refusal.waiting);
    }
    const last = people[count - 1]!;
    expect(scene.ask(last, "lock 0", untagged).outcome).toBe(Refusal.deadlock);
    expect(scene.table.exclusive.waits.size).toBe(count - 1);
    // And only it: whoever is refused may do something else, which lets the others go on.
    scene.release(last, `lock ${count - 1}`);
    scene.tell();
    expect(scene.ask(last, "lock 0", untagged).outcome).toBe(Refusal.waiting);
  });

  test("is none while one of the waits in it is tagged", () => {
    for (let exception = 0; exception < 3; exception++) {
      const { scene, people } = ring(3);
      people.forEach((person, at) => {
        const wish = at === exception ? tagged : untagged;
        expect(scene.ask(person, `lock ${(at + 1) % 3}`, wish).outcome).toBe(Refusal.waiting);
      });
    }
  });

  test("is none once one of its waits was cancelled, or ran out", () => {
    const { scene, people } = ring(3);
    const first = scene.ask(people[0]!, "lock 1", untagged);
    scene.ask(people[1]!, "lock 2", { ...untagged, milliseconds: 10 });
    scene.table.cancel(first.patience!.wait!);
    expect(scene.ask(people[2]!, "lock 0", untagged).outcome).toBe(Refusal.waiting);
    scene.pass(10);
    scene.tell();
    expect(scene.ask(people[0]!, "lock 1", untagged).outcome).toBe(Refusal.waiting);
  });

  test("is none if somebody in it is gone, swept or not", () => {
    const { scene, people } = ring(3);
    scene.ask(people[0]!, "lock 1", untagged);
    scene.ask(people[1]!, "lock 2", untagged);
    scene.table.end(people[1]!);
    expect(scene.ask(people[2]!, "lock 0", untagged).outcome).toBe(Refusal.waiting);
  });

  test("is none if a hold in it outlives its connection", () => {
    const scene = new Scene();
    const [a, b] = [scene.arrive(), scene.arrive()];
    const keyed = { key: "k", requestor: "r", ttlMilliseconds: 0 };
    scene.ask(a, "lock 0", { keyed });
    scene.ask(b, "lock 1");
    expect(scene.ask(a, "lock 1", untagged).outcome).toBe(Refusal.waiting);
    expect(scene.ask(b, "lock 0", untagged).outcome).toBe(Refusal.waiting);
  });
});

describe("Waiting for oneself", () => {
  test("is refused, as nobody else can end it", () => {
    const scene = new Scene();
    const person = scene.arrive();
    scene.ask(person, "a");
    const keyed = { key: "k", requestor: "r", ttlMilliseconds: null };
    expect(scene.ask(person, "a", { ...untagged, keyed }).outcome).toBe(Refusal.deadlock);
    expect(scene.ask(person, "a", { ...tagged, keyed }).outcome).toBe(Refusal.waiting);
  });

  test("is refused behind others who share the lock, too", () => {
    const scene = new Scene();
    const [a, b] = [scene.arrive(), scene.arrive()];
    const keyed = { key: "k", requestor: "r", ttlMilliseconds: null };
    scene.ask(a, "a", { keyed });
    scene.ask(b, "a", { keyed });
    expect(scene.ask(b, "a", untagged).outcome).toBe(Refusal.deadlock);
  });
});

describe("A semaphore", () => {
  const places = { mode: "shared", limit: 3 } as const;

  /** Three hold its places; the first `stuck` of them wait for the asker's lock. */
  function semaphore(stuck: number): { scene: Scene; asker: SessionId } {
    const scene = new Scene();
    const asker = scene.arrive();
    scene.ask(asker, "mine");
    const holders = Array.from({ length: 3 }, () => scene.arrive());
    for (const holder of holders) scene.ask(holder, "places", places);
    for (const holder of holders.slice(0, stuck)) scene.ask(holder, "mine", untagged);
    return { scene, asker };
  }

  test("is no deadlock as long as one of its holders can leave", () => {
    for (const stuck of [0, 1, 2]) {
      const { scene, asker } = semaphore(stuck);
      const wish = { ...places, ...untagged };
      expect(scene.ask(asker, "places", wish).outcome).toBe(Refusal.waiting);
    }
  });

  test("is one when none of them can", () => {
    const { scene, asker } = semaphore(3);
    expect(scene.ask(asker, "places", { ...places, ...untagged }).outcome).toBe(Refusal.deadlock);
  });

  test("is one for whoever needs more places than can become free", () => {
    const { scene, asker } = semaphore(1);
    const alone = { ...untagged, mode: "shared", limit: 1 } as const;
    expect(scene.ask(asker, "places", alone).outcome).toBe(Refusal.deadlock);
  });

  test("is one for whoever stands behind one that needs them", () => {
    const { scene, asker } = semaphore(1);
    const bystander = scene.arrive();
    scene.ask(bystander, "places", { ...untagged, mode: "shared", limit: 1 });
    expect(scene.ask(asker, "places", { ...places, ...untagged }).outcome).toBe(Refusal.deadlock);
  });
});

describe("A tagged grant that closes a circle", () => {
  test("ends the blocked wait of whoever was granted", () => {
    const { scene, prize, blocked } = nearly();
    scene.tell();
    expect(prize.told).toHaveLength(1);
    expect(prize.told[0]!).toBeGreaterThan(0);
    expect(blocked.told).toEqual([Refusal.deadlock]);
    expect(blocked.patience!.wait).toBeNull();
  });

  test("leaves everybody else in line, and whoever was told can go on", () => {
    const { scene, a, b } = nearly();
    scene.tell();
    expect(scene.table.exclusive.waits.size).toBe(1);
    scene.release(a, "prize");
    scene.tell();
    expect(scene.release(b, "prize")).toBe(true);
  });
});

describe("Grants that their sessions are not told of yet", () => {
  test("end the blocking: nobody else is refused for a wait that is over", () => {
    const { scene, people } = ring(2);
    const [a, b] = people as [SessionId, SessionId];
    scene.ask(a, "another of a");
    scene.ask(b, "lock 0", untagged);
    scene.release(a, "lock 0");
    // In the same packet: b has what it waited for and will go on.
    expect(scene.ask(a, "lock 1", untagged).outcome).toBe(Refusal.waiting);
  });

  test("that leave their session stuck make nobody else stuck, as its wait is about to end", () => {
    const scene = new Scene();
    const [a, s] = [scene.arrive(), scene.arrive()];
    scene.ask(a, "prize");
    scene.ask(a, "another of a");
    scene.ask(s, "of s");
    scene.ask(s, "prize", tagged);
    const own = scene.ask(s, "prize", untagged);
    scene.release(a, "prize");
    // In the same packet: s holds the prize now, and waits for itself until it is told.
    expect(scene.ask(a, "of s", untagged).outcome).toBe(Refusal.waiting);
    scene.tell();
    expect(own.told).toEqual([Refusal.deadlock]);
    expect(scene.release(s, "of s")).toBe(true);
  });

  test("that end a wait leave nobody in line who may hold now", () => {
    const scene = new Scene();
    const [a, h, s] = [scene.arrive(), scene.arrive(), scene.arrive()];
    const keyed = { key: "k", requestor: "r", ttlMilliseconds: null };
    scene.ask(a, "prize");
    scene.ask(h, "shared by key", { keyed });
    scene.ask(s, "prize", tagged);
    const own = scene.ask(s, "shared by key", untagged);
    expect(scene.ask(h, "prize", untagged).outcome).toBe(Refusal.waiting);
    // With the prize s is in a circle with h: its wait for the other lock is about to end.
    scene.release(a, "prize");
    const late = scene.ask(a, "shared by key", { ...untagged, keyed });
    scene.tell();
    expect(own.told).toEqual([Refusal.deadlock]);
    expect(Math.max(late.outcome, ...late.told)).toBeGreaterThan(0);
  });

  test("are told once each, whichever comes first, the tagged or the untagged", () => {
    for (const order of [
      ["first", "second"],
      ["second", "first"],
    ]) {
      const scene = new Scene();
      const [a, b] = [scene.arrive(), scene.arrive()];
      scene.ask(a, "first");
      scene.ask(a, "second");
      const one = scene.ask(b, "first", tagged);
      const two = scene.ask(b, "second", untagged);
      for (const lock of order) scene.release(a, lock);
      scene.tell();
      expect([one.told.length, two.told.length]).toEqual([1, 1]);
      expect(Math.min(...one.told, ...two.told)).toBeGreaterThan(0);
    }
  });
});

/** `a` is blocked on what `b` holds, and stands before `b` in line for `prize`, which comes free. */
function nearly(): { scene: Scene; a: SessionId; b: SessionId; blocked: Asked; prize: Asked } {
  const scene = new Scene();
  const [owner, a, b] = [scene.arrive(), scene.arrive(), scene.arrive()];
  scene.ask(owner, "prize");
  scene.ask(b, "of b");
  const prize = scene.ask(a, "prize", tagged);
  const blocked = scene.ask(a, "of b", untagged);
  expect(scene.ask(b, "prize", untagged).outcome).toBe(Refusal.waiting);
  scene.release(owner, "prize");
  return { scene, a, b, blocked, prize };
}
