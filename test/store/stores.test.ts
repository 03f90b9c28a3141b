/** Every store keeps the contract: the one in a directory, on a disk that fails too. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { testMilliseconds } from "../wait-for.ts";
import { answerOf, contentOf, holdOf, kept, storeContract } from "./contract.ts";
import { directoryHouse, faultyHouse, mapHouse } from "./houses.ts";

setDefaultTimeout(testMilliseconds);

describe("A store in a directory", () => storeContract(directoryHouse));

describe("A store in memory", () => storeContract(mapHouse));

describe("A store on a disk that fails every second write, before it or behind it", () => {
  storeContract(() => {
    let writes = 0;
    return faultyHouse(() => ([null, "before", null, "behind"] as const)[writes++ % 4]!);
  });
});

describe("A store whose disk fails", () => {
  test("says why to all who wait, and to whoever asks while it fails", async () => {
    let fault: "before" | null = "before";
    await using house = faultyHouse(() => fault);
    const store = await house.open();
    store.put(holdOf(1));
    const answers = await Promise.all([answerOf(store), answerOf(store)]);
    expect(answers).toEqual([expect.stringContaining("disk failed"), answers[0]!]);
    expect(store.failure).toBe(answers[0]!);
    expect(await answerOf(store)).toBe(answers[0]!);
    fault = null;
    await kept(store);
    expect(store.failure).toBeNull();
    await store.close();
  });

  test("writes by itself when it can again what was wanted, and not what was taken back", async () => {
    let fault: "before" | "behind" | null = "behind";
    await using house = faultyHouse(() => fault);
    const store = await house.open();
    store.put(holdOf(1));
    store.put(holdOf(2));
    expect(await answerOf(store)).toContain("behind");
    store.remove(1);
    fault = null;
    // Nobody asks: the store tries again of its own accord.
    await new Promise<void>((resolve) => {
      store.onChange = (failure) => {
        expect(failure).toBeNull();
        resolve();
      };
    });
    await kept(store);
    await store.close();
    const next = await house.open();
    expect(contentOf(next)).toEqual([holdOf(2)]);
    await next.close();
  });

  test("notices a disk that has room again though there is nothing to write", async () => {
    let fault: "before" | null = "before";
    await using house = faultyHouse(() => fault);
    const store = await house.open();
    store.put(holdOf(1));
    expect(await answerOf(store)).not.toBeNull();
    store.remove(1);
    fault = null;
    await new Promise<void>((resolve) => {
      store.onChange = () => resolve();
    });
    expect(store.failure).toBeNull();
    expect(await answerOf(store)).toBeNull();
    await store.close();
  });

  test("tries once more when it is closed, and lets go in any case", async () => {
    await using house = faultyHouse(() => "before");
    const store = await house.open();
    store.put(holdOf(1));
    await store.close();
    const next = await house.open();
    expect(contentOf(next)).toEqual([]);
    await next.close();
  });
});
