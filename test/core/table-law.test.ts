/** The table against the law: any sequence of requests ends the same way in both. */
import { test } from "bun:test";
import * as fc from "fast-check";
import { compare, finish } from "./law/comparison.ts";
import { Pair } from "./law/pair.ts";
import { step } from "./law/steps.ts";

test("LockTable does what the law says, whatever is asked, in whatever order", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
      const pair = new Pair();
      for (const one of steps) {
        pair.do(one);
        compare(pair);
      }
      finish(pair);
    }),
    { numRuns: Number(process.env["LAW_RUNS"] ?? 1_500) },
  );
}, 120_000);
