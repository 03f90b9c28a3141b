/**
 * What the law of locks demands of holds that are in a store together, before a server is
 * to hold them: an exclusive lock has one key, which nobody's key is shared by nobody; a
 * requestor has one hold under a key; a fence is one hold's.
 */
import { fencesPerMillisecond } from "../core/fences.ts";
import { nobodysKey } from "../core/request.ts";
import type { StoredHold } from "./store.ts";

/** A fence above all that a server without a store has given by then. */
export function fenceOfClock(wallMilliseconds: number): number {
  return Math.floor(wallMilliseconds * fencesPerMillisecond);
}

/** What tells two locks apart. */
export function lockOf({ mode, name }: Pick<StoredHold, "mode" | "name">): string {
  return `${mode} ${Buffer.from(name.buffer, name.byteOffset, name.length).toString("latin1")}`;
}

/** A hold that is not in a store yet: its fence may be given later. */
export type Candidate = Omit<StoredHold, "fence"> & { readonly fence: number | null };

/** The first hold that cannot be together with those before it, and why; `null`: all can. */
export function unlawful(
  holds: readonly Candidate[],
): { readonly index: number; readonly why: string } | null {
  const keys = new Map<string, string>();
  const holders = new Set<string>();
  const fences = new Set<number>();
  for (const [index, hold] of holds.entries()) {
    const { key, mode, fence } = hold;
    const lock = lockOf(hold);
    const before = mode === "exclusive" ? keys.get(lock) : undefined;
    if (before !== undefined && (before !== key || key === nobodysKey))
      return { index, why: "somebody else holds this lock under another key" };
    keys.set(lock, key);
    const holder = requestorOf(hold);
    if (key !== nobodysKey && holders.has(holder))
      return { index, why: "this requestor has a hold on this lock already" };
    holders.add(holder);
    if (fence !== null && fences.has(fence))
      return { index, why: `fence ${fence} is another hold's` };
    if (fence !== null) fences.add(fence);
  }
  return null;
}

/** A hold that cannot be beside another, which is newer. */
export interface Exclusion {
  readonly hold: StoredHold;
  readonly by: StoredHold;
}

/**
 * What a server would refuse to hold together, of `holds` by fence: whoever was granted an
 * exclusive lock last has it, and with it who shares the key; of a requestor's holds under a
 * key the last one counts. Lapsed ones are in nobody's way.
 */
export function exclusionsOf(
  holds: readonly StoredHold[],
  wallMilliseconds: number,
): readonly Exclusion[] {
  const standing = holds.filter(
    ({ expiresWallMilliseconds }) => (expiresWallMilliseconds ?? Infinity) > wallMilliseconds,
  );
  const newest = new Map(standing.map((hold) => [lockOf(hold), hold]));
  const newestOfRequestor = new Map(standing.map((hold) => [requestorOf(hold), hold]));
  return standing.flatMap((hold) => {
    const last = newest.get(lockOf(hold))!;
    const isShared = hold.mode === "shared" || last.key === hold.key;
    const by =
      isShared && hold.key !== nobodysKey ? newestOfRequestor.get(requestorOf(hold))! : last;
    const isAlone = by === hold || (hold.mode === "shared" && hold.key === nobodysKey);
    return isAlone ? [] : [{ hold, by }];
  });
}

function requestorOf(hold: Candidate): string {
  return JSON.stringify([lockOf(hold), hold.key, hold.requestor]);
}

/** For people; keys are secrets. */
export function sentenceOf({ hold: { mode, name, fence }, by }: Exclusion): string {
  const lock = JSON.stringify(Buffer.from(name).toString());
  return `the hold of the ${mode} lock ${lock} with fence ${fence} is excluded by the one with fence ${by.fence}`;
}
