/** Whether a connection is still there, as the system sees it, before we are told. */
import { libc } from "./libc.ts";

/** `true` also where the system cannot be asked. */
export function isConnected(descriptor: number): boolean {
  const c = libc();
  if (c === undefined) return true;
  // Longer than any address.
  const address = new Uint8Array(128);
  return c.getpeername(descriptor, address, Int32Array.of(address.length)) === 0;
}
