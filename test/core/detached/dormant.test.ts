/** Holds that sleep are what they were when somebody asks, and lapse in their order. */
import { describe, expect, test } from "bun:test";
import * as fc from "fast-check";
import { DormantHolds, type Sleeper } from "../../../src/core/detached/dormant.ts";
import { textOf } from "./texts.ts";

function sleeper(differences: Partial<Sleeper> = {}): Sleeper {
  return { key: "k", requestor: "r", count: 1, at: Infinity, ...differences };
}

function add(holds: DormantHolds, request: number, hold: Sleeper): void {
  holds.add(request, textOf(hold.key, hold.requestor), hold);
}

/** What lapses up to `now`, and of it what still slept. */
function lapsed(holds: DormantHolds, now: number): number[] {
  const requests: number[] = [];
  while (holds.due <= now) {
    const request = holds.takeDue();
    if (request === 0) continue;
    holds.wake(request);
    requests.push(request);
  }
  return requests;
}

function longKey(request: number): string {
  return `${request}`.repeat(1 + ((request * 37) % 16_000));
}

const text = fc.string({
  unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  maxLength: 6,
});
const anyHold: fc.Arbitrary<Sleeper> = fc.record({
  key: text,
  requestor: text,
  count: fc.constantFrom(1, 1, 2, Number.MAX_SAFE_INTEGER),
  at: fc.constantFrom(Infinity, 1, 2, 3, 4.5, 1e12),
});

describe("DormantHolds", () => {
  test("tells and wakes what was added, whatever its bytes, and lapses it by time", () => {
    const steps = fc.array(fc.tuple(fc.nat({ max: 300 }), fc.boolean()), { maxLength: 40 });
    fc.assert(
      fc.property(fc.array(anyHold, { maxLength: 40 }), steps, (all, woken) => {
        const holds = new DormantHolds();
        const model = new Map(all.map((hold, index) => [3 * index + 1, hold] as const));
        for (const [request, hold] of model) add(holds, request, hold);
        for (const [request, looks] of woken) {
          expect(looks ? holds.look(request) : holds.wake(request)).toEqual(model.get(request));
          if (!looks) model.delete(request);
          expect([holds.count, holds.has(request)]).toEqual([model.size, model.has(request)]);
        }
        const wanted = [...model].filter(([, { at }]) => at <= 4.5).map(([, { at }]) => at);
        const requests = lapsed(holds, 4.5);
        expect(requests.map((request) => model.get(request)!.at)).toEqual(wanted.toSorted());
        expect(new Set(requests).size).toBe(requests.length);
      }),
    );
  });

  test("keeps long texts and many of them, each its own", () => {
    const holds = new DormantHolds();
    holds.expect(2_000);
    for (let request = 1; request <= 2_000; request++)
      add(holds, request, sleeper({ key: longKey(request), requestor: "x".repeat(request % 7) }));
    for (let request = 2_000; request > 0; request--) {
      const { key: found, requestor } = holds.wake(request)!;
      expect(found === longKey(request) && requestor.length === request % 7).toBe(true);
    }
    expect(holds.count).toBe(0);
  });

  test("tells a key from a requestor where both have the same letters together", () => {
    const holds = new DormantHolds();
    const pairs = [
      ["ab", "c"],
      ["a", "bc"],
      ["", "abc"],
      ["ab", "c"],
    ] as const;
    for (const [index, [key, requestor]] of pairs.entries())
      add(holds, index + 1, sleeper({ key, requestor }));
    const found = pairs.map((_, index) => holds.look(index + 1)!);
    expect(found.map((each) => [each.key, each.requestor])).toEqual(pairs.map((each) => [...each]));
  });

  test("is never due when there is none, or none is left", () => {
    const holds = new DormantHolds();
    expect([holds.due, holds.takeDue(), holds.has(1), holds.look(0)]).toEqual([
      Infinity,
      0,
      false,
      undefined,
    ]);
    add(holds, 1, sleeper({ at: 5 }));
    expect(holds.due).toBe(5);
    holds.wake(1);
    expect([holds.due, holds.takeDue()]).toEqual([Infinity, 0]);
  });
});
