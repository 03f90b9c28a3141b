/**
 * A client process that gets locks in every way there is, holds each for a moment and
 * gives it back, until it is killed, or told to stop by the end of its input.
 *
 *     bun test/sim/claimant.ts PORT SEED LOCK,… SEMAPHORE LIMIT
 *
 * Says what it knows in lines of JSON (claims.ts): `claimed` once something is granted,
 * `over` before it is released. Times are on the machine's clock: `sent` before the request
 * left, `queued` once it certainly stood in line, `from` after the grant, `to` before the
 * release or before the lease can lapse.
 */
import { LineClient } from "../peers/line-client.ts";
import type { Claimed, Over } from "./claims.ts";
import { microseconds } from "./monotonic.ts";
import { Random } from "./random.ts";

const [, , port = "", seed = "", list = "", semaphore = "", limit = ""] = process.argv;
const locks = list.split(",");
const random = new Random(Number(seed));
const leaseSeconds = 0.25;

/** How a lock is asked for, how its release is asked for, and who may share it. */
interface Way {
  readonly get: string;
  readonly release: string;
  /** Claims of one group may overlap; `""` shares with nobody. */
  readonly group: string;
  readonly lease?: true;
}

const ways: readonly Way[] = [
  { get: "gw -", release: "r", group: "" },
  { get: "gw -", release: "r", group: "" },
  { get: "gw 0.003", release: "r", group: "" },
  { get: "g", release: "r", group: "" },
  { get: "kg readers - -", release: "kr readers", group: "readers" },
  { get: "kg readers - -", release: "kr readers", group: "readers" },
  { get: "kg writers - 0.003", release: "kr writers", group: "writers" },
  { get: `kg leased ${leaseSeconds} -`, release: "kr leased", group: "leased", lease: true },
  { get: "kg - - -", release: "kr -", group: "" },
];

const watch = { stopping: false };
void stopWithInput();
const client = await LineClient.connect({ port: Number(port) });
await client.ask(`iam ${process.pid}`);
let claims = 0;
while (!watch.stopping) {
  if (random.chance(0.3)) await hold(semaphore, semaphoreWay());
  else await hold(random.pick(locks), random.pick(ways));
}
await client.goodbye();

function semaphoreWay(): Way {
  return { get: `sgw ${limit} -`, release: "sr", group: "shared" };
}

/** Gets a lock, holds it for a moment and gives it back. */
async function hold(lock: string, way: Way): Promise<void> {
  const sent = microseconds();
  const { number, queued } = await get(`${way.get} ${lock}`);
  if (number === 0) return;
  const fence = way.get === "g" ? granted(await client.ask(`f ${lock}`)) : number;
  const from = microseconds();
  const claim = `${process.pid}-${claims++}`;
  say({ claim, lock, group: way.group, shared: way.release === "sr", sent, queued, fence, from });
  // Somebody else may do something now, if somebody else thinks that they hold it too.
  for (let turns = random.below(4); turns > 0; turns--) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  const lapse = way.lease === true ? sent + leaseSeconds * 1e6 : Infinity;
  say({ claim, to: Math.min(microseconds(), lapse) });
  const released = await client.ask(`${way.release} ${lock}`);
  if (!released.startsWith("1 ") && way.lease !== true) throw new Error(released);
}

/** The number that a grant began with, 0 for none; when it certainly stood in line, if known. */
async function get(command: string): Promise<{ number: number; queued: number | null }> {
  if (random.chance(0.3)) return { number: granted(await client.ask(command)), queued: null };
  client.command(`@w ${command}`, "@p ping");
  const [first = ""] = await client.take(1);
  if (first.startsWith("@w ")) {
    await client.take(1);
    return { number: granted(first.slice(3)), queued: null };
  }
  const queued = microseconds();
  // Some change their minds; the grant may have been faster.
  const cancels = random.chance(0.15);
  if (cancels) client.command("x w");
  const replies = await client.take(cancels ? 2 : 1);
  const reply = replies.find((line) => line.startsWith("@w ")) ?? "";
  return { number: granted(reply.slice(3)), queued };
}

function granted(reply: string): number {
  const number = Number.parseInt(reply, 10);
  if (Number.isNaN(number) || reply.includes("Limit") || reply.includes("Bad")) {
    throw new Error(`no answer to a request: ${reply}`);
  }
  return number;
}

function say(event: Claimed | Over): void {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}

async function stopWithInput(): Promise<void> {
  for await (const _ of Bun.stdin.stream());
  watch.stopping = true;
}
