/**
 * How many files and sockets this process may have open. A server that accepts more
 * connections than that spins, so the limit on connections is kept below.
 */
import { descriptorsReserved } from "../limits.ts";
import { libc } from "./libc.ts";

/** The soft limit on open descriptors; `undefined` where there is none or it cannot be asked. */
export function descriptorLimit(): number | undefined {
  const limit = new BigUint64Array(2);
  if (libc()?.getrlimit(process.platform === "linux" ? 7 : 8, limit) !== 0) return undefined;
  const soft = limit[0] ?? 0n;
  return soft > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(soft);
}

/** `wanted` connections, or as many as fit below a descriptor limit, but at least one. */
export function connectionsWithin(wanted: number, limit: number | undefined): number {
  if (limit === undefined) return wanted;
  return Math.max(1, Math.min(wanted, limit - descriptorsReserved));
}
