/**
 * The load of a server with a store: locks that outlive their connections, each with a name
 * of its own, taken as fast as they are answered or so many a second.
 * Invariant: a tag has one command under way; an answer that is no grant ends the load.
 */
import { Histogram } from "../../src/tester/load/histogram.ts";
import type { Measured } from "./jobs.ts";

export interface DurableLoad {
  readonly port: number;
  readonly clients: number;
  /** Tags of each connection: commands that it has under way. */
  readonly depth: number;
  readonly seconds: number;
  readonly prefix: string;
  /** Over all connections; as many as possible unless given. */
  readonly perSecond?: number;
}

interface Connection {
  readonly name: string;
  /** When the command of each tag was sent; 0: its tag is free. */
  readonly sentNanoseconds: number[];
  partial: string;
  taken: number;
  ended: () => void;
}

/** How often those of a rate are sent. */
const tickMilliseconds = 5;

export async function loadDurable(load: DurableLoad): Promise<Measured> {
  const { port, clients, depth, seconds, prefix, perSecond } = load;
  const histogram = new Histogram();
  const started = Bun.nanoseconds();
  const until = started + seconds * 1e9;
  let failure: string | undefined;
  const receive = (socket: Bun.Socket<Connection>, bytes: Buffer): void => {
    const { data } = socket;
    const now = Bun.nanoseconds();
    const lines = (data.partial + bytes.toString("latin1")).split("\n");
    data.partial = lines.pop() ?? "";
    for (const line of lines) {
      const [, tag, grant] = /^@(\d+) (\d+) Lock Get Success: /.exec(line) ?? [];
      if (grant === undefined || grant === "0") failure ??= line;
      histogram.record(now - (data.sentNanoseconds[Number(tag)] ?? now));
      data.sentNanoseconds[Number(tag)] = 0;
    }
    const isOver = now > until || failure !== undefined;
    if (!isOver && perSecond === undefined) sendFree(socket, depth);
    else if (isOver && data.sentNanoseconds.every((sent) => sent === 0)) socket.end();
  };
  const ends: Promise<void>[] = [];
  const sockets: Bun.Socket<Connection>[] = [];
  for (let at = 0; at < clients; at += 1) {
    const { promise, resolve } = Promise.withResolvers<void>();
    ends.push(promise);
    const data: Connection = {
      name: `${prefix}-${at}`,
      sentNanoseconds: Array.from({ length: depth }, () => 0),
      partial: "",
      taken: 0,
      ended: resolve,
    };
    const socket = { data: receive, close: data.ended, error: data.ended };
    sockets.push(await Bun.connect({ hostname: "127.0.0.1", port, data, socket }));
  }
  if (perSecond === undefined) for (const socket of sockets) sendFree(socket, depth);
  else await pace(sockets, { perSecond, until });
  await Promise.all(ends);
  if (failure !== undefined) throw new Error(`not granted: ${failure}`);
  const took = (Bun.nanoseconds() - started) / 1e9;
  return { operations: histogram.count, seconds: took, ...histogram.quantiles() };
}

/** Takes a new lock with each tag that is free, up to `most` of them. Returns how many. */
function sendFree(socket: Bun.Socket<Connection>, most: number): number {
  const { data } = socket;
  const commands: string[] = [];
  const now = Bun.nanoseconds();
  data.sentNanoseconds.forEach((sent, tag) => {
    if (sent !== 0 || commands.length >= most) return;
    data.sentNanoseconds[tag] = now;
    data.taken += 1;
    commands.push(`@${tag} kg bench 0 0 ${data.name}-${data.taken}\n`);
  });
  if (commands.length > 0) socket.write(commands.join(""));
  return commands.length;
}

/** Resolves when the time is over; who has nothing under way then is ended. */
async function pace(
  sockets: readonly Bun.Socket<Connection>[],
  { perSecond, until }: { readonly perSecond: number; readonly until: number },
): Promise<void> {
  const started = Bun.nanoseconds();
  let sent = 0;
  while (Bun.nanoseconds() < until) {
    const due = ((Bun.nanoseconds() - started) / 1e9) * perSecond;
    const each = Math.ceil((due - sent) / sockets.length);
    for (const socket of sockets) if (sent < due) sent += sendFree(socket, each);
    await Bun.sleep(tickMilliseconds);
  }
  for (const socket of sockets) {
    if (socket.data.sentNanoseconds.every((each) => each === 0)) socket.end();
  }
}
