/** Locks as JSON objects, a line each, their holders put out some at a time. */
import type { Mode } from "../core/request.ts";
import type { Holder, Snapshot } from "../core/snapshot.ts";
import { decoded, type Identity, nameOf, type Pages } from "./listing.ts";

/** The sorted locks `[from, to)` of a snapshot. */
export interface LockRange {
  readonly snapshot: Snapshot<Identity>;
  readonly from: number;
  readonly to: number;
}

/** A place in a listing: behind that lock. */
export interface LockPosition {
  readonly mode: Mode;
  readonly name: Uint8Array;
}

/** Exclusive locks, then shared ones, whose names begin with `prefix`; those behind `after` if given. */
export function lockRanges(
  snapshots: readonly Snapshot<Identity>[],
  prefix: Uint8Array,
  after: LockPosition | null = null,
): LockRange[] {
  return snapshots.map((snapshot) => {
    const [first, to] = snapshot.range(prefix);
    if (after === null || (after.mode === "exclusive" && snapshot.mode === "shared")) {
      return { snapshot, from: first, to };
    }
    if (after.mode !== snapshot.mode) return { snapshot, from: to, to };
    return { snapshot, from: Math.max(first, firstBehind(snapshot, after.name, to)), to };
  });
}

/** Each lock of the ranges; keys are shown to administrators only. */
export function lockPages(ranges: readonly LockRange[], withKeys: boolean): Pages {
  let part = 0;
  let lock = ranges[0]?.from ?? 0;
  let n = 0;
  return {
    lines: ranges.reduce((sum, { from, to }) => sum + to - from, 0),
    oneReply: false,
    next(out, holdersMax) {
      for (let left = holdersMax; left > 0; left--) {
        while (part < ranges.length && lock >= ranges[part]!.to) {
          part++;
          lock = ranges[part]?.from ?? 0;
        }
        if (part >= ranges.length) return false;
        const { snapshot } = ranges[part]!;
        if (n === 0) out.utf8(head(snapshot, lock, withKeys));
        else out.text(",");
        out.utf8(JSON.stringify(holderObject(snapshot, snapshot.holder(lock, n), withKeys)));
        if (++n < snapshot.holderCount(lock)) continue;
        out.textLine("]}");
        n = 0;
        lock++;
      }
      return true;
    },
  };
}

/** A holder as listings show it. */
export function holderObject(
  snapshot: Snapshot<Identity>,
  { owner, keyed, fence, sinceWallMilliseconds }: Holder<Identity>,
  withKeys: boolean,
): Record<string, unknown> {
  return {
    client: owner?.address ?? null,
    name: nameOf(owner, keyed, withKeys),
    count: keyed?.count ?? 1,
    fence,
    since: new Date(sinceWallMilliseconds).toISOString(),
    expires: keyed === null ? null : snapshot.expires(keyed),
  };
}

/** The object up to its holders. */
function head(snapshot: Snapshot<Identity>, lock: number, withKeys: boolean): string {
  const start = JSON.stringify({
    name: decoded(snapshot.name(lock)),
    mode: snapshot.mode,
    key: withKeys ? (snapshot.holder(lock, 0).keyed?.key ?? null) : null,
    waiters: snapshot.waiters(lock),
  });
  return `${start.slice(0, -1)},"holders":[`;
}

function firstBehind(snapshot: Snapshot<Identity>, name: Uint8Array, end: number): number {
  let from = 0;
  for (let to = end; from < to;) {
    const middle = (from + to) >> 1;
    if (Buffer.compare(snapshot.name(middle), name) <= 0) from = middle + 1;
    else to = middle;
  }
  return from;
}
