/** Listings get their snapshots: together where they can, few at a time, of a settled table only. */
import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import type { Mode } from "../../src/core/request.ts";
import type { Snapshot } from "../../src/core/snapshot.ts";
import { Gatherer } from "../../src/engine/gatherer.ts";
import { Turns } from "../../src/engine/turns.ts";
import { listingAtOnceMax, snapshotsMax } from "../../src/limits.ts";
import { named } from "../core/named.ts";
import { Scene } from "../core/scene.ts";
import { eventually } from "../wait-for.ts";

/** A machine on which every look at the clock takes a millisecond: two steps fill a turn. */
let performanceNow: ReturnType<typeof spyOn>;
beforeEach(() => {
  let now = 1_000;
  performanceNow = spyOn(performance, "now").mockImplementation(() => now++);
});
afterEach(() => void performanceNow.mockRestore());

/** What one listing was given. */
interface Wish {
  snapshots: readonly Snapshot<string>[] | null;
  done: () => void;
}

class Library {
  readonly scene = new Scene();
  readonly person = this.scene.arrive("somebody");
  readonly gatherer = new Gatherer(this.scene.table, {
    turns: new Turns(
      () => {},
      () => {},
    ),
    find: (mode, name) => this.scene.table.space(mode).find(named(name)),
  });

  hold(count: number, mode: Mode = "exclusive"): void {
    for (let lock = 0; lock < count; lock++) {
      this.scene.ask(this.person, `${(lock * 7) % count}`.padStart(6, "0"), { mode });
    }
  }

  wish(modes: readonly Mode[] = ["exclusive"], only: string | null = null): Wish {
    const wish: Wish = { snapshots: null, done: () => {} };
    this.gatherer.gather({
      modes,
      only: only === null ? null : Buffer.from(only),
      ready: (snapshots, done) => {
        if (wish.snapshots !== null) throw new Error("served twice");
        Object.assign(wish, { snapshots, done });
      },
    });
    return wish;
  }
}

function served(...wishes: readonly Wish[]): Promise<unknown> {
  const all = (): boolean => wishes.every(({ snapshots }) => snapshots !== null);
  return eventually("the listings are served", all, Boolean);
}

/** More than is listed at once. */
const many = listingAtOnceMax + 1;

describe("A gatherer", () => {
  test("serves a small table at once, sorted", () => {
    const library = new Library();
    library.hold(100);
    const { snapshots } = library.wish();
    const names = Array.from({ length: 100 }, (_, lock) => nameAt(snapshots![0]!, lock));
    expect(names).toEqual(names.toSorted());
    expect(new Set(names).size).toBe(100);
  });

  test("serves a large one later, sorted too, and both spaces as asked", async () => {
    const library = new Library();
    library.hold(many * 4);
    library.hold(10, "shared");
    const wish = library.wish(["shared", "exclusive"]);
    expect(wish.snapshots).toBeNull();
    await served(wish);
    expect(wish.snapshots!.map(({ mode, locks }) => [mode, locks])).toEqual([
      ["shared", 10],
      ["exclusive", many * 4],
    ]);
    for (let lock = 1; lock < many * 4; lock++) {
      const [before, after] = [lock - 1, lock].map((n) => nameAt(wish.snapshots![1]!, n));
      if (before! >= after!) throw new Error(`${before} before ${after}`);
    }
  });

  test("gathers once for all that ask before it begins, and anew for whoever comes later", async () => {
    const library = new Library();
    library.hold(many);
    const first = library.wish();
    const [second, third] = [library.wish(), library.wish()];
    const other = library.wish(["shared"]);
    await served(first, second, third, other);
    expect(second.snapshots === third.snapshots).toBe(true);
    expect(second.snapshots === first.snapshots).toBe(false);
    expect(other.snapshots![0]!.mode).toBe("shared");
  });

  test("shows each what was there when its snapshot began", async () => {
    const library = new Library();
    library.hold(many);
    const before = library.wish();
    library.scene.ask(library.person, "new");
    const after = library.wish();
    await served(before, after);
    expect(before.snapshots![0]!.locks).toBe(many);
    expect(after.snapshots![0]!.locks).toBe(many + 1);
  });

  test("keeps so many snapshots at a time and no more; the next begins when one is free", () => {
    const library = new Library();
    library.hold(3);
    const held = Array.from({ length: snapshotsMax }, () => library.wish());
    expect(held.every(({ snapshots }) => snapshots !== null)).toBe(true);
    const late = [library.wish(), library.wish()];
    expect(late.map(({ snapshots }) => snapshots)).toEqual([null, null]);
    held[1]!.done();
    expect(late[0]!.snapshots).not.toBeNull();
    expect(late[0]!.snapshots === late[1]!.snapshots).toBe(true);
    // Two read it: it is free when both are done, and telling it twice changes nothing.
    const [next, afterNext] = [library.wish(), library.wish(["shared"])];
    late[0]!.done();
    late[0]!.done();
    expect(next.snapshots).toBeNull();
    late[1]!.done();
    expect(next.snapshots).not.toBeNull();
    expect(afterNext.snapshots).toBeNull();
  });

  test("begins only when nothing of a gone session is left, even with nothing to gather", () => {
    const library = new Library();
    const { scene } = library;
    library.hold(5);
    const gone = scene.arrive("gone");
    for (let lock = 0; lock < 50; lock++) scene.ask(gone, `gone ${lock}`);
    scene.table.end(gone);
    const wishes = [library.wish(), library.wish([]), library.wish()];
    expect(wishes.every(({ snapshots }) => snapshots === null)).toBe(true);
    while (scene.table.sweep(gone, 10)) library.gatherer.next();
    expect(wishes.every(({ snapshots }) => snapshots === null)).toBe(true);
    library.gatherer.next();
    expect(wishes.map(({ snapshots }) => snapshots?.length)).toEqual([1, 0, 1]);
    expect(wishes[0]!.snapshots![0]!.locks).toBe(5);
  });

  test("lists one lock at once, whoever is going, and without what is gone", () => {
    const library = new Library();
    const { scene } = library;
    library.hold(many);
    const gone = scene.arrive("gone");
    for (const lock of ["one", "000001"]) scene.ask(gone, lock, { mode: "shared" });
    scene.ask(library.person, "one", { mode: "shared" });
    scene.table.end(gone);
    const { snapshots } = library.wish(["shared", "exclusive"], "one");
    expect(snapshots!.map(({ locks }) => locks)).toEqual([1, 0]);
    expect(snapshots![0]!.holder(0, 0).owner).toBe("somebody");
    expect(library.wish(["exclusive"], "000001").snapshots![0]!.locks).toBe(1);
    expect(library.wish(["shared"], "000001").snapshots![0]!.locks).toBe(0);
  });
});

function nameAt(snapshot: Snapshot<string>, lock: number): string {
  return Buffer.from(snapshot.name(lock)).toString();
}
