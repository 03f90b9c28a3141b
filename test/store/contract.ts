/**
 * What every store does, whatever it writes to: a suite that each implementation runs.
 * A `House` outlives its stores as a disk does; one that fails now and then runs the same
 * suite, as a store tries again by itself until what it was told is kept.
 */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { holdsOf, type Store, type StoredHold } from "../../src/store/store.ts";

/** Where stores are opened one after the other. */
export interface House extends AsyncDisposable {
  open(): Promise<Store>;
}

/** A hold that differs from others in whatever may differ. */
export function holdOf(fence: number, change: Partial<StoredHold> = {}): StoredHold {
  return {
    fence,
    mode: fence % 3 === 0 ? "shared" : "exclusive",
    name: Buffer.from(`deploy/${fence}`),
    key: `key-${fence}`,
    requestor: `requestor-${fence}`,
    count: (fence % 4) + 1,
    sinceWallMilliseconds: 1_700_000_000_000 + fence,
    expiresWallMilliseconds: fence % 2 === 0 ? null : 1_800_000_000_000 + fence,
    ...change,
  };
}

/** What `settled` answers. */
export function answerOf(store: Store): Promise<string | null> {
  return new Promise((resolve) => store.settled(resolve));
}

/** Resolves when all that was queued is kept, after however many tries. */
export async function kept(store: Store): Promise<void> {
  while ((await answerOf(store)) !== null) {
    if (store.failure === null) continue;
    await new Promise<void>((resolve) => {
      store.onChange = (failure) => {
        if (failure === null) resolve();
      };
    });
  }
}

/** Everything that a store begins with, in bytes that can be compared. */
export function contentOf(store: Store): readonly StoredHold[] {
  const content = [...holdsOf(store.records())].map((hold) => ({
    ...hold,
    name: Buffer.from(hold.name),
  }));
  expect(store.count).toBe(content.length);
  return content;
}

async function found(house: House): Promise<readonly StoredHold[]> {
  const store = await house.open();
  const content = contentOf(store);
  await store.close();
  return content;
}

/** Opens, acts, waits until it is kept, closes; then what the next one finds. */
async function after(house: House, act: (store: Store) => void): Promise<readonly StoredHold[]> {
  const store = await house.open();
  for (const hold of holdsOf(store.records())) void hold;
  act(store);
  await kept(store);
  await store.close();
  return await found(house);
}

