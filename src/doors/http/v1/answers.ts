/** How `/v1` answers. */
import type { HoldState } from "../../../core/keys.ts";
import type { Bearing } from "../../../engine/engine.ts";
import { decoded } from "../../../protocol/listing.ts";
import type { LockReference } from "../operations.ts";
import { fromLatin1 } from "../text.ts";

const json = { "Content-Type": "application/json" };

export function jsonResponse(
  status: number,
  value: unknown,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(`${JSON.stringify(value)}\n`, { status, headers: { ...json, ...headers } });
}

/** A hold, key and all: it is its holder's who asked. */
export function holdResponse(
  status: number,
  { mode, name }: LockReference,
  { key, requestor }: Bearing,
  hold: HoldState,
  headers: Readonly<Record<string, string>> = {},
): Response {
  const { fence, count, expiresWallMilliseconds } = hold;
  const body = {
    name: decoded(name),
    mode,
    key: fromLatin1(key),
    requestor: fromLatin1(requestor),
    fence,
    count,
    expires:
      expiresWallMilliseconds === null ? null : new Date(expiresWallMilliseconds).toISOString(),
  };
  return jsonResponse(status, body, headers);
}
