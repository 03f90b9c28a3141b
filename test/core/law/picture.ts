/** The locks of a space as plain values: as the table has them, and as a snapshot shows them. */
import type { LockSpace } from "../../../src/core/lock-space.ts";
import * as Lock from "../../../src/core/records/lock-words.ts";
import * as Request from "../../../src/core/records/request-words.ts";
import type { KeyedHold } from "../../../src/core/request.ts";
import type { Snapshot } from "../../../src/core/snapshot.ts";
import { lineOf, lockIds } from "../scene.ts";

/** One lock; its name a character a byte. */
export interface Picture {
  readonly name: string;
  readonly waiters: number;
  readonly holders: readonly {
    readonly owner: unknown;
    readonly fence: number;
    readonly since: number;
    readonly keyed: Pick<KeyedHold, "key" | "requestor" | "count" | "at"> | null;
  }[];
}

export function pictureOfSpace(space: LockSpace): Picture[] {
  return lockIds(space).map((lock) => ({
    name: text(space.named.nameOf(lock)),
    waiters: space.locks.get(lock, Lock.waiters),
    holders: lineOf(space, lock).holders.map(({ request }) => ({
      owner: space.ownerOf(request),
      fence: space.requests.getDouble(request, Request.fence),
      since: space.requests.getDouble(request, Request.since),
      keyed: holdOf(space.holders.copyOf(request) ?? null),
    })),
  }));
}

export function pictureOf(snapshot: Snapshot<string>): Picture[] {
  return Array.from({ length: snapshot.locks }, (_, lock) => ({
    name: text(snapshot.name(lock)),
    waiters: snapshot.waiters(lock),
    holders: Array.from({ length: snapshot.holderCount(lock) }, (__, n) => {
      const { owner, fence, sinceWallMilliseconds, keyed } = snapshot.holder(lock, n);
      return { owner, fence, since: sinceWallMilliseconds, keyed: holdOf(keyed) };
    }),
  }));
}

export function sortedPicture(picture: readonly Picture[]): Picture[] {
  return picture.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

function holdOf(hold: KeyedHold | null): Picture["holders"][number]["keyed"] {
  if (hold === null) return null;
  const { key, requestor, count, at } = hold;
  return { key, requestor, count, at };
}

function text(name: Uint8Array): string {
  return Buffer.from(name).toString("latin1");
}
