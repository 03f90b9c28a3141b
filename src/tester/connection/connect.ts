/**
 * Opens a connection to whatever door an address names.
 * Invariant: it is open within the time limit, or the reason why not is thrown, in words
 * for people.
 */
import { describeAddress, type Address } from "./address.ts";
import { CannotConnect } from "../failure.ts";
import type { Connection } from "./connection.ts";
import type { Observations } from "./inbox.ts";
import { openStream } from "./stream.ts";
import { proveConnection } from "./token.ts";
import { openWeb } from "./web.ts";

export interface ConnectOptions {
  readonly address: Address;
  readonly limitMilliseconds: number;
  readonly observations: Observations;
}

/** @throws CannotConnect with a message for people. */
export async function connect(options: ConnectOptions): Promise<Connection> {
  const { address, limitMilliseconds } = options;
  const late = new AbortController();
  const opened = open(options, late.signal);
  const overdue = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    const error = new Error(`no answer within ${limitMilliseconds} ms${ifUnfit(address)}`);
    late.abort(error);
    overdue.reject(error);
  }, limitMilliseconds);
  try {
    return await Promise.race([opened, overdue.promise]);
  } catch (error) {
    void opened.then(
      (connection) => connection.close(),
      () => undefined,
    );
    throw cannotConnect(address, error);
  } finally {
    clearTimeout(timer);
  }
}

/** What gets no further by then must not keep the process. */
async function open(
  { address, limitMilliseconds, observations }: ConnectOptions,
  late: AbortSignal,
): Promise<Connection> {
  const connection =
    address.door === "web"
      ? await openWeb(address, observations, late)
      : await openStream(address, observations, late);
  const token = address.access?.token;
  return token === undefined
    ? connection
    : await proveConnection(connection, token, limitMilliseconds);
}

/** A server without TLS takes what it hears for the begin of a line, and waits for the rest. */
function ifUnfit({ door, access }: Address): string {
  return door === "tcp" && access?.tls !== undefined ? "; does it speak TLS there?" : "";
}

function cannotConnect(address: Address, error: unknown): CannotConnect {
  const code =
    typeof error === "object" && error !== null && "code" in error ? String(error.code) : "";
  const reason = reasons[code] ?? (error instanceof Error ? error.message : String(error));
  return new CannotConnect(
    `cannot connect to ${describeAddress(address)}: ${reason}. ` +
      "`glockd serve` starts a server; --host, --unix and --ws say where another one is.",
  );
}

const reasons: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nobody listens there",
  ENOENT: "there is no such socket file",
  ENOTFOUND: "there is no such host",
  EACCES: "not permitted",
};
