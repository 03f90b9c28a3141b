/**
 * What can happen to a lock table, as values: steps that fast-check makes up and shrinks.
 */
import * as fc from "fast-check";
import type { Name } from "../../../src/core/records/name.ts";
import type { Mode } from "../../../src/core/request.ts";
import { named } from "../named.ts";

export const names = ["", "a", "b", "a name that is too long to lie in the record of its lock"];
export const keys = ["-", "k1", "k2"];
export const people = 4;

export type Step =
  | {
      do: "ask";
      who: number;
      lock: number;
      mode: Mode;
      key: number;
      ttl: number;
      limit: number;
      patience: number;
    }
  | {
      do: "release" | "release key" | "renew";
      who: number;
      lock: number;
      mode: Mode;
      key: number;
      ttl: number;
    }
  | { do: "cancel"; which: number }
  | { do: "end"; who: number; sweep: boolean }
  | { do: "sweep" }
  | { do: "free"; lock: number; mode: Mode }
  | { do: "pass"; milliseconds: number };

const mode = fc.constantFrom<Mode>("exclusive", "shared");
const who = fc.nat(people - 1);
const lock = fc.oneof({ weight: 5, arbitrary: fc.constant(1) }, fc.nat(names.length - 1));
const key = fc.constantFrom(-1, 0, 1, 1, 1, 2);
const ttl = fc.constantFrom(-1, 0, 30, 70);
/** Any step; most of them meet at one lock, under one key. */
export const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("ask" as const),
      who,
      lock,
      mode,
      key,
      ttl,
      limit: fc.nat(3),
      patience: fc.constantFrom(0, 50, Infinity),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constantFrom("release" as const, "release key" as const, "renew" as const),
      who,
      lock,
      mode,
      key,
      ttl,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), which: fc.nat() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("end" as const), who, sweep: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("sweep" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("free" as const), lock, mode }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pass" as const),
      milliseconds: fc.integer({ min: 1, max: 100 }),
    }),
  },
);

/** The n-th lock's name. */
export function nameOf(number: number): Name {
  return named(names[number]!);
}

/** What the law calls a lock. */
export function lockOf(wanted: { mode: Mode; lock: number }): string {
  return `${wanted.mode} ${wanted.lock}`;
}
