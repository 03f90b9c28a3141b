/** Group commit: what goes with which batch, when many ask at once or the disk hangs. */
import { describe, expect, jest, setDefaultTimeout, test } from "bun:test";
import { batchChangesMax, stallMilliseconds } from "../../src/store/bounds.ts";
import { readBatch } from "../../src/store/batch.ts";
import { QueuedStore } from "../../src/store/queue.ts";
import { testMilliseconds, turn } from "../wait-for.ts";
import { answerOf, holdOf } from "./contract.ts";
import { recordsOf } from "./records.ts";

setDefaultTimeout(testMilliseconds);

/** A store on a disk whose answers the test gives. */
function slowDisk() {
  const batches: string[][] = [];
  const answers: ((failure: string | null) => void)[] = [];
  const store = new QueuedStore(
    { fenceMark: 0, writtenWallMilliseconds: null, count: 0, records: () => recordsOf([]) },
    {
      write(bytes, done) {
        const changes: string[] = [];
        readBatch(bytes, {
          put: (fence) => void changes.push(`put ${fence}`),
          remove: (fence) => void changes.push(`remove ${fence}`),
          reserve: (mark) => void changes.push(`reserve ${mark}`),
        });
        batches.push(changes);
        answers.push(done);
      },
      close: async () => {},
    },
  );
  return { store, batches, answer: (failure: string | null) => answers.shift()!(failure) };
}

describe("A queue of changes", () => {
  test("sends what one turn of the event loop brings as one batch, and the rest as the next", async () => {
    const { store, batches, answer } = slowDisk();
    const told: number[] = [];
    for (const fence of [1, 2, 3]) {
      store.put(holdOf(fence));
      store.settled(() => told.push(fence));
    }
    store.reserve(50);
    await turn();
    for (const fence of [4, 5]) {
      store.put(holdOf(fence));
      store.settled(() => told.push(fence));
    }
    store.remove(2);
    await turn();
    expect(batches).toEqual([["put 1", "put 2", "put 3", "reserve 50"]]);
    answer(null);
    expect(told).toEqual([1, 2, 3]);
    expect(batches[1]).toEqual(["put 4", "put 5", "remove 2"]);
    answer(null);
    expect(told).toEqual([1, 2, 3, 4, 5]);
    expect(batches.length).toBe(2);
  });

  test("tells nobody before the last of several batches that has their change", async () => {
    const { store, batches, answer } = slowDisk();
    for (let fence = 1; fence <= batchChangesMax + 1; fence++) store.put(holdOf(fence));
    let isTold = false;
    store.settled(() => (isTold = true));
    await turn();
    answer(null);
    expect([batches.map(({ length }) => length), isTold]).toEqual([[batchChangesMax, 1], false]);
    answer(null);
    expect(isTold).toBe(true);
  });

  test("writes the newer of two words about a hold when the older one could not be written", async () => {
    jest.useFakeTimers();
    try {
      const { store, batches, answer } = slowDisk();
      store.put(holdOf(1));
      store.put(holdOf(2));
      await turn();
      store.remove(1);
      answer("no room");
      expect(store.failure).toBe("no room");
      jest.advanceTimersByTime(100);
      expect(batches.at(-1)!.toSorted()).toEqual(["put 2", "remove 1"]);
      answer(null);
      expect(store.failure).toBeNull();
    } finally {
      jest.useRealTimers();
    }
  });

  test("fails when the disk does not answer, and goes on when it does", async () => {
    jest.useFakeTimers();
    try {
      const { store, answer } = slowDisk();
      store.put(holdOf(1));
      const answers: (string | null)[] = [];
      store.settled((failure) => answers.push(failure));
      await turn();
      jest.advanceTimersByTime(stallMilliseconds);
      expect(store.failure).toContain("has not answered for 10 s");
      expect(answers).toEqual([store.failure]);
      answer(null);
      expect(store.failure).toBeNull();
    } finally {
      jest.useRealTimers();
    }
  });

  test("ignores a mark that is not above the one before", async () => {
    const { store, batches, answer } = slowDisk();
    store.reserve(10);
    await turn();
    answer(null);
    store.reserve(10);
    store.reserve(9);
    expect(await answerOf(store)).toBeNull();
    expect(batches).toEqual([["reserve 10"]]);
  });
});
