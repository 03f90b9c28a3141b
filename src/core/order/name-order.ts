/** Puts gathered names in the order of their bytes, a little at a time. */
import { Rows } from "../records/rows.ts";
import type { GatheredNames } from "./gathered-names.ts";
import { type Order, sortSteps } from "./sort.ts";

/**
 * Yields about every `perStep` names or comparisons. Names are turned into numbers first, which
 * decide nearly all comparisons: bytes that lie elsewhere for each name are looked at only where
 * they are equal.
 */
export function* orderSteps(names: GatheredNames, perStep: number): Generator<void, Order> {
  const keys = new Rows(1, names.count);
  for (let position = 0; position < names.count; position++) {
    keys.set(keys.add(), 0, names.keyOf(position));
    if (position % perStep === perStep - 1) yield;
  }
  const compare = (a: number, b: number): number =>
    keys.get(a, 0) - keys.get(b, 0) || names.compare(a, b);
  return yield* sortSteps(names.count, compare, perStep);
}
