/**
 * Who may do what. Doors ask an `Authority` who somebody is, and the functions here what
 * that somebody may do.
 *
 * Invariant: nobody (`null`) is either a stranger, when credentials are required, or
 * anybody, when they are not; which of the two, only `required` tells.
 */

/** Each includes the one before it: to look, to take and free locks, and everything. */
export type Role = "read" | "lock" | "admin";

export const roles: readonly Role[] = ["read", "lock", "admin"];

/** Somebody who is known. */
export interface Credential {
  readonly name: string;
  readonly role: Role;
  /** Beginnings of the locks that it may take, a character a byte; none: any lock. */
  readonly prefixes: readonly string[];
}

/** Whoever knows the credentials. */
export interface Authority {
  /** Whether there are credentials; without any, everybody may do all but administer. */
  readonly required: boolean;
  /**
   * Whose name and secret these are; `null` when they are nobody's. Takes longer the more
   * often the address was wrong.
   * @param address the connection's, with its port: `1.2.3.4:5678`, `[::1]:5678`, `unix:7`
   */
  verify(name: string, secret: string, address: string): Promise<Credential | null>;
  /** Whom a certificate's common name stands for; also, what a name means by now. */
  ofCommonName(name: string): Credential | null;
}

/** Of a server without credentials. */
export const open: Authority = Object.freeze({
  required: false,
  verify: () => Promise.resolve(null),
  ofCommonName: () => null,
});

/** Whether it may see what is held, and by whom. */
export function mayRead(credential: Credential | null): boolean {
  return credential === null || includes(credential.role, "read");
}

/** Whether it may acquire, renew and release that lock. `lockName` has a character a byte. */
export function mayLock(credential: Credential | null, lockName: string): boolean {
  if (credential === null) return true;
  const { role, prefixes } = credential;
  if (!includes(role, "lock")) return false;
  return prefixes.length === 0 || prefixes.some((prefix) => lockName.startsWith(prefix));
}

/** Whether it may take locks from others, and see keys. */
export function isAdministrator(credential: Credential | null): boolean {
  return credential !== null && includes(credential.role, "admin");
}

function includes(role: Role, needed: Role): boolean {
  return roles.indexOf(role) >= roles.indexOf(needed);
}
