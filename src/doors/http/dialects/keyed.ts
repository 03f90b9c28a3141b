/**
 * Keyed locks: `PUT` and `DELETE /lock/NAME` with a body that tells the key, and
 * `GET /locks`. All that come with the same key hold a lock together, each requestor with
 * a count.
 */
import * as v from "valibot";
import { nobodysKey } from "../../../core/request.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import type { Bearing } from "../../../engine/engine.ts";
import type { Limits } from "../../../limits.ts";
import { expectLocker, expectReader } from "../credentials.ts";
import type { Exchange } from "../exchange.ts";
import { membersOf } from "../members.ts";
import { Problem } from "../problem.ts";
import { expectOpen, expectServing, type HttpService } from "../service.ts";
import { fromLatin1, latin1Of, lockNameBytes, unicodeOf } from "../text.ts";
import { answer, expectNoLimit } from "./answers.ts";

const text = v.pipe(
  v.string(),
  v.regex(/^[^\u0000-\u001F\u007F]*$/, "has a control character"),
  v.check((value) => value.isWellFormed(), "is no Unicode"),
);

/** The documents that users follow spell the requestor in three ways. */
const Body = v.strictObject({
  key: v.optional(text, ""),
  requestor: v.optional(text, ""),
  lock_by: v.optional(text, ""),
  locked_by: v.optional(text, ""),
});

/** `PUT` and `DELETE`. @throws Problem */
export async function keyedLock(
  service: HttpService,
  exchange: Exchange,
  encoded: string,
  body: Record<string, unknown> | null,
): Promise<Response> {
  const { operations, authority } = service;
  if (encoded === "") throw new Problem(404, "not_found", "Not Found");
  const name = lockNameBytes(encoded, operations.lobby.limits.nameBytesMax);
  expectLocker(authority, exchange, name);
  const bearing = bearingOf(body, operations.lobby.limits);
  expectOpen(service);
  const lock = { mode: "exclusive", name } as const;
  const [called, by, using] = [
    unicodeOf(name)!,
    fromLatin1(bearing.requestor),
    fromLatin1(bearing.key),
  ];
  if (exchange.method === "PUT") {
    expectServing(service);
    const keyed = { ...bearing, ttlMilliseconds: 0 };
    const outcome = await operations.grant(exchange, { ...lock, keyed, limit: 0 });
    expectNoLimit(outcome);
    return outcome > 0
      ? answer(200, { response: `Lock for '${called}' acquired by '${by}' using key '${using}'` })
      : locked(`Lock for '${called}' is held by somebody else or waited for`);
  }
  const released =
    (await operations.release(exchange, lock, bearing)) ||
    (await mayRelease(service, name, bearing));
  if (!released) {
    return locked(`Lock for '${called}' is not held using key '${using}'`);
  }
  return answer(200, { response: `Lock for '${called}' released by '${by}' using key '${using}'` });
}

/** Clients look for `423 Locked` in what curl prints, and not every curl prints the status line. */
function locked(why: string): Response {
  return answer(423, { error: `423 Locked: ${why}` });
}

/** `GET /locks`. @throws Problem */
export async function keyedList(service: HttpService, exchange: Exchange): Promise<Response> {
  const { operations, authority, settings } = service;
  expectReader(authority, exchange);
  if (!settings.keyedList || !operations.lobby.features.dump) {
    throw new Problem(403, "disabled", "this list is turned off: see -keyed-list and -dump");
  }
  const { snapshots, done } = await operations.gather(["exclusive"], null);
  const entries: string[] = [];
  try {
    const [locks] = snapshots;
    for (let lock = 0; lock < locks!.locks; lock++) {
      const entry = entryOf(locks!, lock);
      if (entry !== null) entries.push(entry);
      if (lock % locksATurn === locksATurn - 1) await nextTurn();
    }
  } finally {
    done();
  }
  return new Response(`{${entries.join(",")}}\n`, {
    headers: { "Content-Type": "application/json; charset=utf-8" },
  });
}

const locksATurn = 1_000;

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** The requestors of a lock that outlives connections; `null` for one that does not. */
function entryOf(locks: Snapshot, lock: number): string | null {
  const counts: string[] = [];
  let key = "";
  for (let n = 0; n < locks.holderCount(lock); n++) {
    const { owner, keyed } = locks.holder(lock, n);
    if (owner !== null || keyed === null) continue;
    ({ key } = keyed);
    counts.push(`${JSON.stringify(fromLatin1(keyed.requestor))}:${keyed.count}`);
  }
  if (counts.length === 0) return null;
  const name = JSON.stringify(Buffer.from(locks.name(lock)).toString("utf8"));
  return `${name}:{"key":${JSON.stringify(fromLatin1(key))},"locked_by":{${counts.join(",")}}}`;
}

function bearingOf(body: Record<string, unknown> | null, limits: Limits): Bearing {
  const members = membersOf(Body, body ?? {});
  if (members.key === "") {
    throw new Problem(400, "invalid_member", "No key specified in request body");
  }
  const said = new Set([members.requestor, members.lock_by, members.locked_by]);
  said.delete("");
  if (said.size > 1) {
    throw new Problem(400, "invalid_member", "requestor, lock_by and locked_by do not agree");
  }
  const [requestor = members.key] = said;
  const bearing = { key: latin1Of(members.key), requestor: latin1Of(requestor) };
  expectShort("key", bearing.key, limits.keyBytesMax);
  expectShort("requestor", bearing.requestor, limits.nameBytesMax);
  return bearing;
}

function expectShort(member: string, value: string, bytesMax: number): void {
  if (value.length <= bytesMax) return;
  throw new Problem(400, "invalid_member", `${member} is longer than ${bytesMax} bytes`);
}

/** What nobody holds, or others hold under the same key, counts as released. */
async function mayRelease(
  { operations }: HttpService,
  name: Uint8Array,
  { key }: Bearing,
): Promise<boolean> {
  const { snapshots, done } = await operations.gather(["exclusive"], name);
  const [found] = snapshots;
  const held = found!.locks > 0 && found!.holderCount(0) > 0;
  const under = held ? (found!.holder(0, 0).keyed?.key ?? null) : null;
  done();
  if (held && (under !== key || key === nobodysKey)) return false;
  // Somebody else may have released it just now: this promises the same.
  await operations.kept();
  return true;
}
