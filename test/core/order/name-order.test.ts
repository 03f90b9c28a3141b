/** Names come in the order of their bytes, whatever they have in common, and in small steps. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { orderSteps } from "../../../src/core/order/name-order.ts";
import { Snapshot } from "../../../src/core/snapshot.ts";
import { named } from "../named.ts";
import { Scene } from "../scene.ts";

function snapshotOf(names: readonly Uint8Array[]): Snapshot<string> {
  const scene = new Scene();
  const person = scene.arrive();
  for (const name of names) {
    const terms = { keyed: null, limit: 0, patience: null };
    scene.table.acquire(scene.table.exclusive, person, named(name), terms);
  }
  const snapshot = new Snapshot<string>(scene.table.exclusive);
  while (snapshot.step(100));
  return snapshot;
}

/** The ordered names, and after how many steps they were. */
function ordered(
  names: readonly Uint8Array[],
  perStep: number,
): { names: Buffer[]; steps: number } {
  const snapshot = snapshotOf(names);
  const work = orderSteps(snapshot.names, perStep);
  for (let steps = 1; ; steps++) {
    const { done, value } = work.next();
    if (done !== true) continue;
    snapshot.order = value;
    const shown = Array.from({ length: snapshot.locks }, (_, lock) => snapshot.name(lock));
    return { names: shown.map((name) => Buffer.from(name)), steps };
  }
}

test("bytes decide, near the end of long names too, and a name comes before those that it begins", () => {
  // Few bytes, so that many are equal; zeros, as what is missing must not be taken for one.
  const byte = fc.constantFrom(0, 1, 0x61, 0xff);
  const bytes = (maxLength: number): fc.Arbitrary<number[]> => fc.array(byte, { maxLength });
  const property = fc.property(
    bytes(20),
    fc.array(fc.tuple(bytes(8), bytes(8)), { maxLength: 40 }),
    (common, tails) => {
      const names = tails.map((parts) => Buffer.from([...common, ...parts.flat()]));
      const due = [...new Map(names.map((name) => [name.toString("hex"), name])).values()];
      due.sort((a, b) => Buffer.compare(a, b));
      expect(ordered(names, 7).names).toEqual(due);
    },
  );
  fc.assert(property, { numRuns: 1_000 });
});

test("a step looks at as many names as it is told", () => {
  const names = Array.from({ length: 1_000 }, (_, at) => Buffer.from(`name ${(at * 7) % 1_000}`));
  // Each is turned into a number, written down, and merged ten times.
  expect(ordered(names, 100).steps).toBeGreaterThanOrEqual(10 + 10 + 100);
});
