/** Requests as whoever is told what happens to them sees them. */
import type { Holders } from "./holders.ts";
import type { NamedLocks } from "./records/named-locks.ts";
import * as Request from "./records/request-words.ts";
import type { Slab } from "./records/slab.ts";
import type { Mode, Wait } from "./request.ts";
import type { Subject } from "./table-state.ts";

/** What of a name space is needed to describe one of its requests. */
interface Space {
  readonly mode: Mode;
  readonly named: NamedLocks;
  readonly requests: Slab;
  readonly holders: Holders;
  readonly waits: ReadonlyMap<number, Wait>;
  ownerOf(request: number): unknown;
}

/** `keyed` is for a hold that is only beginning: it has no key yet. */
export function describe(space: Space, request: number, keyed?: Subject["keyed"]): Subject {
  const { requests } = space;
  const wait = space.waits.get(request);
  return {
    mode: space.mode,
    name: space.named.nameOf(requests.get(request, Request.lock)),
    owner: space.ownerOf(request),
    keyed: keyed ?? space.holders.keyedBy(request) ?? wait?.keyed ?? null,
    fence: wait === undefined ? requests.getDouble(request, Request.fence) : 0,
  };
}
