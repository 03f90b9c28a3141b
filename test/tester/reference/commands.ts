/** The commands of the older servers. */
import type { Call, Command } from "./call.ts";
import type { Mode, Request } from "./request.ts";
import { labelOf } from "./peer.ts";

export const commands: Readonly<Record<string, Command>> = {
  g: (call) => [`${get(call) ? "1 Lock Get Success" : "0 Lock Get Failure"}: ${call.name}`],
  r: (call) => [
    `${release(call) ? "1 Lock Release Success" : "0 Lock Release Failure"}: ${call.name}`,
  ],
  i: ({ reference, name }) => [
    reference.locks.holders("exclusive", name).length > 0
      ? `1 Lock Is Locked: ${name}`
      : `0 Lock Not Locked: ${name}`,
  ],
  sg: sharedGet,
  sr: (call) => [
    releaseOwn(call, "shared")
      ? `1 Shared Lock Release Success: ${call.name}`
      : `0 Shared Lock Release Failure: ${call.name}`,
  ],
  si: ({ reference, name }) => {
    const holders = reference.locks.holders("shared", name).length;
    return [
      holders > 0
        ? `${holders} Shared Lock Is Locked: ${name}`
        : `0 Shared Lock Not Locked: ${name}`,
    ];
  },
  d: (call) => dumped(call, () => holderLines(call, "exclusive")),
  sd: (call) => dumped(call, () => holderLines(call, "shared")),
  dump: (call) =>
    dumped(call, () => [call.name === "shared" ? sharedMap(call) : exclusiveMap(call)]),
  me: ({ peer }) => [`1 ${peer.address} ${labelOf(peer)}`],
  iam: ({ reference, peer, name }) => {
    if (reference.disabled.has("registry")) return ["0 disabled"];
    peer.name = name || undefined;
    return ["1 ok"];
  },
  who: (call) =>
    call.reference.disabled.has("registry") ? ["0 disabled"] : dumped(call, () => who(call)),
  q: ({ reference }) =>
    reference
      .statistics()
      .map(([key, count]) => `${key}: ${count}`)
      .toSorted(),
};

const plain = { key: undefined, requestor: undefined, limit: 0 } as const;

function get({ reference, peer, name }: Call): boolean {
  const { fault, locks } = reference;
  if (fault === "mixes up both kinds" && locks.holders("shared", name).length > 0) return false;
  const wish = { ...plain, mode: "exclusive", name } as const;
  if (locks.existing(peer, wish) !== undefined) return fault !== "is not idempotent";
  const request = locks.add(peer, wish);
  if (request.held) return true;
  locks.remove(request);
  reference.refusals += 1;
  if (fault === "grants twice now and then") return reference.refusals % 1_000 === 0;
  return fault === "grants twice" && locks.holders("exclusive", name)[0]?.key === undefined;
}

function release(call: Call): boolean {
  const { reference, name } = call;
  const [holder] = reference.locks.holders("exclusive", name);
  if (reference.fault !== "releases for anybody" || holder === undefined)
    return releaseOwn(call, "exclusive");
  reference.locks.remove(holder);
  return true;
}

function releaseOwn({ reference, peer, name }: Call, mode: Mode): boolean {
  const own = reference.locks.existing(peer, { ...plain, mode, name });
  if (own !== undefined) reference.locks.remove(own);
  return own !== undefined;
}

function sharedGet({ reference, peer, name }: Call): readonly string[] {
  const { locks, fault } = reference;
  const wish = { ...plain, mode: "shared", name } as const;
  const request = locks.existing(peer, wish) ?? locks.add(peer, wish);
  if (!request.held) {
    locks.remove(request);
    return [`0 Shared Lock Get Failure: ${name}`];
  }
  const holders = locks.holders("shared", name).length;
  const told = fault === "miscounts shared holders" ? Math.min(holders, 2) : holders;
  return [`${told} Shared Lock Get Success: ${name}`];
}

function dumped({ reference }: Call, lines: () => readonly string[]): readonly string[] {
  return reference.disabled.has("dump") ? ["0 disabled"] : lines();
}

function holderLines({ reference, name }: Call, mode: Mode): readonly string[] {
  const { locks, fault } = reference;
  const lines = locks
    .names(mode)
    .filter((lock) => name === "" || lock === name)
    .flatMap((lock) => {
      const holders = locks.holders(mode, lock);
      const shown = fault === "lists one requestor of many" && mode === "exclusive" ? 1 : Infinity;
      return holders.slice(0, shown).map((holder) => `${lock}: ${holderOf(holder)}`);
    });
  return fault === "lists shared holders backwards" ? lines.toReversed() : lines;
}

/** The requestor of a key; else the connection. */
function holderOf({ requestor, taker }: Request): string {
  return requestor ?? labelOf(taker);
}

function exclusiveMap(call: Call): string {
  const { locks } = call.reference;
  const entries = locks
    .names("exclusive")
    .map((lock) => `${lock}:${locks.holders("exclusive", lock)[0]?.taker.address}`);
  return `map[${sorted(call, entries).join(" ")}]`;
}

function sharedMap(call: Call): string {
  const { locks } = call.reference;
  const addresses = (lock: string): string =>
    locks
      .holders("shared", lock)
      .map(({ taker }) => taker.address)
      .join(" ");
  const entries = locks.names("shared").map((lock) => `${lock}:[${addresses(lock)}]`);
  return `map[${sorted(call, entries).join(" ")}]`;
}

function sorted({ reference }: Call, entries: readonly string[]): readonly string[] {
  return reference.fault === "dumps in the order of acquisition" ? entries : entries.toSorted();
}

function who({ reference, name }: Call): readonly string[] {
  return [...reference.peers]
    .filter((peer) => peer.name !== undefined && (name === "" || peer.name === name))
    .map((peer) => `${peer.address}: ${peer.name}`);
}
