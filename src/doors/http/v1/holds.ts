/** Renewing and releasing what was taken, and taking it away from its holders. */
import type { Mode } from "../../../core/request.ts";
import type { Bearing } from "../../../engine/engine.ts";
import { expectAdministrator } from "../credentials.ts";
import { parametersOf } from "../members.ts";
import type { LockReference } from "../operations.ts";
import { Problem } from "../problem.ts";
import { expectOpen, type HttpService } from "../service.ts";
import { latin1Of } from "../text.ts";
import { holdResponse, jsonResponse } from "./answers.ts";
import { queryOf } from "./query.ts";
import type { LockRequest } from "./request.ts";
import { ModeQuery } from "./schemas.ts";

/** `PATCH /v1/locks/{name}`. @throws Problem */
export async function renew(service: HttpService, request: LockRequest): Promise<Response> {
  const { exchange, name } = request;
  const { mode, key, requestor, ttl } = await request.said("Renew");
  expectOpen(service);
  const lock = { mode, name };
  const bearing = await bearingOf(service, lock, key, requestor);
  const keyed = { ...bearing, ttlMilliseconds: ttl * 1000 };
  const hold = await service.operations.renew(exchange, lock, keyed);
  if (hold === null) throw notHeld();
  return holdResponse(200, lock, bearing, hold);
}

/** `DELETE /v1/locks/{name}`. @throws Problem */
export async function release(service: HttpService, request: LockRequest): Promise<Response> {
  const { exchange, name } = request;
  const { mode, key, requestor } = await request.said("Release");
  expectOpen(service);
  const lock = { mode, name };
  const bearing = await bearingOf(service, lock, key, requestor);
  if (!(await service.operations.release(exchange, lock, bearing))) throw notHeld();
  return new Response(null, { status: 204 });
}

/** `POST /v1/locks/{name}/free`. @throws Problem */
export async function free(
  service: HttpService,
  { exchange, name }: LockRequest,
): Promise<Response> {
  expectAdministrator(service.authority, exchange);
  const { mode } = parametersOf(ModeQuery, queryOf(exchange));
  expectOpen(service);
  const freed = await service.operations.free(exchange, { mode, name });
  return jsonResponse(200, { freed });
}

function notHeld(): Problem {
  return new Problem(
    404,
    "not_held",
    "nothing is held under that key by that requestor: it was released, has lapsed or was freed",
  );
}

/** Without a requestor, the only one who holds under the key is meant. */
async function bearingOf(
  { operations }: HttpService,
  lock: LockReference,
  keyText: string,
  requestor: string | undefined,
): Promise<Bearing> {
  const key = latin1Of(keyText);
  if (requestor !== undefined) return { key, requestor: latin1Of(requestor) };
  const itself = { key, requestor: key };
  if (operations.hold(lock, itself) !== null) return itself;
  const requestors = await requestorsOf(
    operations.gather([lock.mode satisfies Mode], lock.name),
    key,
  );
  if (requestors.length > 1) {
    throw new Problem(
      400,
      "invalid_member",
      'the member "requestor" is missing, and several hold under that key',
      { members: { member: "requestor" } },
    );
  }
  return { key, requestor: requestors[0] ?? key };
}

async function requestorsOf(
  gathering: ReturnType<HttpService["operations"]["gather"]>,
  key: string,
): Promise<string[]> {
  const { snapshots, done } = await gathering;
  const [found] = snapshots;
  const requestors: string[] = [];
  const count = found === undefined || found.locks === 0 ? 0 : found.holderCount(0);
  for (let n = 0; n < count && requestors.length < 2; n++) {
    const { keyed } = found!.holder(0, n);
    if (keyed?.key === key) requestors.push(keyed.requestor);
  }
  done();
  return requestors;
}
