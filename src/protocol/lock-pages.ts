/** The lines of `ls`: each lock as one JSON object, its holders put out some at a time. */
import type { KeyedHold } from "../core/request.ts";
import type { Holder, Snapshot } from "../core/snapshot.ts";
import type { Identity, Pages } from "./listing.ts";

interface LockPagesOptions {
  /** Only names that begin with these bytes. */
  readonly prefix: Uint8Array;
  /** Keys are shown to administrators only. */
  readonly withKeys: boolean;
}

/** Exclusive locks, then shared ones, each sorted by their names' bytes. */
export function lockPages(
  snapshots: readonly Snapshot<Identity>[],
  options: LockPagesOptions,
): Pages {
  const locks = snapshots.flatMap((snapshot) => {
    const [from, to] = snapshot.range(options.prefix);
    return { snapshot, from, to };
  });
  let part = 0;
  let lock = locks[0]?.from ?? 0;
  let n = 0;
  return {
    lines: locks.reduce((sum, { from, to }) => sum + to - from, 0),
    oneReply: false,
    next(out, holdersMax) {
      for (let left = holdersMax; left > 0; left--) {
        while (part < locks.length && lock >= locks[part]!.to) {
          part++;
          lock = locks[part]?.from ?? 0;
        }
        if (part >= locks.length) return false;
        const { snapshot } = locks[part]!;
        if (n === 0) out.utf8(head(snapshot, lock, options.withKeys));
        else out.text(",");
        out.utf8(holderJson(snapshot, snapshot.holder(lock, n), options.withKeys));
        if (++n < snapshot.holderCount(lock)) continue;
        out.textLine("]}");
        n = 0;
        lock++;
      }
      return true;
    },
  };
}

const decoder = new TextDecoder();

/** The object up to its holders. */
function head(snapshot: Snapshot<Identity>, lock: number, withKeys: boolean): string {
  const start = JSON.stringify({
    name: decoder.decode(snapshot.name(lock)),
    mode: snapshot.mode,
    key: withKeys ? (snapshot.holder(lock, 0).keyed?.key ?? null) : null,
    waiters: snapshot.waiters(lock),
  });
  return `${start.slice(0, -1)},"holders":[`;
}

function holderJson(
  snapshot: Snapshot<Identity>,
  holder: Holder<Identity>,
  withKeys: boolean,
): string {
  const { owner, keyed, fence, sinceWallMilliseconds } = holder;
  const registered = owner !== null && owner.label !== owner.address ? owner.label : null;
  const requestor = withKeys ? (keyed?.requestor ?? null) : requestorName(keyed);
  const name = requestor ?? registered;
  return JSON.stringify({
    client: owner?.address ?? null,
    name: name === null ? null : decoder.decode(Buffer.from(name, "latin1")),
    count: keyed?.count ?? 1,
    fence,
    since: new Date(sinceWallMilliseconds).toISOString(),
    expires: keyed === null ? null : snapshot.expires(keyed),
  });
}

/** The name that holds under a key; `null` when the key itself does, for keys are not shown. */
function requestorName(keyed: KeyedHold | null): string | null {
  return keyed === null || keyed.requestor === keyed.key ? null : keyed.requestor;
}
