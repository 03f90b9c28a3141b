/** A table that is rebuilt from its detached holds, at any moment, goes on as before. */
import { expect, test } from "bun:test";
import * as fc from "fast-check";
import { restore } from "../../../src/core/detached/restoring.ts";
import { releaseKeyed, renewKeyed } from "../../../src/core/keys.ts";
import type { Keyed, Mode } from "../../../src/core/request.ts";
import { LockTable } from "../../../src/core/table.ts";
import { defaultLimits } from "../../../src/limits.ts";
import { pictureOfSpace, sortedPicture } from "../law/picture.ts";
import { named } from "../named.ts";

const modes: readonly Mode[] = ["exclusive", "shared"];

interface Step {
  readonly what: "take" | "renew" | "release" | "free" | "pass" | "restart";
  readonly mode: Mode;
  readonly lock: string;
  readonly keyed: Keyed;
}

const step: fc.Arbitrary<Step> = fc.record({
  what: fc.constantFrom("take", "take", "take", "renew", "release", "free", "pass", "restart"),
  mode: fc.constantFrom(...modes),
  lock: fc.constantFrom("a", "b", "c"),
  keyed: fc.record({
    key: fc.constantFrom("k", "q"),
    requestor: fc.constantFrom("one", "two", "k"),
    ttlMilliseconds: fc.constantFrom(0, 3, 7),
  }),
});

function begin(): LockTable {
  return new LockTable({ limits: defaultLimits, wallMilliseconds: 1_000 });
}

/** As a store would hand them over: in the order of their fences, which begin anew above them. */
function restarted(table: LockTable): LockTable {
  const fencesAbove = table.state.fences.last;
  const again = new LockTable({ limits: defaultLimits, wallMilliseconds: 1_000, fencesAbove });
  Object.assign(again.state, {
    wallMilliseconds: table.state.wallMilliseconds,
    monotonicMilliseconds: table.state.monotonicMilliseconds,
  });
  const holds = modes.flatMap((mode) =>
    pictureOfSpace(table.space(mode)).flatMap(({ name, holders }) =>
      holders.map((hold) => ({ mode, name, ...hold })),
    ),
  );
  for (const { mode, name, fence, since, keyed } of holds.toSorted((a, b) => a.fence - b.fence)) {
    const { at, key, requestor, count } = keyed!;
    const kept = { fence, key, requestor, count, sinceWallMilliseconds: since };
    expect(restore(again.space(mode), { name: named(name), at }, kept)).toBe(true);
  }
  return again;
}

/** Does the step, and says what it was answered. */
function act(table: LockTable, { what, mode, lock, keyed }: Step): number | boolean {
  const space = table.space(mode);
  const session = table.sessions.open("somebody");
  if (what === "take") {
    return table.acquire(space, session, named(lock), { keyed, limit: 0, patience: null });
  }
  if (what === "renew") return renewKeyed(space, session, named(lock), keyed);
  if (what === "release") return releaseKeyed(space, session, named(lock), keyed);
  if (what === "free") return table.free(space, named(lock));
  table.state.monotonicMilliseconds += 2;
  table.state.wallMilliseconds += 2;
  table.expire(100);
  return true;
}

test("a table that is restored at any time answers as one that went on", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const whole = begin();
      let other = begin();
      for (const each of steps) {
        if (each.what === "restart") other = restarted(other);
        else expect(act(other, each)).toBe(act(whole, each));
        for (const mode of modes) {
          expect(sortedPicture(pictureOfSpace(other.space(mode)))).toEqual(
            sortedPicture(pictureOfSpace(whole.space(mode))),
          );
        }
      }
    }),
  );
});
