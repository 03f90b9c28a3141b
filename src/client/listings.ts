/** What the server tells about locks and itself. */
import { ProtocolError } from "./errors.ts";

/** One holder of a lock. */
export interface HolderInfo {
  /** `10.0.0.7:41034`; null where the hold outlives connections. */
  readonly client: string | null;
  /** As the client registered it, or the requestor. */
  readonly name: string | null;
  /** How often a requestor got it under its key; 1 without keys. */
  readonly count: number;
  readonly fence: number;
  /** ISO 8601, UTC. */
  readonly since: string;
  /** When it lapses, likewise; null: never. */
  readonly expires: string | null;
}

/** One lock that is held or waited for. */
export interface LockInfo {
  readonly name: string;
  readonly mode: "exclusive" | "shared";
  /** For administrators; null for everybody else, and for locks without a key. */
  readonly key: string | null;
  readonly waiters: number;
  readonly holders: readonly HolderInfo[];
}

/** Which server this is. */
export interface ServerVersion {
  /** Null for a server that knows the first part of the protocol only. */
  readonly version: string | null;
  /** What it has beyond the first part of the protocol; empty: nothing. */
  readonly features: readonly string[];
}

/** @throws ProtocolError */
export function lockInfos(lines: readonly string[]): LockInfo[] {
  try {
    return lines.map((line) => JSON.parse(line) as LockInfo);
  } catch (cause) {
    throw new ProtocolError("the server lists its locks in a way that is no JSON", { cause });
  }
}

/** `KEY: N` a line. */
export function statistics(lines: readonly string[]): Record<string, number> {
  const pairs = lines.map((line) => line.split(": "));
  return Object.fromEntries(pairs.map(([key = "", value]) => [key, Number(value)]));
}
