/**
 * What Concourse has a resource do: `check` for versions, `in` for a `get` step, `out` for
 * a `put` step. What they return goes to standard output as JSON.
 * Invariant: nothing is taken whose version could not be told afterwards.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { reasonOf } from "../../system/reason.ts";
import { Locker, LockerError } from "./locker.ts";
import { holdersOf, holderText, type Locks, readLocks, refOf } from "./locks.ts";
import { type Pace, persistently } from "./pace.ts";
import type { OutParams, Payload } from "./payload.ts";
import { take } from "./taking.ts";

export interface Version {
  readonly ref: string;
}

/** What a `get` or `put` step tells of its version: Concourse shows the metadata to people. */
export interface StepResult {
  readonly version: Version;
  readonly metadata: readonly { readonly name: string; readonly value: string }[];
}

export interface Surroundings {
  readonly pace: Pace;
  /** Tells people a line. */
  readonly say: (line: string) => void;
}

/** The one version that there is: of the locks as they are now. @throws LockerError */
export async function check({ source }: Payload): Promise<readonly Version[]> {
  return [{ ref: refOf(await listLocks(new Locker(source))) }];
}

/** Writes who holds the lock to `directory`/lock. @throws LockerError, CannotWrite */
export async function get({ source, ref }: Payload, directory: string): Promise<StepResult> {
  const locks = await listLocks(new Locker(source));
  await write(directory, holderText(locks, source.lockName));
  // The version is the one that was asked for, or Concourse would have fetched another.
  return { version: { ref: ref ?? refOf(locks) }, metadata: metadataOf(locks, source.lockName) };
}

/** The file that a `get` step is to leave cannot be written. */
export class CannotWrite extends Error {
  override readonly name = "CannotWrite";
}

/** @throws LockerError, BadRequest */
export async function put(payload: Payload, { pace, say }: Surroundings): Promise<StepResult> {
  const { source } = payload;
  const { operation, ...bearing } = payload.outParams();
  const locker = new Locker(source);
  const before = await listLocks(locker);
  const wanted = { name: source.lockName, ...bearing };
  if (operation === "lock") await take({ locker, wanted, locks: before, pace, say });
  else await release(locker, wanted, { pace, say });
  const path = "/locks";
  const after = locksIn(
    locker,
    await persistently(() => locker.ask({ method: "GET", path }), pace, say),
  );
  say(`${operation}ed ${source.lockName} for ${bearing.requestor}`);
  const holders = holdersOf(after, source.lockName);
  if (operation === "unlock" && holders !== undefined)
    say(`${source.lockName} is still held, by ${holders}: each lock_by unlocks its own`);
  return { version: { ref: refOf(after) }, metadata: metadataOf(after, source.lockName) };
}

async function write(directory: string, text: string): Promise<void> {
  const path = join(directory, "lock");
  try {
    await mkdir(directory, { recursive: true });
    await writeFile(path, text);
  } catch (error) {
    throw new CannotWrite(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

async function release(
  locker: Locker,
  { name, key, requestor }: { name: string } & Omit<OutParams, "operation">,
  { pace, say }: Surroundings,
): Promise<void> {
  const request = {
    method: "DELETE",
    path: `/lock/${encodeURIComponent(name)}`,
    body: { key, requestor },
  };
  // Released twice is released once: it may be sent again.
  const answer = await persistently(() => locker.ask(request), pace, say);
  // In words of our own: the server's name the key.
  if (answer.status === 423)
    throw new LockerError(`the lock ${name} is held under another key; nothing was unlocked`);
  if (answer.status !== 200) throw locker.refused(`unlock ${name}`, answer);
}

async function listLocks(locker: Locker): Promise<Locks> {
  return locksIn(locker, await locker.ask({ method: "GET", path: "/locks" }));
}

function locksIn(locker: Locker, answer: Awaited<ReturnType<Locker["ask"]>>): Locks {
  if (answer.status !== 200) throw locker.refused("list its locks", answer);
  return readLocks(answer);
}

function metadataOf(locks: Locks, name: string): StepResult["metadata"] {
  const holders = holdersOf(locks, name);
  return [
    { name: "lock", value: name },
    { name: "status", value: locks.has(name) ? "locked" : "unlocked" },
    ...(holders === undefined ? [] : [{ name: "locked_by", value: holders }]),
  ];
}
