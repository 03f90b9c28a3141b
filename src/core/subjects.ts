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

/** What is not in its record while a hold only begins. */
export interface Beginning {
  readonly keyed: Subject["keyed"];
  readonly waitedMilliseconds: number;
}

/** A request that stands in line, or a hold that begins. */
export function describe(space: Space, request: number, beginning?: Beginning): Subject {
  const { requests } = space;
  const wait = space.waits.get(request);
  return {
    mode: space.mode,
    name: space.named.nameOf(requests.get(request, Request.lock)),
    owner: space.ownerOf(request),
    keyed: beginning?.keyed ?? space.holders.keyedBy(request) ?? wait?.keyed ?? null,
    fence: wait === undefined ? requests.getDouble(request, Request.fence) : 0,
    waitedMilliseconds: beginning?.waitedMilliseconds ?? 0,
    heldMilliseconds: 0,
  };
}

/** A request that is about to leave: a hold that ends now, or one that waited in vain. */
export function describeEnd(space: Space, request: number, wallMilliseconds: number): Subject {
  const { requests } = space;
  const waits = requests.get(request, Request.state) === Request.waiting;
  const since = requests.getDouble(request, Request.since);
  // Wall-clock time may step back.
  const heldMilliseconds = waits ? 0 : Math.max(0, wallMilliseconds - since);
  return { ...describe(space, request), heldMilliseconds };
}
