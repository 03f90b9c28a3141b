/**
 * Reads `q` and judges by how much its counters moved.
 * Invariant: on a server that nobody else uses the counts have to be exact; where others
 * are at work they may be higher, and only there.
 */
import type { Client } from "../client.ts";
import type { RuleContext } from "../rule.ts";

/** Counters by key, as `q` lists them. */
export type Counters = ReadonlyMap<string, number>;

/** How far each counter has to move; what is not named has to stay. */
export type Moves = Readonly<Record<string, number>>;

/** These go down as well, so others' doings can hide ours: not judged on a busy server. */
const gauges: ReadonlySet<string> = new Set(["connections", "locks", "shared_locks"]);

/** A wrong count on a quiet server is wrong for good after so many of them. */
const strikesMax = 3;
const attemptsMax = 8;
/** Old servers count a little after they answered. */
const settleMilliseconds = 5;
const settleReads = 10;

/** @throws RuleFailure when a line is not `KEY: N`. */
export async function readCounters(client: Client): Promise<Counters> {
  const lines = await client.listing("q");
  const counters = new Map<string, number>();
  for (const line of lines) {
    const match = /^([a-z_]+): (\d+)$/.exec(line);
    if (match?.[1] === undefined) throw client.failure("q", line, "KEY: N");
    counters.set(match[1], Number(match[2]));
  }
  return counters;
}

/** What has to move the counters, and by how much. */
export interface Expectation {
  /** Reads the counters, and does nothing else meanwhile. */
  readonly reader: Client;
  readonly due: Moves;
  /** Has to do the same each time: it is repeated when others disturbed it. */
  readonly act: () => Promise<void>;
  /** What has to be there before each `act`. */
  readonly prepare?: () => Promise<void>;
}

/** Does `act` and sees `due` happen to the counters. @throws RuleFailure if it does not. */
export async function expectMoves(context: RuleContext, expectation: Expectation): Promise<void> {
  const { reader, due, act, prepare = async () => undefined } = expectation;
  let strikes = 0;
  let difference = "";
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    await prepare();
    const quietBefore = await isQuiet(reader);
    const before = await readCounters(reader);
    await act();
    difference = await settled(reader, before, due, exactDifference);
    if (difference === "") return;
    if (quietBefore && (await isQuiet(reader))) strikes += 1;
    if (strikes === strikesMax) throw reader.failure("q before and after", difference, shown(due));
  }
  await prepare();
  const before = await readCounters(reader);
  await act();
  difference = await settled(reader, before, due, missing);
  if (difference !== "")
    throw reader.failure("q before and after", difference, `${shown(due)} or more`);
  context.note("others use this server, so counts were only seen to grow enough");
}

/**
 * Reading the counters twice in a row has to move `key` by one. Others come in between only
 * now and then, so a move that is wrong in the same way each time is the server's.
 */
export async function expectCountsItself(client: Client, key: string): Promise<void> {
  const moves: number[] = [];
  for (let attempt = 0; attempt < attemptsMax; attempt += 1) {
    const before = (await readCounters(client)).get(key) ?? 0;
    moves.push(((await readCounters(client)).get(key) ?? 0) - before);
  }
  const [first = 0] = moves;
  if (first !== 1 && moves.every((move) => move === first))
    throw client.failure("q and i, twice", `${key} ${signed(first)}, each time`, `${key} +1`);
}

/** Nothing moves but what reading the counters moves. */
async function isQuiet(client: Client): Promise<boolean> {
  const before = await readCounters(client);
  await Bun.sleep(settleMilliseconds);
  return exactDifference(before, await readCounters(client), {}, 1) === "";
}

type Judge = (before: Counters, after: Counters, due: Moves, reads: number) => string;

/** Reads until the judge is content, a few times; returns what it still complains of. */
async function settled(
  client: Client,
  before: Counters,
  due: Moves,
  judge: Judge,
): Promise<string> {
  let complaint = "";
  for (let reads = 1; reads <= settleReads; reads += 1) {
    complaint = judge(before, await readCounters(client), due, reads);
    if (complaint === "") return "";
    await Bun.sleep(settleMilliseconds);
  }
  return complaint;
}

/** Each read is one `q`, and one `i` that shows where its listing ends. */
function dueMove(key: string, due: Moves, reads: number): number {
  return (due[key] ?? 0) + (key === "command_q" || key === "command_i" ? reads : 0);
}

function exactDifference(before: Counters, after: Counters, due: Moves, reads: number): string {
  const keys = new Set([...after.keys(), ...Object.keys(due)]);
  // What our own connections say before they are a rule's.
  keys.delete("command_auth");
  return complaints(keys, before, after, (key, moved) => moved === dueMove(key, due, reads));
}

function missing(before: Counters, after: Counters, due: Moves, reads: number): string {
  const keys = Object.keys(due).filter((key) => !gauges.has(key));
  return complaints(keys, before, after, (key, moved) => moved >= dueMove(key, due, reads));
}

function complaints(
  keys: Iterable<string>,
  before: Counters,
  after: Counters,
  right: (key: string, moved: number) => boolean,
): string {
  const wrong: string[] = [];
  for (const key of keys) {
    const moved = (after.get(key) ?? 0) - (before.get(key) ?? 0);
    if (!right(key, moved)) wrong.push(`${key} ${signed(moved)}`);
  }
  return wrong.join(", ");
}

function shown(due: Moves): string {
  return Object.entries(due)
    .map(([key, move]) => `${key} ${signed(move)}`)
    .join(", ");
}

function signed(move: number): string {
  return move < 0 ? `${move}` : `+${move}`;
}
