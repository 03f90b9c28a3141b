/** Locks as they are: page by page, or one with those who stand in line for it. */
import type { Mode } from "../../../core/request.ts";
import type { Snapshot } from "../../../core/snapshot.ts";
import { linesPerStep, pageBytesMax, queueShownMax } from "../../../limits.ts";
import { nameOf } from "../../../protocol/listing.ts";
import {
  lockPages,
  type LockPosition,
  type LockRange,
  lockRanges,
} from "../../../protocol/lock-pages.ts";
import { Output } from "../../../protocol/output.ts";
import { isAdministrator } from "../../../auth/authority.ts";
import type { Owner } from "../../lobby.ts";
import { expectReader } from "../credentials.ts";
import type { Exchange } from "../exchange.ts";
import { parametersOf } from "../members.ts";
import { Problem } from "../problem.ts";
import type { HttpService } from "../service.ts";
import { queryOf } from "./query.ts";
import type { LockRequest } from "./request.ts";
import { LocksQuery, ModeQuery } from "./schemas.ts";

const headers = { "Content-Type": "application/json" };

/** `GET /v1/locks`. @throws Problem */
export async function listLocks(service: HttpService, exchange: Exchange): Promise<Response> {
  expectReader(service.authority, exchange);
  const said = parametersOf(LocksQuery, queryOf(exchange));
  const after = said.after === undefined ? null : positionOf(said.after);
  expectListing(service);
  const modes: readonly Mode[] = said.mode === undefined ? ["exclusive", "shared"] : [said.mode];
  const { snapshots, done } = await service.operations.gather(modes, null);
  try {
    const ranges = lockRanges(snapshots, Buffer.from(said.prefix, "utf8"), after);
    const withKeys = isAdministrator(exchange.credential);
    const page = await pageOf(ranges, Number(said.limit), withKeys);
    const next = JSON.stringify(page.next === null ? null : cursorOf(page.next));
    return new Response(`{"locks":[${page.locks.join(",")}],"next":${next}}\n`, { headers });
  } finally {
    done();
  }
}

/** `GET /v1/locks/{name}`. @throws Problem */
export async function showLock(
  service: HttpService,
  { exchange, name }: LockRequest,
): Promise<Response> {
  expectReader(service.authority, exchange);
  const { mode } = parametersOf(ModeQuery, queryOf(exchange));
  expectListing(service);
  const withKeys = isAdministrator(exchange.credential);
  const { operations } = service;
  const gathered = operations.gather([mode], name);
  // At the same moment as the snapshot: before anything is awaited.
  const waiters = operations.waiters({ mode, name }, queueShownMax);
  const { snapshots, done } = await gathered;
  try {
    const { locks } = await pageOf(whole(snapshots), 1, withKeys);
    const [lock] = locks;
    if (lock === undefined) throw new Problem(404, "not_found", "nobody holds that lock");
    const queue = waiters.map(({ owner, keyed, sinceWallMilliseconds }) => ({
      client: owner?.address ?? null,
      name: nameOf(owner, keyed, withKeys),
      since: new Date(sinceWallMilliseconds).toISOString(),
    }));
    const body = `${lock.slice(0, -1)},"queue":${JSON.stringify(queue)}}\n`;
    return new Response(body, { headers });
  } finally {
    done();
  }
}

function expectListing({ operations }: HttpService): void {
  if (operations.lobby.features.dump) return;
  throw new Problem(403, "disabled", "listings are turned off: see -dump");
}

function whole(snapshots: readonly Snapshot<Owner>[]): LockRange[] {
  return snapshots.map((snapshot) => ({ snapshot, from: 0, to: snapshot.locks }));
}

interface Page {
  /** Each as JSON. */
  readonly locks: readonly string[];
  /** The last one, when there are more. */
  readonly next: LockPosition | null;
}

/** As many locks as fit, a little work at a time, so that others are served between. */
async function pageOf(
  ranges: readonly LockRange[],
  locksMax: number,
  withKeys: boolean,
): Promise<Page> {
  const locks: string[] = [];
  const out = new Output();
  let bytes = 0;
  let last: LockPosition | null = null;
  for (const { snapshot, from, to } of ranges) {
    for (let lock = from; lock < to; lock++) {
      if (locks.length >= locksMax || bytes > pageBytesMax) return { locks, next: last };
      const pages = lockPages([{ snapshot, from: lock, to: lock + 1 }], withKeys);
      while (pages.next(out, linesPerStep)) await nextTurn();
      locks.push(Buffer.from(out.bytes.buffer, 0, out.length - 1).toString("utf8"));
      bytes += out.length;
      out.clear();
      last = { mode: snapshot.mode, name: snapshot.name(lock) };
    }
  }
  return { locks, next: null };
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function cursorOf({ mode, name }: LockPosition): string {
  return (mode === "shared" ? "s" : "e") + Buffer.from(name).toString("base64url");
}

function positionOf(cursor: string): LockPosition {
  const mode = cursor.startsWith("s") ? "shared" : "exclusive";
  return { mode, name: Buffer.from(cursor.slice(1), "base64url") };
}
