/**
 * Certificates made for a test, by the openssl that a user has.
 * Invariant: `await using` removes them.
 */
import { readFileSync } from "node:fs";
import { scratch } from "../../cli/glockd.ts";

/** Paths and texts of a certificate and its key. */
export interface Pair {
  readonly cert: string;
  readonly key: string;
  readonly texts: { readonly cert: string; readonly key: string };
}

/** A room with certificates; names are file names. */
export interface Workshop extends AsyncDisposable {
  path(name: string): string;
  /** Signed by itself, for localhost and 127.0.0.1. */
  selfSigned(name: string, commonName?: string): Pair;
  /** Signed by `authority`, for so many days from now: -1 has expired. */
  signed(name: string, authority: Pair, commonName: string, days?: number): Pair;
}

export function workshop(): Workshop {
  const room = scratch();
  const pair = (name: string): Pair => {
    const [cert, key] = [room.path(`${name}.crt`), room.path(`${name}.key`)];
    return {
      cert,
      key,
      texts: { cert: readFileSync(cert, "utf8"), key: readFileSync(key, "utf8") },
    };
  };
  return {
    path: (name) => room.path(name),
    selfSigned(name, commonName = name) {
      const names = "subjectAltName=DNS:localhost,IP:127.0.0.1";
      openssl(
        "req",
        "-x509",
        ...ofNewKey(room.path(name), commonName),
        "-addext",
        names,
        "-out",
        room.path(`${name}.crt`),
      );
      return pair(name);
    },
    signed(name, authority, commonName, days = 30) {
      const request = room.path(`${name}.csr`);
      openssl("req", ...ofNewKey(room.path(name), commonName), "-out", request);
      const by = [
        "-CA",
        authority.cert,
        "-CAkey",
        authority.key,
        "-CAcreateserial",
        "-days",
        `${days}`,
      ];
      openssl("x509", "-req", "-in", request, ...by, "-out", room.path(`${name}.crt`));
      return pair(name);
    },
    [Symbol.asyncDispose]: () => room[Symbol.asyncDispose](),
  };
}

/** Why there can be no certificates; undefined when there can. */
export const withoutOpenssl =
  Bun.which("openssl") === null ? "openssl is not installed" : undefined;

function ofNewKey(path: string, commonName: string): string[] {
  const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  return [...curve, "-keyout", `${path}.key`, "-subj", `/CN=${commonName}`];
}

function openssl(...argv: readonly string[]): void {
  const { exitCode, stderr } = Bun.spawnSync(["openssl", ...argv]);
  if (exitCode !== 0) throw new Error(`openssl ${argv.join(" ")}: ${stderr.toString()}`);
}