export function storeContract(furnish: () => House | Promise<House>): void {
  keepsWhatItIsTold(furnish);
  tellsWhenItIsKept(furnish);

  test("what is queued is kept by closing, though nobody asked whether it is", async () => {
    await using house = await furnish();
    const store = await house.open();
    expect(contentOf(store)).toEqual([]);
    store.put(holdOf(7));
    await store.close();
    expect(await found(house)).toEqual([holdOf(7)]);
  });

  test("the fence mark is kept, and never falls", async () => {
    await using house = await furnish();
    const marks: number[] = [];
    for (const mark of [5_000, 9_007_199_254_740_000, 6_000]) {
      const store = await house.open();
      marks.push(store.fenceMark);
      store.reserve(mark);
      store.reserve(mark - 1);
      await kept(store);
      await store.close();
    }
    expect(marks).toEqual([0, 5_000, 9_007_199_254_740_000]);
    const last = await house.open();
    expect(last.fenceMark).toBe(9_007_199_254_740_000);
    await last.close();
  });

  test("the fence of a hold counts as given, though none was reserved and it is gone again", async () => {
    await using house = await furnish();
    await after(house, (store) => store.reserve(10));
    const content = await after(house, (store) => store.put(holdOf(50)));
    expect(content).toEqual([holdOf(50)]);
    expect(await after(house, (store) => store.remove(50))).toEqual([]);
    const last = await house.open();
    expect(last.fenceMark).toBe(50);
    await last.close();
  });

  test("any run of changes leaves what a map would hold, over any number of starts", async () => {
    const change = fc.record({ fence: fc.integer({ min: 1, max: 12 }), keep: fc.boolean() });
    const starts = fc.array(fc.array(change, { maxLength: 12 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(starts, async (changes) => {
        await using house = await furnish();
        const model = new Map<number, StoredHold>();
        for (const [start, some] of changes.entries()) {
          const content = await after(house, (store) => {
            for (const [step, { fence, keep }] of some.entries()) {
              const hold = holdOf(fence, { count: start * 100 + step + 1 });
              if (keep) store.put(hold);
              else store.remove(fence);
              if (keep) model.set(fence, hold);
              else model.delete(fence);
            }
          });
          expect(content).toEqual([...model.values()].sort((a, b) => a.fence - b.fence));
        }
      }),
      { numRuns: 20 },
    );
  });
}

function keepsWhatItIsTold(furnish: () => House | Promise<House>): void {
  test("a new store has no holds", async () => {
    await using house = await furnish();
    expect(await after(house, () => {})).toEqual([]);
  });

  test("a hold is there again with all that it had, in the order of fences", async () => {
    await using house = await furnish();
    const holds = [
      holdOf(1, { name: Buffer.of(0xff, 0x80, 0x41), key: "\xe9\xff", requestor: "-" }),
      holdOf(2, { name: Buffer.alloc(16_000, "n"), requestor: "r".repeat(16_000) }),
      holdOf(3),
      holdOf(4, { count: Number.MAX_SAFE_INTEGER, expiresWallMilliseconds: 12.5 }),
      holdOf(Number.MAX_SAFE_INTEGER),
    ];
    const content = await after(house, (store) => {
      for (const hold of holds.toReversed()) store.put(hold);
    });
    expect(content).toEqual(holds);
  });

  test("of one fence the last word counts", async () => {
    await using house = await furnish();
    const content = await after(house, (store) => {
      store.put(holdOf(1));
      store.put(holdOf(1, { count: 9 }));
      store.put(holdOf(2));
      store.remove(2);
      store.remove(3);
      store.put(holdOf(3));
    });
    expect(content).toEqual([holdOf(1, { count: 9 }), holdOf(3)]);
  });

  test("what was removed stays removed, what was changed stays changed", async () => {
    await using house = await furnish();
    const all = Array.from({ length: 20 }, (_, index) => holdOf(index + 1));
    expect(await after(house, (store) => all.forEach((hold) => store.put(hold)))).toEqual(all);
    const content = await after(house, (store) => {
      for (const { fence } of all) if (fence % 2 === 0) store.remove(fence);
      store.put(holdOf(5, { expiresWallMilliseconds: null }));
      store.remove(4_711);
    });
    const odd = all.filter(({ fence }) => fence % 2 === 1);
    expect(content).toEqual(
      odd.map((hold) => (hold.fence === 5 ? { ...hold, expiresWallMilliseconds: null } : hold)),
    );
  });

  test("more changes than one commit takes are all kept", async () => {
    await using house = await furnish();
    const all = Array.from({ length: 10_000 }, (_, index) => holdOf(index + 1));
    const content = await after(house, (store) => {
      for (const hold of all) store.put(hold);
      store.reserve(20_000);
      store.remove(5_000);
    });
    expect(content.length).toBe(9_999);
    expect(content.some(({ fence }) => fence === 5_000)).toBe(false);
  });
}

function tellsWhenItIsKept(furnish: () => House | Promise<House>): void {
  test("whoever asks is told once, later, and in the order of asking", async () => {
    await using house = await furnish();
    const store = await house.open();
    for (const hold of holdsOf(store.records())) void hold;
    const told: number[] = [];
    for (let fence = 1; fence <= 50; fence++) {
      store.put(holdOf(fence));
      store.settled(() => told.push(fence));
    }
    expect(told).toEqual([]);
    await kept(store);
    expect(told).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    await kept(store);
    expect(told.length).toBe(50);
    await store.close();
  });

  test("whoever asks with nothing queued is told as well, and later", async () => {
    await using house = await furnish();
    const store = await house.open();
    let isInside = true;
    const answer = new Promise<boolean>((resolve) => store.settled(() => resolve(isInside)));
    isInside = false;
    expect(await answer).toBe(false);
    await store.close();
  });
}
