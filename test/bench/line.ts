/**
 * Many tagged waits over a few connections: what it costs to join a line, to leave it and
 * to be granted, for each of them.
 * Invariant: commands go out as fast as the server takes them, each phase is timed from
 * its first byte to its last reply, and every reply is counted.
 */
import type { Address } from "../../src/tester/connection/address.ts";
import { openWire, type Wire } from "../../src/tester/connection/wire.ts";
import type { Costs, Shape } from "./jobs.ts";

export interface LineOptions {
  readonly address: Address;
  /** One lock for which all wait, or one for each of them. */
  readonly shape: Shape;
  readonly waiters: number;
  /** How often all of it is done; the costs are the mean. */
  readonly times: number;
  readonly prefix: string;
}

/** Below the number of tags that a server allows a connection unless it is told otherwise. */
const waitersEach = 12_500;
const connectionsMin = 4;

/** @throws Error when a reply is a refusal that was not due, or none comes any more. */
export async function standInLine(options: LineOptions): Promise<Costs> {
  const { address, shape, waiters, times, prefix } = options;
  const holder = await Lane.open(address);
  const count = Math.max(connectionsMin, Math.ceil(waiters / waitersEach));
  const lanes = await Promise.all(Array.from({ length: count }, () => Lane.open(address)));
  const lines = plan(lanes, shape, waiters, prefix);
  const locks = shape === "one lock" ? [prefix] : lines.flatMap(({ waits }) => waits.map(lockOf));
  const total = { joinNanoseconds: 0, leaveNanoseconds: 0, grantNanoseconds: 0 };
  try {
    for (let time = 0; time < times; time += 1) {
      await holder.say(locks.map((lock) => `g ${lock}`));
      total.joinNanoseconds += await join(lines);
      total.leaveNanoseconds += await leave(lines);
      await join(lines);
      total.grantNanoseconds += await (shape === "one lock"
        ? grantOne(holder, lines, prefix)
        : grantEach(holder, lines, locks));
    }
  } finally {
    for (const lane of [holder, ...lanes]) lane.close();
  }
  const each = (nanoseconds: number): number => nanoseconds / (times * waiters);
  return {
    joinNanoseconds: each(total.joinNanoseconds),
    leaveNanoseconds: each(total.leaveNanoseconds),
    grantNanoseconds: each(total.grantNanoseconds),
  };
}

interface Waited {
  readonly tag: number;
  readonly lock: string;
}

/** One connection with what it waits for. */
interface Line {
  readonly lane: Lane;
  readonly waits: readonly Waited[];
}

function lockOf({ lock }: Waited): string {
  return lock;
}

function plan(
  lanes: readonly Lane[],
  shape: Shape,
  waiters: number,
  prefix: string,
): readonly Line[] {
  const each = Math.ceil(waiters / lanes.length);
  const lines = lanes.map((lane, at) => {
    const length = Math.max(0, Math.min(each, waiters - at * each));
    const waits = Array.from({ length }, (_, tag) => ({
      tag,
      lock: shape === "one lock" ? prefix : `${prefix}-${at}-${tag}`,
    }));
    return { lane, waits };
  });
  return lines.filter(({ waits }) => waits.length > 0);
}

/** One connection after the other, so that all of one stand together. */
async function join(lines: readonly Line[]): Promise<number> {
  const commands = lines.map(({ waits }) => [
    ...waits.map(({ tag, lock }) => `@${tag} gw - ${lock}`),
    "ping",
  ]);
  return await timed(async () => {
    for (const [at, { lane }] of lines.entries()) await lane.say(commands[at] ?? [], 1);
  });
}

async function leave(lines: readonly Line[]): Promise<number> {
  const commands = lines.map(({ waits }) => waits.map(({ tag }) => `x ${tag}`));
  return await timed(() =>
    Promise.all(
      lines.map(({ lane, waits }, at) =>
        // Each wait is answered as well, with failure.
        lane.say(commands[at] ?? [], 2 * waits.length, waits.length),
      ),
    ),
  );
}

/** A release hands the lock to the next wait, mostly of the same connection. */
async function grantOne(holder: Lane, lines: readonly Line[], lock: string): Promise<number> {
  const commands = lines.map(({ waits }) => waits.map(() => `r ${lock}`));
  return await timed(async () => {
    let granted = lines[0]?.lane.expect(1);
    await holder.say([`r ${lock}`]);
    for (const [at, { lane, waits }] of lines.entries()) {
      await granted;
      granted = lines[at + 1]?.lane.expect(1);
      // All but the first grant, which is there already, and all releases.
      await lane.say(commands[at] ?? [], 2 * waits.length - 1);
    }
  });
}

async function grantEach(
  holder: Lane,
  lines: readonly Line[],
  locks: readonly string[],
): Promise<number> {
  const releases = locks.map((lock) => `r ${lock}`);
  const took = await timed(() =>
    Promise.all([
      ...lines.map(({ lane, waits }) => lane.expect(waits.length)),
      holder.say(releases),
    ]),
  );
  await Promise.all(lines.map(({ lane, waits }) => lane.say(waits.map(({ lock }) => `r ${lock}`))));
  return took;
}

async function timed(run: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await run();
  return (performance.now() - started) * 1e6;
}

/** A connection that counts lines, and those that are refusals. */
class Lane {
  #wire: Wire | undefined;
  #left = 0;
  #refusalsDue = 0;
  #partial = "";
  #done: PromiseWithResolvers<void> | undefined;

  static async open(address: Address): Promise<Lane> {
    const lane = new Lane();
    lane.#wire = await openWire(address, {
      receive: (bytes) => lane.#receive(bytes),
      ended: () => lane.#done?.reject(new Error("the server ended a connection")),
    });
    return lane;
  }

  close(): void {
    this.#done = undefined;
    this.#wire?.close();
  }

  /** Resolves once so many lines have come, with exactly so many refusals. */
  async say(commands: readonly string[], lines = commands.length, refusals = 0): Promise<void> {
    if (lines === 0) return;
    const came = this.expect(lines, refusals);
    const bytes = Buffer.from(`${commands.join("\n")}\n`, "latin1");
    this.#wire?.write(bytes, 0, bytes.length);
    await came;
  }

  async expect(lines: number, refusals = 0): Promise<void> {
    if (lines === 0) return;
    this.#left = lines;
    this.#refusalsDue = refusals;
    this.#done = Promise.withResolvers<void>();
    await this.#done.promise;
    if (this.#refusalsDue !== 0)
      throw new Error(`${this.#refusalsDue} fewer replies than due were refusals`);
  }

  #receive(bytes: Buffer): void {
    const text = this.#partial + bytes.toString("latin1");
    let start = 0;
    for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", start)) {
      const reply = text[start] === "@" ? text.indexOf(" ", start) + 1 : start;
      if (text.startsWith("0 ", reply)) this.#refusalsDue -= 1;
      this.#left -= 1;
      start = end + 1;
    }
    this.#partial = text.slice(start);
    if (this.#left === 0) this.#done?.resolve();
  }
}
