/** `ls`: locks as JSON. */
import type { Call } from "./call.ts";
import type { Mode, Request } from "./request.ts";

export function describeLocks(call: Call): readonly string[] {
  if (call.reference.disabled.has("dump")) return ["0 disabled"];
  return (["exclusive", "shared"] as const).flatMap((mode) => {
    const names = call.reference.locks.names(mode);
    const ordered =
      call.reference.fault === "lists in the order of acquisition" ? names : names.toSorted();
    const begins = (name: string): boolean =>
      name.startsWith(call.name) || call.reference.fault === "knows no prefix";
    return ordered.filter(begins).map((name) => JSON.stringify(describe(call, mode, name)));
  });
}

function describe({ reference, peer }: Call, mode: Mode, name: string): unknown {
  const { locks, fault } = reference;
  const holders = locks.holders(mode, name);
  const shows = peer.administrator || fault === "shows keys";
  const waiters = locks.waiters(mode, name).length;
  return {
    name,
    mode,
    key: shows ? (holders[0]?.key ?? null) : null,
    waiters: fault === "counts a holder as a waiter" && waiters > 1 ? waiters + 1 : waiters,
    holders: holders.map((held) => describeHolder(held, fault === "tells no counts")),
  };
}

function describeHolder(held: Request, countless: boolean): unknown {
  const { peer, requestor, taker, count, fence, since, expires } = held;
  return {
    client: peer?.address ?? null,
    name: requestor ?? taker.name ?? null,
    count: countless ? 1 : count,
    fence,
    since: since.toISOString(),
    expires: expires?.toISOString() ?? null,
  };
}
