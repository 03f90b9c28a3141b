/**
 * Who may do what. Doors ask an `Authority` who somebody is, and these functions what a
 * credential allows.
 *
 * Without credentials configured everybody may do everything but administration.
 */

export type Role = "read" | "lock" | "admin";

/** Somebody who has shown a secret, or a client certificate. */
export interface Credential {
  readonly name: string;
  readonly role: Role;
  /** Lock names must begin with one of these, a character a byte; empty: any name will do. */
  readonly prefixes: readonly string[];
}

export interface Authority {
  /** Whether credentials are configured. */
  readonly required: boolean;
  /** Slowed and logged for each address that fails. */
  verify(name: string, secret: string, address: string): Promise<Credential | null>;
  /** The credential that a client certificate stands for. */
  ofCommonName(name: string): Credential | null;
}

/** Nothing is configured. */
export const open: Authority = Object.freeze({
  required: false,
  verify: () => Promise.resolve(null),
  ofCommonName: () => null,
});

/** `null`: nobody has said who they are. */
export function mayRead(credential: Credential | null): boolean {
  return credential !== null;
}

/** `lockName` in latin1. */
export function mayLock(credential: Credential | null, lockName: string): boolean {
  if (credential === null || credential.role === "read") return false;
  if (credential.role === "admin" || credential.prefixes.length === 0) return true;
  return credential.prefixes.some((prefix) => lockName.startsWith(prefix));
}

export function isAdministrator(credential: Credential | null): boolean {
  return credential?.role === "admin";
}
