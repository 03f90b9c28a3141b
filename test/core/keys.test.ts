/** Locks under keys: who holds together, whose count rises, and what ends a hold. */
import { describe, expect, test } from "bun:test";
import { releaseKeyed, renewKeyed } from "../../src/core/keys.ts";
import { type Keyed, Refusal } from "../../src/core/request.ts";
import type { SessionId } from "../../src/core/sessions.ts";
import type { EndingHold } from "../../src/core/table-state.ts";
import { pictureOfSpace } from "./law/picture.ts";
import { named } from "./named.ts";
import { Scene } from "./scene.ts";

function keyed(requestor: string, ttlMilliseconds: number | null = null, key = "k"): Keyed {
  return { key, requestor, ttlMilliseconds };
}

/** Who holds `lock`, with counts. */
function holdersOf(scene: Scene): (readonly [string | undefined, number | undefined])[] {
  const [lock] = pictureOfSpace(scene.table.exclusive);
  return (lock?.holders ?? []).map((hold) => [hold.keyed?.requestor, hold.keyed?.count] as const);
}

function release(scene: Scene, session: SessionId, asked: Keyed): boolean {
  return releaseKeyed(scene.table.exclusive, session, named("lock"), asked);
}

function renew(scene: Scene, session: SessionId, asked: Keyed): boolean {
  return renewKeyed(scene.table.exclusive, session, named("lock"), asked);
}

describe("A key", () => {
  test("lets all in that come with it, and nobody else", () => {
    const scene = new Scene();
    const [a, b, c] = [scene.arrive(), scene.arrive(), scene.arrive()];
    const first = scene.ask(a, "lock", { keyed: keyed("a") }).outcome;
    expect(scene.ask(b, "lock", { keyed: keyed("b") }).outcome).toBe(first + 1);
    expect(scene.ask(c, "lock", { keyed: keyed("c", null, "other") }).outcome).toBe(Refusal.held);
    expect(scene.ask(c, "lock").outcome).toBe(Refusal.held);
    expect(holdersOf(scene)).toEqual([
      ["a", 1],
      ["b", 1],
    ]);
  });

  test("does not let anybody pass those who wait", () => {
    const scene = new Scene();
    const [reader, writer, late] = [scene.arrive(), scene.arrive(), scene.arrive()];
    scene.ask(reader, "lock", { keyed: keyed("reader") });
    const { told } = scene.ask(writer, "lock", { wait: "untagged" });
    expect(scene.ask(late, "lock", { keyed: keyed("late") }).outcome).toBe(Refusal.held);
    // Who holds already is no new arrival.
    expect(scene.ask(reader, "lock", { keyed: keyed("reader") }).outcome).toBeGreaterThan(0);
    release(scene, reader, keyed("reader"));
    scene.tell();
    expect(told).toHaveLength(1);
  });

  test("that is nobody's is never shared, not even with who set it, and anybody may free it", () => {
    const scene = new Scene();
    const [a, b] = [scene.arrive(), scene.arrive()];
    const nobody = keyed("a", 0, "-");
    expect(scene.ask(a, "lock", { keyed: nobody }).outcome).toBeGreaterThan(0);
    expect(scene.ask(a, "lock", { keyed: nobody }).outcome).toBe(Refusal.held);
    expect(release(scene, b, keyed("b", null, "-"))).toBe(true);
    expect(release(scene, b, keyed("b", null, "-"))).toBe(false);
    expect(scene.table.exclusive.locks.count).toBe(0);
  });

  test("does not release what was got without it, nor the other way round", () => {
    const scene = new Scene();
    const [a, b] = [scene.arrive(), scene.arrive()];
    scene.ask(a, "lock");
    expect(release(scene, a, keyed("a"))).toBe(false);
    scene.release(a, "lock");
    scene.ask(b, "lock", { keyed: keyed("b") });
    expect(scene.release(b, "lock")).toBe(false);
    expect(release(scene, b, keyed("b", null, "other"))).toBe(false);
    expect(release(scene, b, keyed("b"))).toBe(true);
  });
});

