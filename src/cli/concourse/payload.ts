/**
 * What Concourse hands over on standard input: `{source, version, params}`, read once.
 * Invariant: no message that is made here shows a value of the source, as one is a password.
 */

/** Something in the request that cannot be followed; the message names the member. */
export class BadRequest extends Error {
  override readonly name = "BadRequest";
}

/** Where the server is, and which lock is meant. */
export interface Source {
  /** The server's address without credentials and without a slash at its end. */
  readonly uri: string;
  /** The header that says who asks; undefined where nobody in particular does. */
  readonly authorization: string | undefined;
  readonly tls: { readonly ca?: string; readonly rejectUnauthorized?: boolean };
  readonly lockName: string;
}

/** What a `put` step is to do. */
export interface OutParams {
  readonly operation: "lock" | "unlock";
  readonly key: string;
  /** Who locks; the key where nobody is named. */
  readonly requestor: string;
}

export interface Payload {
  readonly source: Source;
  /** The version that is asked for; undefined in the first check. */
  readonly ref: string | undefined;
  /** Read only where they are needed. @throws BadRequest */
  outParams(): OutParams;
}

/** @throws BadRequest */
export function readPayload(text: string): Payload {
  const payload = parsed(text);
  const version = membersOf(payload["version"] ?? {}, "version");
  return {
    source: readSource(membersOf(payload["source"] ?? {}, "source")),
    ref: textOf(version, "version", "ref"),
    outParams: () => readOutParams(membersOf(payload["params"] ?? {}, "params")),
  };
}

type Members = Readonly<Record<string, unknown>>;

function parsed(text: string): Members {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message quotes what it stumbles over.
    throw new BadRequest("standard input is no JSON; Concourse sends {source, version, params}");
  }
  return membersOf(value, "standard input");
}

function readSource(source: Members): Source {
  const { uri, userinfo } = readUri(required(source, "source", "locker_uri"));
  const username = textOf(source, "source", "username");
  const password = textOf(source, "source", "password");
  const pair = username !== undefined && password !== undefined && `${username}:${password}`;
  const credentials = pair || userinfo;
  const ca = textOf(source, "source", "ca_cert");
  const lockName = required(source, "source", "lock_name");
  if (lockName === "." || lockName === "..")
    throw new BadRequest(`source.lock_name: ${lockName} cannot be named in an address`);
  return {
    uri,
    authorization:
      credentials === undefined
        ? undefined
        : `Basic ${Buffer.from(credentials, "utf8").toString("base64")}`,
    tls: {
      ...(ca === undefined ? {} : { ca }),
      ...(flagOf(source, "source", "skip_ssl_validation") ? { rejectUnauthorized: false } : {}),
    },
    lockName,
  };
}

/** As curl reads it: what has no scheme is http. */
function readUri(text: string): { uri: string; userinfo: string | undefined } {
  const written = text.includes("://") ? text : `http://${text}`;
  const url = URL.canParse(written) ? new URL(written) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new BadRequest("source.locker_uri is no address such as https://locks.example:9998");
  const userinfo =
    url.username === "" ? undefined : decodeURIComponent(`${url.username}:${url.password}`);
  return { uri: `${url.protocol}//${url.host}${url.pathname.replace(/\/+$/, "")}`, userinfo };
}

function readOutParams(params: Members): OutParams {
  const key = required(params, "params", "key");
  const operation = required(params, "params", "lock_op");
  if (operation !== "lock" && operation !== "unlock")
    throw new BadRequest(`params.lock_op is ${JSON.stringify(operation)}; say lock or unlock`);
  const by = textOf(params, "params", "lock_by");
  const alsoBy = textOf(params, "params", "locked_by");
  if (by !== undefined && alsoBy !== undefined && by !== alsoBy)
    throw new BadRequest("params.lock_by and params.locked_by do not agree; say one of them");
  return { operation, key, requestor: by ?? alsoBy ?? key };
}

function required(members: Members, where: string, name: string): string {
  const text = textOf(members, where, name);
  if (text === undefined) throw new BadRequest(`${where}.${name} is missing`);
  return text;
}

/** Numbers and booleans count as their text: YAML makes them of `password: 1234`. */
function textOf(members: Members, where: string, name: string): string | undefined {
  const value = members[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value === "object") throw new BadRequest(`${where}.${name} is no text`);
  return String(value);
}

function flagOf(members: Members, where: string, name: string): boolean {
  const text = textOf(members, where, name) ?? "false";
  if (text !== "true" && text !== "false")
    throw new BadRequest(`${where}.${name} is neither true nor false`);
  return text === "true";
}

function membersOf(value: unknown, where: string): Members {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Members;
  throw new BadRequest(`${where} is no JSON object`);
}
