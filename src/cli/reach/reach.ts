/**
 * Which server is meant, and as whom: flags and variables → what the client library takes.
 * Invariant: what was typed wins over what the environment says, and nothing that was
 * typed goes unused: it is an error.
 */
import { readFileSync } from "node:fs";
import type { ConnectOptions, TlsOptions } from "../../client/index.ts";
import { type FlagValues, UsageError } from "../../flags.ts";
import { certificatesIn, certificateWithKey } from "../../auth/certificates.ts";
import { UnusableFile } from "../../auth/unusable-file.ts";
import { reasonOf } from "../../system/reason.ts";
import type { reachFlags } from "./flags.ts";

/** How to reach a server. */
export interface Reach {
  readonly options: Pick<ConnectOptions, "tcp" | "unix" | "tls" | "auth">;
  /** The server for people: `127.0.0.1:9999`, `unix:/run/glockd/socket`. */
  readonly place: string;
  /** Where the credential came from, for messages; undefined: there is none. */
  readonly authSource: string | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Values = FlagValues<typeof reachFlags>;

/** A command line that was read with `reachFlags` in its table. */
interface Read {
  readonly values: Values;
  readonly given: ReadonlySet<string>;
  readonly typed: ReadonlySet<string>;
}

/** @throws UsageError when that is no server, or a file cannot be read. */
export function reachOf(read: Read, env: Environment): Reach {
  const { values, typed } = read;
  const { auth, authSource } = credential(read, env);
  const unix = isByUnix(read) ? values.unix : undefined;
  if (unix !== undefined) {
    const idle = [...typed].find((name) => name === "tls" || name.startsWith("tls-"));
    if (idle !== undefined) throw new UsageError(`-${idle}: a unix socket speaks no TLS`);
    return { options: { unix, auth }, place: `unix:${unix}`, authSource };
  }
  const tcp = hostAndPort(values.host, typed.has("host") ? "-host" : "GLOCKD_HOST");
  const tls = tlsOptions(read);
  return { options: { tcp, auth, ...(tls && { tls }) }, place: tcp, authSource };
}

/** A typed flag wins over both variables, and a socket of this machine over a host. */
function isByUnix({ values, typed }: Read): boolean {
  if (typed.has("unix") && typed.has("host"))
    throw new UsageError("-unix and -host are two servers: give one of them");
  return values.unix !== undefined && !typed.has("host");
}

const portDefault = 9999;

/** `lock1`, `lock1:7000`, `10.0.0.7`, `::1`, `[::1]:7000`, `:7000`; always with a port then. */
export function hostAndPort(text: string, where: string): string {
  const bare = /^[0-9a-f.:]*:[0-9a-f.:]*:[0-9a-f.:]*$/i.test(text) ? `[${text}]` : text;
  const match = /^(?:\[([0-9a-f.:]+(?:%\w+)?)\]|([^:[\]\s/]*))(?::(\d{1,5}))?$/i.exec(bare);
  const [, ipv6, host, port = String(portDefault)] = match ?? [];
  if (match === null || (host === "" && match[3] === undefined) || !isPort(Number(port)))
    throw new UsageError(
      `${where}: ${JSON.stringify(text)} is not HOST[:PORT], such as 10.0.0.7:9999 or [::1]:9999`,
    );
  return `${ipv6 === undefined ? host || "127.0.0.1" : `[${ipv6}]`}:${Number(port)}`;
}

function isPort(port: number): boolean {
  return port >= 1 && port <= 65_535;
}

/** NAME:SECRET: of a typed file, of GLOCKD_AUTH, of a file that a variable names. */
function credential(
  { values, typed }: Read,
  env: Environment,
): { auth: string | undefined; authSource: string | undefined } {
  const file = values["token-file"];
  const variable = env["GLOCKD_AUTH"];
  if (variable && !typed.has("token-file"))
    return { auth: checked(variable, "GLOCKD_AUTH"), authSource: "GLOCKD_AUTH" };
  if (file === undefined) return { auth: undefined, authSource: undefined };
  const [line = ""] = textOf(file, "the credential").split("\n", 1);
  return { auth: checked(line.replace(/\r$/, ""), file), authSource: file };
}

/** What is wrong is told without what stands there. */
function checked(token: string, where: string): string {
  if (/^[!-9;-~]+:[^\s\p{Cc}]+$/u.test(token)) return token;
  throw new UsageError(`${where} does not hold a credential: NAME:SECRET, without white space`);
}

function tlsOptions({ values, given }: Read): TlsOptions | undefined {
  const { tls, "tls-ca": ca, "tls-cert": cert, "tls-key": key, "tls-name": servername } = values;
  const isAsked = given.has("tls") ? tls : [ca, cert, key, servername].some(Boolean);
  if (!isAsked) return undefined;
  if ((cert === undefined) !== (key === undefined))
    throw new UsageError("-tls-cert and -tls-key go together: give both or neither");
  return {
    ...(ca !== undefined && trusted(ca)),
    ...(cert !== undefined && key !== undefined && shown({ cert, key })),
    ...(servername !== undefined && { servername }),
  };
}

function trusted(file: string): TlsOptions {
  const ca = textOf(file, "the CAs");
  usable(() => certificatesIn(ca, file));
  return { ca };
}

function shown(files: { readonly cert: string; readonly key: string }): TlsOptions {
  const cert = textOf(files.cert, "the certificate");
  const key = textOf(files.key, "the private key");
  usable(() => certificateWithKey({ cert, key }, files));
  return { cert, key };
}

/** What is no good is told with its file's name, before a server is bothered. */
function usable(check: () => unknown): void {
  try {
    check();
  } catch (error) {
    throw error instanceof UnusableFile ? new UsageError(error.message) : error;
  }
}

function textOf(file: string, what: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UsageError(`cannot read ${what} in ${file}: ${reasonOf(error)}`);
  }
}
