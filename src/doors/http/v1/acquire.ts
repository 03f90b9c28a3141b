/** `POST /v1/locks/{name}`: takes a lock, standing in line for it if asked to. */
import { nobodysKey, Refusal } from "../../../core/request.ts";
import { holdersShownMax, idempotencyKeyCharactersMax } from "../../../limits.ts";
import { randomBytes } from "../../../random.ts";
import { holderObject } from "../../../protocol/lock-pages.ts";
import { isAdministrator } from "../../../auth/authority.ts";
import type { Exchange } from "../exchange.ts";
import type { LockReference, Taken, Want } from "../operations.ts";
import { limitReached, Problem } from "../problem.ts";
import type { HttpService } from "../service.ts";
import { expectServing } from "../service.ts";
import { latin1Of } from "../text.ts";
import { HungUp, Standing } from "../waiting.ts";
import { holdResponse } from "./answers.ts";
import type { LockRequest, Said } from "./request.ts";

/** @throws Problem, HungUp */
export async function acquire(service: HttpService, request: LockRequest): Promise<Response> {
  const { exchange, name } = request;
  const said = await request.said("Acquire");
  const want = wantOf(said, name, exchange);
  const idempotencyKey = exchange.request.headers.get("idempotency-key");
  // Nothing is taken for somebody who has gone while the body came in.
  if (exchange.request.signal.aborted) throw new HungUp();
  expectServing(service);
  const milliseconds = said.wait * 1000;
  if (idempotencyKey === null) {
    const taken = await take(service, { exchange, want, milliseconds });
    return answer(service, { exchange, want, waited: said.wait, taken });
  }
  if (
    !/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(idempotencyKey) ||
    idempotencyKey.length > idempotencyKeyCharactersMax
  ) {
    throw new Problem(
      400,
      "invalid_header",
      `Idempotency-Key must be 1 to ${idempotencyKeyCharactersMax} printable characters`,
      { members: { header: "Idempotency-Key" } },
    );
  }
  const fingerprint = JSON.stringify([Buffer.from(name).toString("latin1"), said]);
  const scope = `${exchange.credential?.name ?? ""} ${idempotencyKey}`;
  return await takeOnce(service, { exchange, want, milliseconds, scope, fingerprint });
}

interface Taking {
  readonly exchange: Exchange;
  readonly want: Want;
  readonly milliseconds: number;
}

async function take(service: HttpService, taking: Taking): Promise<Taken> {
  const { exchange, want, milliseconds } = taking;
  if (milliseconds === 0) return await service.operations.take(exchange, want);
  const standing = stand(service, taking);
  standing.begin();
  return await standing.join(exchange);
}

function stand({ operations }: HttpService, taking: Taking): Standing {
  if (operations.lobby.isFull()) throw limitReached("connections");
  return new Standing(operations, taking);
}

/** The first with its Idempotency-Key takes the lock; the others get its answer. */
async function takeOnce(
  service: HttpService,
  taking: Taking & { scope: string; fingerprint: string },
): Promise<Response> {
  const { operations, idempotencyKeys } = service;
  const { exchange, milliseconds, scope, fingerprint } = taking;
  const waited = milliseconds / 1000;
  const found = idempotencyKeys.find(scope);
  if (found === undefined) {
    const bearing = { ...taking.want, ...taking.want.keyed };
    const standing = milliseconds === 0 ? null : stand(service, taking);
    const join = standing === null ? null : (again: Exchange) => standing.join(again);
    const entry = idempotencyKeys.begin(scope, { fingerprint, bearing, join });
    const outcome = standing?.outcome ?? take(service, taking);
    // Until it is kept; nobody can ask in between when it need not be.
    entry.join ??= () => outcome;
    outcome.then(
      ({ hold }) => idempotencyKeys.ended(scope, entry, hold?.fence ?? 0),
      () => idempotencyKeys.ended(scope, entry, 0),
    );
    standing?.begin();
    const taken = await (standing?.join(exchange) ?? outcome);
    return answer(service, { exchange, want: taking.want, waited, taken });
  }
  if (found.fingerprint !== fingerprint) {
    throw new Problem(
      422,
      "idempotency_key_reused",
      "this Idempotency-Key came with another lock or body before; choose a new one",
    );
  }
  const want: Want = {
    ...taking.want,
    ...found.bearing,
    keyed: { ...taking.want.keyed, ...found.bearing },
  };
  if (found.join !== null) {
    return answer(service, { exchange, want, waited, taken: await found.join(exchange) });
  }
  const hold = operations.hold(found.bearing, found.bearing);
  if (hold !== null && hold.fence === found.fence) {
    return holdResponse(201, want, want.keyed, hold, { "Idempotency-Replayed": "true" });
  }
  throw new Problem(
    410,
    "hold_gone",
    "what this Idempotency-Key has taken is released or has lapsed; choose a new one",
  );
}

interface Asked {
  readonly exchange: Exchange;
  readonly want: Want;
  /** Seconds that it was ready to wait. */
  readonly waited: number;
  readonly taken: Taken;
}

/** @throws Problem when it is no grant. */
async function answer(service: HttpService, asked: Asked): Promise<Response> {
  const { want, waited, taken } = asked;
  if (taken.hold !== null) return holdResponse(201, want, want.keyed, taken.hold);
  switch (taken.outcome) {
    case Refusal.locksLimit:
      throw limitReached("locks");
    case Refusal.lockWaitersLimit:
    case Refusal.waitersLimit:
      throw limitReached("waiters");
    default:
      if (waited === 0) throw await conflict(service, asked.exchange, want);
      throw new Problem(408, "wait_timeout", `it was not to be had within ${waited} s`);
  }
}

/** Who holds it, for whoever was refused. */
async function conflict(
  { operations }: HttpService,
  exchange: Exchange,
  { mode, name }: LockReference,
): Promise<Problem> {
  const { snapshots, done } = await operations.gather([mode], name);
  const [found] = snapshots;
  const count = found === undefined || found.locks === 0 ? 0 : found.holderCount(0);
  const shown = Array.from({ length: Math.min(count, holdersShownMax) }, (_, n) =>
    holderObject(found!, found!.holder(0, n), isAdministrator(exchange.credential)),
  );
  const waiters = count === 0 ? 0 : found!.waiters(0);
  done();
  return new Problem(409, "held", "it is held by others, or others stand in line for it", {
    members: { holders: shown, waiters },
  });
}

function wantOf(said: Said<"Acquire">, name: Uint8Array, exchange: Exchange): Want {
  const { mode, limit, key } = said;
  if (limit > 0 && mode === "exclusive") throw invalid("limit", "is for shared locks");
  if (key === nobodysKey && mode === "shared") {
    throw invalid("key", "- is nobody's, and a shared lock has holders");
  }
  const made = key === undefined;
  const told = made ? randomBytes(24).toString("base64url") : latin1Of(key);
  const self = made ? exchange.label : told;
  const requestor = said.requestor === undefined ? self : latin1Of(said.requestor);
  const ttlMilliseconds = said.ttl * 1000;
  return { mode, name, limit, keyed: { key: told, requestor, ttlMilliseconds } };
}

function invalid(member: string, why: string): Problem {
  return new Problem(400, "invalid_member", `the member "${member}" ${why}`, {
    members: { member },
  });
}
