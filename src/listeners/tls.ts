/** TLS of the listeners: its files, read only where it is wanted, and what Bun takes. */
import type { Certificates } from "../auth/certificates.ts";
import type { Config } from "../config.ts";

/** `null` without TLS. @throws UnusableFile */
export async function certificatesOf({ tls }: Config): Promise<Certificates | null> {
  if (tls === undefined) return null;
  // Loaded here: most servers do without, and it needs `node:crypto`, which is slow to load.
  const { loadCertificates } = await import("../auth/certificates.ts");
  return await loadCertificates(tls);
}

/** What Bun's listeners take. TLS 1.2 is the least that they speak, whatever is asked for. */
export function tlsOptions({ cert, key, ca }: Certificates): Bun.TLSOptions {
  if (ca === null) return { cert, key };
  return { cert, key, ca, requestCert: true, rejectUnauthorized: true };
}
