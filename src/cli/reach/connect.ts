/**
 * A command's conversation with the server, and what people are told when there is none.
 * Invariant: a server that cannot be reached, or ends the connection, is exit status 2 and
 * a line on standard error that names the place; nothing is tried again behind one's back.
 */
import {
  BadNameError,
  type Client,
  connect,
  type ConnectOptions,
  DeniedError,
  GlockdError,
  LostError,
} from "../../client/index.ts";
import { UsageError } from "../../flags.ts";
import { reasonOf } from "../../system/reason.ts";
import { exitStatus } from "../exit-status.ts";
import { complain } from "../display/output.ts";
import type { Reach } from "./reach.ts";
import { misfit } from "./misfit.ts";

/** What a command may want otherwise of its connection. */
export type Behaviour = Pick<ConnectOptions, "beat" | "name" | "ping" | "onState" | "reconnect">;

/**
 * Connects, and resolves with the exit status that `work` resolves with, or with 2 when a
 * GlockdError went unhandled, which is then told.
 * @throws what `work` throws and is no GlockdError, and UsageError for a name that cannot be.
 */
export async function atServer(
  command: string,
  reach: Reach,
  work: (client: Client) => Promise<number>,
  behaviour: Behaviour = {},
): Promise<number> {
  const client = openClient(reach, behaviour);
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof BadNameError) throw new UsageError(error.message);
    if (!(error instanceof GlockdError)) throw error;
    complain(`glockd ${command}: ${explain(error, reach)}\n`);
    return exitStatus.usage;
  } finally {
    await client.close();
  }
}

/** A client of that server, which gives up at the first failure unless told otherwise. */
export function openClient(reach: Reach, behaviour: Behaviour = {}): Client {
  return connect({ reconnect: false, ...reach.options, ...behaviour });
}

/** What went wrong, with what, and what to do: one line, without a full stop. */
export function explain(error: GlockdError, reach: Reach): string {
  const { place } = reach;
  if (error instanceof DeniedError) return denial(error, reach);
  const { cause } = error;
  if (error instanceof LostError) {
    if (error.reason !== "disconnected") return error.message;
    const why = cause instanceof Error ? `: ${whyEnded(cause, place)}` : "";
    return `the connection to ${place} was lost${why}`;
  }
  const unfit = misfit(error, reach);
  if (unfit !== undefined) return unfit;
  if (error.code !== "unavailable") return `${place}: ${error.message}`;
  if (isSystemError(cause)) {
    return `cannot reach ${place}: ${reasonOf(cause)}; is glockd running there? See -host and -unix`;
  }
  return `cannot use ${place}: ${shorn(error.message, place)}`;
}

function denial(error: DeniedError, { place, authSource }: Reach): string {
  if (error.reason === "no-token")
    return `${place} wants to know who you are: set GLOCKD_AUTH=NAME:SECRET, or give -token-file`;
  if (error.reason === "bad-token") return `${place} does not accept what ${authSource} holds`;
  return `${place}: ${error.message}`;
}

function isSystemError(cause: unknown): cause is NodeJS.ErrnoException {
  const { syscall } = (cause ?? {}) as NodeJS.ErrnoException;
  return syscall === "connect" || syscall === "getaddrinfo";
}

/** In the system's words, where it was the system. */
function whyEnded({ message, cause }: Error, place: string): string {
  const { code } = (cause ?? {}) as NodeJS.ErrnoException;
  return code === undefined ? shorn(message, place) : reasonOf(cause);
}

/** Without the place in front, which the sentence names already. */
function shorn(message: string, place: string): string {
  return message.startsWith(`${place}: `) ? message.slice(place.length + 2) : message;
}
