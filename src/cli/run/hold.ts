/** The hold that `glockd run` was asked for, and what CMD is told of it. */
import type { Client, Handle, Lock } from "../../client/index.ts";

export interface Wanted {
  readonly name: string;
  /** Seconds; undefined: for ever. */
  readonly wait: number | undefined;
  readonly shared: boolean;
  /** How many may hold it, all asking with the same number; undefined: one. */
  readonly limit: number | undefined;
  /** All who come with it hold the lock together. */
  readonly key: string | undefined;
}

/** @throws GlockdError when there is none to be had. */
export function obtain(client: Client, wanted: Wanted): Promise<Handle> {
  const { name, wait, shared, limit, key } = wanted;
  const options = { wait };
  if (limit !== undefined) return client.semaphore(name, limit).acquire(options);
  if (shared) return client.shared(name, options);
  if (key !== undefined) return client.readLock(name, { ...options, key });
  return client.acquire(name, options);
}

/** An outer `glockd run` has set the same ones: what this hold has not is taken away. */
export function variablesOf(
  hold: Handle,
  knowsFences: boolean,
): Record<string, string | undefined> {
  const fence = knowsFences && "fence" in hold ? String((hold as Lock).fence) : undefined;
  return { GLOCKD_LOCK: hold.name, GLOCKD_FENCE: fence };
}
