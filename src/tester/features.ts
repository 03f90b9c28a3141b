/**
 * What the tested server offers, found out before the rules run, so that a rule that
 * makes no sense there is skipped with the reason and not failed.
 * Invariant: only what a server may lack by configuration or age is a feature; all else
 * is due.
 */
import type { Address } from "./connection/address.ts";
import type { Connection } from "./connection/connection.ts";
import { NoReply, visible } from "./failure.ts";

/** `stream` and `web` are doors, of which a server is tested through one. */
export type Feature = "stream" | "web" | "registry" | "dump" | "pipelining";

/** For each feature why it is missing, or `undefined` when it is there. */
export type Features = Readonly<Record<Feature, string | undefined>>;

/**
 * Asks a fresh connection for everything.
 * @throws NoReply when the server does not answer the simplest command.
 */
export async function probeFeatures(
  connection: Connection,
  address: Address,
  uniqueName: (label: string) => string,
  limitMilliseconds: number,
): Promise<Features> {
  const ask = async (command: string): Promise<string> => {
    connection.send(`${command}\n`);
    return await connection.inbox.line(limitMilliseconds);
  };
  await ask(`i ${uniqueName("probe")}`);
  const pipelining = await probePipelining(connection, uniqueName("probe"), limitMilliseconds);
  const name = uniqueName("probe");
  await ask(`g ${name}`);
  // A held lock, so that its listing has a line and the absence of one means nothing else.
  const dump = disabled("-dump=false", await ask(`d ${name}`).catch(noReply));
  await ask(`r ${name}`).catch(noReply);
  const registry = disabled("-registry=false", await ask("iam").catch(noReply));
  return {
    stream: address.door === "web" ? "only over TCP and unix sockets" : undefined,
    web: address.door === "web" ? undefined : "only over a WebSocket (--ws)",
    registry,
    dump,
    pipelining,
  };
}

async function probePipelining(
  connection: Connection,
  name: string,
  limitMilliseconds: number,
): Promise<string | undefined> {
  connection.send(`i ${name}\ni ${name}\n`);
  try {
    await connection.inbox.line(limitMilliseconds);
    await connection.inbox.line(Math.min(limitMilliseconds, secondReplyMilliseconds));
    return undefined;
  } catch (error) {
    if (!(error instanceof NoReply)) throw error;
    return "this server answers only the first command of a packet";
  }
}

/** The first reply came already; the second is either on its way or will never come. */
const secondReplyMilliseconds = 1_000;

function disabled(flag: string, reply: string): string | undefined {
  return reply === "0 disabled"
    ? `disabled on this server (${flag}): it answers ${visible(reply)}`
    : undefined;
}

/** A server that does not answer has the feature and breaks its rules, which say so. */
function noReply(error: unknown): string {
  if (error instanceof NoReply) return "";
  throw error;
}
