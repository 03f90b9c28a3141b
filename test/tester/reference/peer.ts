/** What can be said of a connection as the reference knows it. */
import type { Peer, Request } from "./request.ts";

/** A new one, without a name, a wait or a lock. */
export function newPeer(options: Pick<Peer, "address" | "administrator" | "tell" | "drop">): Peer {
  return {
    ...options,
    name: undefined,
    inputEnded: false,
    gone: false,
    blockedBy: undefined,
    backlog: [],
    tags: new Map(),
    notified: false,
    beatMilliseconds: 0,
    beatTimer: undefined,
  };
}

/** The registered name, else the address. */
export function labelOf(peer: Peer): string {
  return peer.name ?? peer.address;
}

/** All that it waits for. */
export function waitsOf({ blockedBy, tags }: Peer): readonly Request[] {
  return [...(blockedBy === undefined ? [] : [blockedBy]), ...tags.values()];
}
