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
  const opened = open(options);
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`no answer within ${limitMilliseconds} ms`)),
    limitMilliseconds,
  );
  try {
    return await Promise.race([opened, late.promise]);
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

async function open({
  address,
  limitMilliseconds,
  observations,
}: ConnectOptions): Promise<Connection> {
  const connection =
    address.door === "web"
      ? await openWeb(address, observations)
      : await openStream(address, observations);
  const token = address.access?.token;
  return token === undefined
    ? connection
    : await proveConnection(connection, token, limitMilliseconds);
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
