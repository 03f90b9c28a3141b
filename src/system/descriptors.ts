/**
 * How many files and sockets this process may have open. A server that accepts more
 * connections than that spins, so the limit on connections is kept below.
 */
import {
  descriptorsForRequestsPart,
  descriptorsKeptMax,
  descriptorsKeptPart,
  descriptorsReserved,
} from "../limits.ts";
import { fs } from "../late.ts";
import { libc } from "./libc.ts";

/** RLIMIT_NOFILE, which is no single number. */
const resource = process.platform === "linux" ? 7 : 8;

/** The soft limit on open descriptors; `undefined` where there is none or it cannot be asked. */
export function descriptorLimit(): number | undefined {
  const limit = new BigUint64Array(2);
  if (libc()?.getrlimit(resource, limit) !== 0) return undefined;
  const soft = limit[0] ?? 0n;
  return soft > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(soft);
}

/** Moves the soft limit, up to the hard one; `false` where that cannot be. */
export function setDescriptorLimit(soft: number): boolean {
  const limit = new BigUint64Array(2);
  if (libc()?.getrlimit(resource, limit) !== 0) return false;
  limit[0] = BigInt(soft);
  return libc()?.setrlimit(resource, limit) === 0;
}

/** How many are open; `undefined` where the system does not say (all but Linux since 6.2). */
export function descriptorsOpen(): number | undefined {
  if (process.platform !== "linux") return undefined;
  const { size } = fs().statSync("/proc/self/fd");
  return size === 0 ? undefined : size;
}

/** Of so many, those that the web port does not get. */
export function descriptorsKept(limit: number): number {
  return Math.min(descriptorsKeptMax, Math.floor(limit * descriptorsKeptPart));
}

/** Of so many, those that are left to HTTP requests when all connections are there. */
export function descriptorsForRequests(limit: number): number {
  return Math.floor(limit * descriptorsForRequestsPart);
}

/**
 * `wanted` connections of so many descriptors each, or as many as fit below a descriptor
 * limit, but at least one.
 */
export function connectionsWithin(
  wanted: number,
  limit: number | undefined,
  descriptorsEach: number,
): number {
  if (limit === undefined) return wanted;
  const left = limit - descriptorsReserved - descriptorsKept(limit) - descriptorsForRequests(limit);
  return Math.max(1, Math.min(wanted, Math.floor(left / descriptorsEach)));
}
