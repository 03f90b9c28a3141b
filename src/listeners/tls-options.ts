/** Certificates, as Bun takes them. Apart from their reading, which only TLS needs. */
import type { Certificates } from "../auth/certificates.ts";

/** What Bun's listeners take. TLS 1.2 is the least that they speak, whatever is asked for. */
export function tlsOptions({ cert, key, ca }: Certificates): Bun.TLSOptions {
  if (ca === null) return { cert, key };
  return { cert, key, ca, requestCert: true, rejectUnauthorized: true };
}
