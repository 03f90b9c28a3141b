/** Standing in line: what all commands that may wait have in common. */
import type { Call, Host } from "./call.ts";
import type { Outcome, Peer, Request, Wish } from "./request.ts";

/** A wish with how long it may take, and what the reply is in each case. */
export interface Ask {
  readonly wish: Wish;
  readonly milliseconds: number;
  readonly granted: (request: Request) => string;
  readonly failed: string;
}

/** Gets the lock or stands in line for it. */
export function ask(
  call: Call,
  { wish, milliseconds, granted, failed }: Ask,
): readonly string[] | undefined {
  const { reference, peer, tag } = call;
  const { locks, fault } = reference;
  const existing = locks.existing(peer, wish);
  if (existing !== undefined && !(fault === "refuses who has a place" && wish.limit > 0)) {
    existing.count += 1;
    if (fault === "gives a new fence when asked again") locks.renumber(existing);
    return [granted(existing)];
  }
  const request = locks.add(peer, wish);
  if (request.held) return [granted(request)];
  const waits = (milliseconds > 0 || fault === "waits at 0 seconds") && !peer.inputEnded;
  const alone = fault === "waits for one lock at a time" && peer.tags.size > 0;
  if (!waits || alone) {
    locks.remove(request);
    return [failed];
  }
  if (tag === undefined && closesCycle(reference, peer, request)) {
    locks.remove(request);
    return [`0 Deadlock: ${wish.name}`];
  }
  standInLine(call, request, (outcome) => (outcome === "granted" ? granted(request) : failed));
  const soon = fault === "gives up too soon" ? milliseconds / 10 : milliseconds;
  if (milliseconds !== Infinity && milliseconds > 0 && fault !== "forgets time limits")
    request.timer = setTimeout(() => giveUp(reference, request, "gives up and grants"), soon);
  return undefined;
}

/** Ends the wait with failure. One fault is to forget to leave the line. */
export function giveUp(
  { locks, fault }: Host,
  request: Request,
  fatal?: "gives up and grants" | "cancels and grants",
): void {
  const { decided } = request;
  request.decided = undefined;
  if (fatal !== undefined && fault === fatal) request.decided = decided;
  else locks.remove(request);
  decided?.("failed");
}

function standInLine(call: Call, request: Request, reply: (outcome: Outcome) => string): void {
  const { reference, peer, tag } = call;
  if (tag === undefined) peer.blockedBy = request;
  else peer.tags.set(tag, request);
  request.decided = (outcome) => {
    clearTimeout(request.timer);
    const text = reply(outcome);
    if (tag !== undefined) peer.tags.delete(tag);
    else peer.blockedBy = undefined;
    const silent =
      reference.fault === "cancels without a word to who waited" &&
      tag !== undefined &&
      outcome === "failed";
    if (!silent) call.later([call.prefixed(text)]);
    if (tag === undefined) reference.goOn(peer);
  };
}

/** Whether the holders of the lock wait, one for the other, until they wait for this peer. */
function closesCycle({ fault, locks }: Host, peer: Peer, request: Request): boolean {
  if (fault === "finds no deadlocks") return false;
  const hopsMax = fault === "finds only short deadlocks" ? 1 : Infinity;
  const seen = new Set<Peer>();
  // Each holder of the lock, what it waits for, who holds that, and so on.
  const leadsBack = (of: Request, hops: number): boolean =>
    locks.holders(of.mode, of.name).some(({ peer: holder }) => {
      if (holder === peer) return true;
      if (holder === undefined || seen.has(holder) || hops === hopsMax) return false;
      seen.add(holder);
      const tagged = fault === "finds deadlocks of tagged waits" ? holder.tags.values() : [];
      const waits = [...(holder.blockedBy === undefined ? [] : [holder.blockedBy]), ...tagged];
      if (fault === "takes chains for deadlocks" && waits.length > 0) return true;
      return waits.some((wait) => leadsBack(wait, hops + 1));
    });
  return leadsBack(request, 0);
}