describe("A count", () => {
  test("rises with each get under one fence, and one release ends it, whatever it was", () => {
    const scene = new Scene();
    const a = scene.arrive();
    const fences = [1, 2, 3].map(() => scene.ask(a, "lock", { keyed: keyed("a") }).outcome);
    expect(new Set(fences).size).toBe(1);
    expect(holdersOf(scene)).toEqual([["a", 3]]);
    expect(release(scene, a, keyed("a"))).toBe(true);
    expect(release(scene, a, keyed("a"))).toBe(false);
    expect(scene.table.exclusive.locks.count).toBe(0);
  });

  test("is a requestor's, over its connections, for a hold that outlives them", () => {
    const scene = new Scene();
    const [first, second] = [scene.arrive(), scene.arrive()];
    scene.ask(first, "lock", { keyed: keyed("worker", 0) });
    scene.leave(first);
    scene.ask(second, "lock", { keyed: keyed("worker", 0) });
    expect(holdersOf(scene)).toEqual([["worker", 2]]);
    expect(release(scene, second, keyed("stranger"))).toBe(false);
    expect(release(scene, second, keyed("worker"))).toBe(true);
  });

  test("is a connection's, whatever its name, for a hold that ends with it", () => {
    const scene = new Scene();
    const [first, second] = [scene.arrive(), scene.arrive()];
    scene.ask(first, "lock", { keyed: keyed("worker") });
    scene.ask(second, "lock", { keyed: keyed("worker") });
    expect(holdersOf(scene)).toEqual([
      ["worker", 1],
      ["worker", 1],
    ]);
    scene.leave(first);
    expect(holdersOf(scene)).toEqual([["worker", 1]]);
  });

  test("is not raised by renewing", () => {
    const scene = new Scene();
    const a = scene.arrive();
    scene.ask(a, "lock", { keyed: keyed("a", 100) });
    expect(renew(scene, a, keyed("a", 200))).toBe(true);
    expect(holdersOf(scene)).toEqual([["a", 1]]);
  });
});

describe("A lease", () => {
  test("lapses at its time, counted from the take, and not before", () => {
    const scene = new Scene();
    const a = scene.arrive();
    scene.ask(a, "lock", { keyed: keyed("a", 100) });
    scene.pass(99);
    expect(holdersOf(scene)).toEqual([["a", 1]]);
    scene.pass(1);
    expect(scene.table.exclusive.locks.count).toBe(0);
    expect(renew(scene, a, keyed("a", 100))).toBe(false);
  });

  test("is counted anew by a renewal, from any connection that knows key and name", () => {
    const scene = new Scene();
    const [a, b] = [scene.arrive(), scene.arrive()];
    scene.ask(a, "lock", { keyed: keyed("worker", 100) });
    scene.pass(60);
    expect(renew(scene, b, keyed("worker", 100))).toBe(true);
    expect(renew(scene, b, keyed("worker", 100, "wrong"))).toBe(false);
    expect(renew(scene, b, keyed("stranger", 100))).toBe(false);
    scene.pass(99);
    expect(holdersOf(scene)).toHaveLength(1);
    scene.pass(1);
    expect(holdersOf(scene)).toHaveLength(0);
  });

  test("is each requestor's own: one lapses, the other stays", () => {
    const scene = new Scene();
    const [a, b] = [scene.arrive(), scene.arrive()];
    scene.ask(a, "lock", { keyed: keyed("a", 100) });
    scene.ask(b, "lock", { keyed: keyed("b", 200) });
    scene.pass(150);
    expect(holdersOf(scene)).toEqual([["b", 1]]);
  });

  test("of 0 stays until it is released, whoever goes", () => {
    const scene = new Scene();
    const [a, b] = [scene.arrive(), scene.arrive()];
    scene.ask(a, "lock", { keyed: keyed("worker", 0) });
    scene.leave(a);
    scene.pass(30 * 86_400_000);
    expect(holdersOf(scene)).toEqual([["worker", 1]]);
    expect(scene.table.exclusive.orphans).toBe(0);
    expect(release(scene, b, keyed("worker"))).toBe(true);
  });

  test("makes a hold outlive its connection from then on, and never the other way round", () => {
    const scene = new Scene();
    const a = scene.arrive();
    scene.ask(a, "lock", { keyed: keyed("a") });
    scene.ask(a, "lock", { keyed: keyed("a", 100) });
    scene.ask(a, "lock", { keyed: keyed("a") });
    scene.leave(a);
    expect(holdersOf(scene)).toEqual([["a", 3]]);
    scene.pass(100);
    expect(holdersOf(scene)).toEqual([]);
  });

  test("that lapses lets the next in line in, and is told to events and to who took it", () => {
    const lapsed: string[] = [];
    const scene = new Scene({
      wantsLosses: () => true,
      events: { lapsed: ({ name }: EndingHold) => lapsed.push(Buffer.from(name).toString()) },
    });
    const [a, b] = [scene.arrive("taker"), scene.arrive()];
    scene.ask(a, "lock", { keyed: keyed("a", 100) });
    const { told } = scene.ask(b, "lock", { wait: "untagged" });
    scene.pass(100);
    scene.tell();
    expect(told).toHaveLength(1);
    expect(lapsed).toEqual(["lock"]);
    expect(scene.table.state.losses.map(({ owner }) => owner)).toEqual(["taker"]);
  });

  test("is told to nobody who has the taker's number by then", () => {
    const scene = new Scene({ wantsLosses: () => true });
    const a = scene.arrive("taker");
    scene.ask(a, "lock", { keyed: keyed("a", 100) });
    scene.leave(a);
    expect(scene.arrive("successor")).toBe(a);
    scene.pass(100);
    expect(scene.table.state.losses).toEqual([]);
  });
});
