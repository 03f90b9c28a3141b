/**
 * What the tested server offers, found out before the rules run, so that a rule that
 * makes no sense there is skipped with the reason and not failed.
 * Invariant: only what a server may lack by configuration, by age or by its own word is a
 * feature; all else is due.
 */
import type { Address } from "./connection/address.ts";
import type { Connection } from "./connection/connection.ts";
import { NoReply, RuleFailure, visible } from "./failure.ts";

/** Doors, of which a server is tested through one: bytes that flow, and messages. */
type Door = "stream" | "web";

/** What we may do there, of which we are one: an administrator, or anybody. */
type Rank = "administrator" | "ordinary";

/** What was added to the protocol of the older servers, in the words of `version`. */
const additions = [
  "tags",
  "waits",
  "fences",
  "limits",
  "keys",
  "beat",
  "notify",
  "ls",
  "free",
] as const;
type Addition = (typeof additions)[number];

/** `version`: the server tells what it has beyond the older ones. */
export type Feature = Door | Rank | Addition | "registry" | "dump" | "pipelining" | "version";

/** For each feature why it is missing, or `undefined` when it is there. */
export type Features = Readonly<Record<Feature, string | undefined>>;

interface Probe {
  readonly connection: Connection;
  readonly uniqueName: (label: string) => string;
  readonly limitMilliseconds: number;
}

/**
 * Asks a fresh connection for everything.
 * @throws NoReply when the server does not answer the simplest command, RuleFailure when it
 * does with what no lock server says.
 */
export async function probeFeatures(
  connection: Connection,
  address: Address,
  uniqueName: (label: string) => string,
  limitMilliseconds: number,
): Promise<Features> {
  const probe = { connection, uniqueName, limitMilliseconds };
  const ask = async (command: string): Promise<string> => {
    connection.send(`${command}\n`);
    return await connection.inbox.line(limitMilliseconds);
  };
  const free = uniqueName("probe");
  const reply = await ask(`i ${free}`);
  if (!/^[01] /.test(reply)) throw foreign(`i ${free}`, reply);
  const pipelining = await probePipelining(probe);
  const name = uniqueName("probe");
  await ask(`g ${name}`);
  // A held lock, so that its listing has a line and the absence of one means nothing else.
  const dump = disabled("-dump=false", await ask(`d ${name}`).catch(noReply));
  await ask(`r ${name}`).catch(noReply);
  const registry = disabled("-registry=false", await ask("iam").catch(noReply));
  const version = await probeVersion(probe, pipelining === undefined);
  const offered = added(version);
  const { access, door } = address;
  // Without credentials the door decides, and a server that decides otherwise is wrong.
  const asked = access?.token !== undefined || access?.tls?.cert !== undefined;
  const administers =
    asked && offered.free === undefined
      ? (await ask(`free ${uniqueName("probe")}`)) !== "0 denied"
      : door === "unix";
  return {
    ...doorFeatures(address),
    ...rank(administers),
    ...offered,
    registry,
    dump,
    pipelining,
  };
}

/** Of a server of something else, which would break every rule, many of them by silence. */
function foreign(sent: string, reply: string): RuleFailure {
  const came = `${visible(reply)}; is it a lock server?`;
  return new RuleFailure({ sent, came, due: "0 Lock Not Locked" });
}

function rank(administers: boolean): Readonly<Record<Rank, string | undefined>> {
  return {
    administrator: administers
      ? undefined
      : "only for administrators: over a unix socket (--unix), or with such a credential",
    ordinary: administers ? "only for who is no administrator" : undefined,
  };
}

function doorFeatures({ door }: Address): Readonly<Record<Door, string | undefined>> {
  const isWeb = door === "web";
  return {
    stream: isWeb ? "only over TCP and unix sockets" : undefined,
    web: isWeb ? undefined : "only over a WebSocket (--ws)",
  };
}

async function probePipelining(probe: Probe): Promise<string | undefined> {
  const { connection, uniqueName, limitMilliseconds } = probe;
  const name = uniqueName("probe");
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

/** What `version` answers; `undefined` on a server that does not know it. */
async function probeVersion(
  { connection, uniqueName, limitMilliseconds }: Probe,
  pipelining: boolean,
): Promise<string | undefined> {
  // A server that does one command a packet is older than this one.
  if (!pipelining) return undefined;
  const name = uniqueName("probe");
  connection.send(`version\ni ${name}\n`);
  const first = await connection.inbox.line(limitMilliseconds);
  if (first === `0 Lock Not Locked: ${name}`) return undefined;
  await connection.inbox.line(limitMilliseconds);
  return first;
}

/** From `1 glockd VERSION FEATURE …`. */
function added(
  version: string | undefined,
): Readonly<Record<Addition | "version", string | undefined>> {
  const words = version?.split(" ") ?? [];
  const older =
    words[0] === "1"
      ? undefined
      : "this server has only the commands of the older ones: it does not answer version";
  const reason = (addition: Addition): string | undefined =>
    words.indexOf(addition, wordsBeforeFeatures) === -1
      ? (older ?? `this server does not have it: version tells no ${addition}`)
      : undefined;
  const reasons = additions.map((addition) => [addition, reason(addition)] as const);
  return { ...(Object.fromEntries(reasons) as ReturnType<typeof added>), version: older };
}

/** `1`, what it is called, and its version. */
const wordsBeforeFeatures = 3;

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
