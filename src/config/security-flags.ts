/**
 * The flags of `serve` that say who may connect and what they may do, and what they and
 * the environment mean together.
 * Invariant: who asks for encryption gets it or an error, never a plain listener.
 */
import { type Flag, UsageError } from "../flag.ts";

/** In the order of the usage. */
export const securityFlags = [
  {
    name: "auth-file",
    kind: "string",
    default: undefined,
    value: "FILE",
    env: true,
    help: "Credentials, one a line: role, name, secret from glockd hash, prefixes. Reread on SIGHUP.",
  },
  {
    name: "tls-cert",
    kind: "string",
    default: undefined,
    value: "FILE",
    aliases: ["ssl-cert"],
    env: true,
    help: "Certificate chain in PEM: TLS for TCP and WebSocket. Reread on SIGHUP.",
  },
  {
    name: "tls-key",
    kind: "string",
    default: undefined,
    value: "FILE",
    aliases: ["ssl-key"],
    env: true,
    help: "Its private key.",
  },
  {
    name: "tls-ca",
    kind: "string",
    default: undefined,
    value: "FILE",
    aliases: ["ssl-ca"],
    env: true,
    help: "Ask clients for a certificate that one of these has signed.",
  },
  {
    name: "ssl",
    kind: "boolean",
    default: false,
    env: true,
    help: "As the Go server has it: TLS with client certificates; needs the three above.",
  },
] as const satisfies readonly Flag[];

/** Paths of PEM files. */
export interface CertificateFiles {
  readonly cert: string;
  readonly key: string;
  /** Whose certificates clients must show; none unless given. */
  readonly ca?: string;
}

/** The part of a Config that these flags make. */
export interface Security {
  /** Path of the credentials, if any. */
  readonly authFile: string | undefined;
  /** AUTH_USER and AUTH_PASS. */
  readonly authEnvironment: { readonly name: string; readonly secret: string } | undefined;
  /** `undefined`: TCP and WebSocket are plain. */
  readonly tls: CertificateFiles | undefined;
}

interface SecurityValues {
  readonly "auth-file": string | undefined;
  readonly "tls-cert": string | undefined;
  readonly "tls-key": string | undefined;
  readonly "tls-ca": string | undefined;
  readonly ssl: boolean;
}

/** @throws UsageError when something is missing for what was asked. */
export function securityOf(
  values: SecurityValues,
  given: ReadonlySet<string>,
  env: Readonly<Record<string, string | undefined>>,
): Security {
  return {
    authFile: values["auth-file"],
    authEnvironment: environmentCredential(env),
    // The Go server takes no notice of the files when it is told not to.
    tls: given.has("ssl") && !values.ssl ? undefined : certificateFiles(values),
  };
}

function certificateFiles(values: SecurityValues): CertificateFiles | undefined {
  const { "tls-cert": cert, "tls-key": key, "tls-ca": ca } = values;
  if (values.ssl && (cert === undefined || key === undefined || ca === undefined))
    throw new UsageError("-ssl needs -ssl-cert, -ssl-key and -ssl-ca");
  if (cert === undefined && key === undefined && ca === undefined) return undefined;
  if (cert === undefined || key === undefined)
    throw new UsageError("TLS needs both -tls-cert and -tls-key");
  return ca === undefined ? { cert, key } : { cert, key, ca };
}

function environmentCredential(
  env: Readonly<Record<string, string | undefined>>,
): Security["authEnvironment"] {
  const { AUTH_USER: name = "", AUTH_PASS: secret = "" } = env;
  if (name === "" && secret === "") return undefined;
  if (name === "" || secret === "")
    throw new UsageError("AUTH_USER and AUTH_PASS make a credential together: set both or neither");
  return { name, secret };
}
