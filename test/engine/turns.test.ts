/** Long work goes on in slices: each turn of the event loop gives it the same short time. */
import { afterEach, beforeEach, describe, expect, spyOn, test } from "bun:test";
import { type Step, Turns } from "../../src/engine/turns.ts";
import { turnMilliseconds } from "../../src/limits.ts";
import { turn } from "../wait-for.ts";

/** Time that passes only when a step says so. */
let now = 0;
let performanceNow: ReturnType<typeof spyOn>;
beforeEach(() => {
  now = 1_000;
  performanceNow = spyOn(performance, "now").mockImplementation(() => now);
});
afterEach(() => void performanceNow.mockRestore());

const stepMilliseconds = turnMilliseconds / 4;

/** Work of so many steps, each of which takes its time and is written down. */
function work(log: string[], name: string, steps: number): Step {
  let left = steps;
  return () => {
    log.push(name);
    now += stepMilliseconds;
    return --left > 0;
  };
}

function quiet(): Turns {
  return new Turns(
    () => {},
    () => {},
  );
}

describe("Turns", () => {
  test("does short work at once", () => {
    const log: string[] = [];
    quiet().add(work(log, "a", 3));
    expect(log).toEqual(["a", "a", "a"]);
  });

  test("stops in time, and does the rest a slice a turn", async () => {
    const log: string[] = [];
    quiet().add(work(log, "a", 10));
    expect(log).toHaveLength(4);
    await turn();
    expect(log).toHaveLength(8);
    await turn();
    expect(log).toHaveLength(10);
    await turn();
    expect(log).toHaveLength(10);
  });

  test("gives all work of a turn together no more time than one", async () => {
    const log: string[] = [];
    const turns = quiet();
    turns.add(work(log, "a", 2));
    turns.add(work(log, "b", 4));
    turns.add(work(log, "c", 1));
    expect(log.join("")).toBe("aabb");
    await turn();
    expect(log.join("")).toBe("aabbbcb");
  });

  test("takes a step of each in turn", async () => {
    const log: string[] = [];
    const turns = quiet();
    turns.add(work(log, "a", 8));
    turns.add(work(log, "b", 4));
    expect(log.join("")).toBe("aaaa");
    await turn();
    expect(log.join("")).toBe("aaaaabab");
    await turn();
    expect(log.join("")).toBe("aaaaabababab");
  });

  test("has all its time again in the next turn, though nothing was left to do", async () => {
    const log: string[] = [];
    const turns = quiet();
    turns.add(work(log, "a", 4));
    await turn();
    turns.add(work(log, "b", 4));
    expect(log.join("")).toBe("aaaabbbb");
  });

  test("does what a step adds after that step, not inside of it", () => {
    const log: string[] = [];
    const turns = quiet();
    turns.add(() => {
      log.push("outer begins");
      turns.add(work(log, "inner", 1));
      log.push("outer ends");
      return false;
    });
    expect(log).toEqual(["outer begins", "outer ends", "inner"]);
  });

  test("brackets what it does in later turns, and nothing that it does at once", async () => {
    const log: string[] = [];
    const turns = new Turns(
      () => void log.push("("),
      () => void log.push(")"),
    );
    turns.add(work(log, "a", 5));
    expect(log.join("")).toBe("aaaa");
    await turn();
    await turn();
    expect(log.join("")).toBe("aaaa(a)");
  });

  test("does nothing more once it is stopped", async () => {
    const log: string[] = [];
    const turns = quiet();
    turns.add(work(log, "a", 100));
    turns.stop();
    await turn();
    await turn();
    expect(log).toHaveLength(4);
  });
});
