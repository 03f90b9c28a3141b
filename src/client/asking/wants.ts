/** What can be asked for, and the commands that ask for it and give it back. */

/** A lock in the exclusive name space, for one task, for all readers, or beyond a connection. */
export type ExclusiveWant = { readonly kind: "exclusive" } | ReadWant | DetachedWant;

/** Everybody who comes with the same key holds it together. */
export interface ReadWant {
  readonly kind: "read";
  readonly key: string;
}

/** `ttl` is a number of seconds as the server reads it; `isOwnKey`: nobody else has the key. */
export interface DetachedWant {
  readonly kind: "detached";
  readonly key: string;
  readonly ttl: string;
  readonly isOwnKey: boolean;
}

/** A lock in the shared name space; as a permit, while fewer than `limit` hold it. */
export type SharedWant =
  | { readonly kind: "shared" }
  | { readonly kind: "permit"; readonly limit: number };

export type Want = ExclusiveWant | SharedWant;

/** The key of readers that name none. */
const readersKey = "readers";

export const exclusive: Want = Object.freeze({ kind: "exclusive" });
export const read: ReadWant = Object.freeze({ kind: "read", key: readersKey });
export const shared: Want = Object.freeze({ kind: "shared" });

export function modeOf(want: Want): "exclusive" | "shared" {
  return want.kind === "shared" || want.kind === "permit" ? "shared" : "exclusive";
}

/** `wait` is a number of seconds as the server reads it, or `-`. */
export function getCommand(want: Want, wait: string, name: string): string {
  switch (want.kind) {
    case "exclusive":
      return `gw ${wait} ${name}`;
    case "read":
      return `kg ${want.key} - ${wait} ${name}`;
    case "detached":
      return `kg ${want.key} ${want.ttl} ${wait} ${name}`;
    case "shared":
      return `sgw 0 ${wait} ${name}`;
    case "permit":
      return `sgw ${want.limit} ${wait} ${name}`;
  }
}

export function releaseCommand(want: Want, name: string): string {
  switch (want.kind) {
    case "exclusive":
      return `r ${name}`;
    case "read":
    case "detached":
      return `kr ${want.key} ${name}`;
    case "shared":
    case "permit":
      return `sr ${name}`;
  }
}

/**
 * The command of servers that know the first part of the protocol only; undefined where
 * they have none. Nobody waits there; a shared lock is always to be had.
 */
export function plainCommand(want: Want, isPatient: boolean, name: string): string | undefined {
  if (want.kind === "shared") return `sg ${name}`;
  return want.kind === "exclusive" && !isPatient ? `g ${name}` : undefined;
}

/** Seconds as the server reads them: decimals, no exponent. */
export function secondsText(seconds: number): string {
  return seconds.toFixed(3).replace(/\.?0+$/, "");
}
