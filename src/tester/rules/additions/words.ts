/**
 * The words of part 2 of the protocol that most of its rules use: grants with a fence,
 * waits that are known to stand in line, and who stands there.
 */
import type { Client } from "../../client.ts";
import { RuleFailure } from "../../failure.ts";
import type { RuleContext } from "../../rule.ts";

/** Of a wait or a lease that shall run out; the reply may take as long as any other. */
export const shortSeconds = 0.05;
/** A server may round, but may not give up much sooner than it was asked to. */
const shortMillisecondsMin = 45;

/** Several clients, called by their labels. */
export function people<const Labels extends readonly string[]>(
  { connect }: RuleContext,
  ...labels: Labels
): Promise<{ [At in keyof Labels]: Client }> {
  return Promise.all(labels.map((label) => connect(label))) as Promise<{
    [At in keyof Labels]: Client;
  }>;
}

/** Asks for an exclusive lock, which has to be granted; returns the fence. */
export async function takes(client: Client, command: string, lock: string): Promise<number> {
  client.send(command);
  return await isGranted(client, command, lock);
}

/** The next line has to grant the lock; `after` says what led to it. Returns the fence. */
export async function isGranted(
  client: Client,
  after: string,
  lock: string,
  tag?: string,
): Promise<number> {
  const due = `${tag === undefined ? "" : `@${tag} `}FENCE Lock Get Success: ${lock}`;
  const [before = "", behind = ""] = due.split("FENCE");
  const came = await client.reply(after, due);
  const fence = came.slice(before.length, came.length - behind.length);
  if (!came.startsWith(before) || !came.endsWith(behind) || !/^[1-9]\d*$/.test(fence))
    throw client.failure(after, came, due);
  if (!Number.isSafeInteger(Number(fence))) throw client.failure(after, came, "a fence below 2^53");
  return Number(fence);
}

/** Waits with a tag; stands in line when this resolves. */
export async function queues(client: Client, command: string, tag = "wait"): Promise<void> {
  await client.expectNothing(`@${tag} ${command}`);
}

export async function releases(client: Client, lock: string): Promise<void> {
  await client.expect(`r ${lock}`, `1 Lock Release Success: ${lock}`);
}

/** One object of `ls`; what it has is for its own rules to judge. */
export interface Listed {
  readonly name: string;
  readonly mode: "exclusive" | "shared";
  readonly key: string | null;
  readonly waiters: number;
  readonly holders: readonly {
    readonly client: string | null;
    readonly name: string | null;
    readonly count: number;
    readonly fence: number;
    readonly since: string;
    readonly expires: string | null;
  }[];
}

/** All locks whose names begin so. @throws RuleFailure when a line is no JSON object. */
export async function listed(client: Client, prefix: string): Promise<readonly Listed[]> {
  const lines = await client.listing(`ls ${prefix}`);
  return lines.map((line) => {
    try {
      // JSON is UTF-8; all that the tester reads is a character a byte.
      return JSON.parse(Buffer.from(line, "latin1").toString("utf8")) as Listed;
    } catch {
      throw client.failure(`ls ${prefix}`, line, "a JSON object");
    }
  });
}

/** For waits without a tag, behind which nothing is answered: until `count` stand in line. */
export async function seenWaiting(client: Client, lock: string, count: number): Promise<void> {
  const sent = `ls ${lock}, while ${count} should wait`;
  await client.until(
    async () => (await listed(client, lock))[0]?.waiters ?? 0,
    (waiters) => waiters === count,
    { sent, due: `"waiters":${count}` },
  );
}

/** Something must not happen sooner than `shortSeconds` after `since`. */
export function expectNotEarly(client: Client, since: number, what: string): void {
  const took = performance.now() - since;
  if (took < shortMillisecondsMin)
    throw client.failure(what, `after ${took.toFixed(1)} ms`, `after ${shortSeconds * 1_000} ms`);
}

/** Each has to be larger than the one before it. */
export function expectRising(fences: readonly number[], sent: string): void {
  const due = "each larger than the one before";
  for (const [at, fence] of fences.entries())
    if (at > 0 && fence <= (fences[at - 1] ?? 0))
      throw new RuleFailure({ sent, came: `the fences ${fences.join(", ")}`, due });
}
