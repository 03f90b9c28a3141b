/**
 * The list of a server's locks, `GET /locks`, and the version that is made of it.
 * Invariant: the same locks give the same version, in whatever order a server lists them
 * and their holders, and other locks give another.
 */
import { createHash } from "node:crypto";
import { LockerError, type Answer } from "./locker.ts";

/** Every lock that is held, with what the server tells of its holders. */
export type Locks = ReadonlyMap<string, unknown>;

/** @throws LockerError when it is no list of locks. */
export function readLocks({ text }: Answer): Locks {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch {
    throw new LockerError("what the server lists at /locks is no JSON; is it a lock server?");
  }
  if (typeof list !== "object" || list === null || Array.isArray(list))
    throw new LockerError("what the server lists at /locks is no object of locks");
  return new Map(Object.entries(list).filter(([, holder]) => isHeld(holder)));
}

/** A digest of all of them: of the list that servers have always had, nothing else is known. */
export function refOf(locks: Locks): string {
  const sorted = JSON.stringify(ordered(Object.fromEntries(locks)));
  return createHash("sha256").update(sorted).digest("hex");
}

/** The holder of one lock, `{"key":…,"locked_by":{…}}`, as text; empty when nobody holds it. */
export function holderText(locks: Locks, name: string): string {
  return locks.has(name) ? `${JSON.stringify(ordered(locks.get(name)), null, 2)}\n` : "";
}

/** Who holds a lock, as `a, b`; undefined when nobody does, or it is not told. */
export function holdersOf(locks: Locks, name: string): string | undefined {
  const requestors = Object.keys(countsOf(locks.get(name)) ?? {});
  return requestors.length === 0 ? undefined : requestors.join(", ");
}

/** Whether `requestor` is among those who hold it under that key. */
export function isHolder(
  locks: Locks,
  { name, key, requestor }: { name: string; key: string; requestor: string },
): boolean {
  const holder = locks.get(name) as { key?: unknown } | undefined;
  const count = countsOf(holder)?.[requestor];
  return holder?.key === key && typeof count === "number" && count > 0;
}

/** A server that keeps names of locks which are free lists them without a holder. */
function isHeld(holder: unknown): boolean {
  if (holder === null || holder === "") return false;
  const counts = countsOf(holder);
  return counts === undefined || Object.values(counts).some((count) => count !== 0);
}

function countsOf(holder: unknown): Readonly<Record<string, unknown>> | undefined {
  if (typeof holder !== "object" || holder === null) return undefined;
  const { locked_by: counts } = holder as { locked_by?: unknown };
  return typeof counts === "object" && counts !== null
    ? (counts as Record<string, unknown>)
    : undefined;
}

/** With the members of all objects in one order. Arrays keep theirs. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return Object.fromEntries(entries.map(([name, member]) => [name, ordered(member)]));
}
