/**
 * The server's certificate, its key, and whom it takes client certificates from.
 * Invariant: what is returned was tried: a listener can be opened with it.
 *
 * Servers load this only for TLS: `node:crypto` alone takes 8 ms.
 */
import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createSecureContext } from "node:tls";
import { reasonOf } from "../system/reason.ts";
import { UnusableFile } from "./unusable-file.ts";

/** Texts of PEM files. */
export interface Certificates {
  readonly cert: string;
  readonly key: string;
  /** Absent: clients are not asked for a certificate. */
  readonly ca: string | null;
  /** When the server's own ends, in milliseconds since the epoch. */
  readonly expiresWallMilliseconds: number;
}

/** @throws UnusableFile that names the file, what is wrong, and what to do. */
export async function loadCertificates(files: {
  readonly cert: string;
  readonly key: string;
  readonly ca?: string;
}): Promise<Certificates> {
  const cert = await readText(files.cert, "the certificate");
  const key = await readText(files.key, "the private key");
  const ca =
    files.ca === undefined ? null : await readText(files.ca, "the client certificates' CA");
  if (ca !== null) certificatesIn(ca, files.ca!);
  const own = certificateWithKey({ cert, key }, files);
  const expiresWallMilliseconds = Date.parse(own.validTo);
  await tryThem({ cert, key, ca }, files.cert);
  return { cert, key, ca, expiresWallMilliseconds };
}

async function readText(file: string, what: string): Promise<string> {
  try {
    return await readFile(file, "latin1");
  } catch (error) {
    throw new UnusableFile(`cannot read ${what} in ${file}: ${reasonOf(error)}`);
  }
}

/** The first certificate of `cert`, whose key `key` is. @throws UnusableFile that names the file. */
export function certificateWithKey(
  { cert, key }: { readonly cert: string; readonly key: string },
  files: { readonly cert: string; readonly key: string },
): X509Certificate {
  const [own] = certificatesIn(cert, files.cert);
  if (!own!.checkPrivateKey(privateKeyIn(key, files.key)))
    throw new UnusableFile(`${files.key} is not the key of the certificate in ${files.cert}`);
  return own!;
}

/** All of them, at least one. @throws UnusableFile that names `file`. */
export function certificatesIn(text: string, file: string): X509Certificate[] {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----[^]+?-----END CERTIFICATE-----/g) ?? [];
  if (blocks.length === 0) throw new UnusableFile(`${file} has no certificate in PEM in it`);
  return blocks.map((block, index) => {
    try {
      return new X509Certificate(block);
    } catch {
      throw new UnusableFile(`certificate ${index + 1} in ${file} is damaged`);
    }
  });
}

function privateKeyIn(text: string, file: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    throw new UnusableFile(
      `${file} has no private key in PEM in it that can be read; one with a passphrase cannot`,
    );
  }
}

/** As a listener would, so that none has to be closed for a file that is no good. */
async function tryThem(
  { cert, key, ca }: { cert: string; key: string; ca: string | null },
  file: string,
): Promise<void> {
  try {
    createSecureContext({ cert, key, ...(ca === null ? {} : { ca }) });
  } catch (error) {
    throw new UnusableFile(`the certificate in ${file} cannot be used: ${reasonOf(error)}`);
  }
}
