/** Locks under keys, and how long they live. */
import { BadRequest, type Arguments } from "./arguments.ts";
import type { Call } from "./call.ts";
import type { Request } from "./request.ts";
import { ask } from "./waiting.ts";

const keyBytesMax = 128;

export function keyGet(call: Call, given: Arguments): readonly string[] | undefined {
  const key = keyOf(call, given);
  // `-` is the connection's own; there is no longer time than that.
  const ttl = given.seconds("TTL");
  const milliseconds = given.seconds("SECONDS");
  const name = given.name();
  const granted = (request: Request): string => {
    if (ttl !== Infinity) lease(call, request, ttl);
    return `${request.fence} Lock Get Success: ${name}`;
  };
  const failed = `0 Lock Get Failure: ${name}`;
  const wish = {
    mode: "exclusive",
    name,
    key,
    requestor: requestorOf(call, key),
    limit: 0,
  } as const;
  return ask(call, { wish, milliseconds, granted, failed });
}

export function keyRelease(call: Call, given: Arguments): readonly string[] {
  const { locks, fault } = call.reference;
  const key = keyOf(call, given);
  const name = given.name();
  const held = find(call, key, name);
  if (held === undefined) return [`0 Lock Release Failure: ${name}`];
  held.count -= 1;
  if (fault !== "counts keys down one by one" || held.count === 0) locks.remove(held);
  return [`1 Lock Release Success: ${name}`];
}

export function keyRenew(call: Call, given: Arguments): readonly string[] {
  const { fault } = call.reference;
  const key = keyOf(call, given);
  const ttl = given.seconds("TTL");
  if (ttl === Infinity) throw new BadRequest("TTL is no number of seconds");
  const name = given.name();
  const held = find(call, key, name);
  if (held === undefined && fault !== "renews what is not there")
    return [`0 Lock Renew Failure: ${name}`];
  if (held !== undefined && fault !== "renews nothing") lease(call, held, ttl);
  return [`1 Lock Renew Success: ${name}`];
}

function keyOf({ reference }: Call, given: Arguments): string {
  const key = given.word("KEY");
  const bytesMax = reference.fault === "takes short keys only" ? keyBytesMax / 2 : keyBytesMax;
  if (key.length > bytesMax) throw new BadRequest("KEY is too long");
  return key;
}

function requestorOf({ reference, peer }: Call, key: string): string {
  return reference.fault === "takes all requestors for one" ? key : (peer.name ?? key);
}

function find(call: Call, key: string, name: string): Request | undefined {
  const { locks, fault } = call.reference;
  const requestor = requestorOf(call, key);
  return locks
    .holders("exclusive", name)
    .find(
      (held) =>
        held.key !== undefined &&
        (held.key === key || fault === "releases under any key") &&
        (key === "-" || held.requestor === requestor || fault === "releases under any key"),
    );
}

/** From now on it outlives its connection, for so long; 0 is until it is released. */
function lease({ reference }: Call, request: Request, milliseconds: number): void {
  const { fault, locks } = reference;
  if (fault !== "ends leases with their connections") request.peer = undefined;
  clearTimeout(request.timer);
  request.expires = undefined;
  if (milliseconds === 0) return;
  request.expires = new Date(Date.now() + milliseconds);
  if (fault === "keeps leases for ever") return;
  const soon = fault === "lapses too soon" ? milliseconds / 10 : milliseconds;
  request.timer = setTimeout(() => {
    const { taker, name } = request;
    const asked = fault === "tells everybody what lapsed" || taker.notified;
    if (asked && !taker.gone && fault !== "lapses without a word")
      taker.tell(`@! 0 Lock Lost: ${name}\n`);
    locks.remove(request);
  }, soon);
  // Nobody waits ten minutes for the end of a test.
  request.timer.unref();
}
