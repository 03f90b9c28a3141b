/**
 * How long others wait while the server is busy for one: a client that inspects a lock
 * again and again tells its longest wait, while a holder of many locks goes and while
 * somebody lists a million.
 */
import type { Section } from "./section.ts";
import { start, type RunningPeer } from "../servers.ts";
import { table, whole } from "../table.ts";
import { Worker } from "../worker.ts";

const [held, listed] = [200_000, 1_000_000];
/** The pinger is at work before and after what may disturb it. */
const aroundSeconds = 0.3;

/** Something that may hold others up. */
interface Disturbance {
  readonly what: string;
  /** Before all rounds, before each, and after all. */
  readonly begin?: () => Promise<void>;
  readonly prepare?: () => Promise<void>;
  readonly end?: () => Promise<void>;
  readonly act: () => Promise<void>;
}

export const stalls: Section = {
  name: "stalls",
  async run({ glockd, rounds, scale, write }) {
    const rows: string[][] = [];
    const [server, pinger, other] = [await start(glockd), new Worker(), new Worker()];
    try {
      await longest(server, pinger, async () => undefined);
      for (const disturbance of disturbances(server, other, scale)) {
        const waits: number[] = [];
        await disturbance.begin?.();
        for (let round = 0; round < rounds; round += 1) {
          await disturbance.prepare?.();
          waits.push((await longest(server, pinger, disturbance.act)) / 1_000);
        }
        await disturbance.end?.();
        const [best, worst] = [Math.min(...waits), Math.max(...waits)];
        rows.push([disturbance.what, best.toFixed(1), worst.toFixed(1)]);
      }
    } finally {
      await server.stop();
      await pinger.stop();
      await other.stop();
    }
    write(
      `The longest that another client waits for an i, in ms; the best and the worst of ${rounds} rounds.\n`,
    );
    write(table(["while", "best", "worst"], rows));
  },
};

function disturbances({ port }: RunningPeer, other: Worker, scale: number): readonly Disturbance[] {
  const [goes, lists] = [Math.round(held * scale), Math.round(listed * scale)];
  const hold = async (locks: number): Promise<void> => {
    await other.perform({ kind: "hold", port, locks, clients: 1 });
  };
  const drop = async (): Promise<void> => {
    await other.perform({ kind: "drop" });
  };
  const list = async (): Promise<void> => {
    const { lines = 0 } = await other.perform({ kind: "list", port });
    if (lines < lists) throw new Error(`d lists ${lines} locks of ${lists}`);
  };
  return [
    { what: "nothing else happens", act: async () => undefined },
    { what: `the holder of ${whole(goes)} locks goes`, prepare: () => hold(goes), act: drop },
    { what: `${whole(lists)} locks are listed`, begin: () => hold(lists), act: list, end: drop },
  ];
}

/** In microseconds. */
async function longest(
  { port }: RunningPeer,
  pinger: Worker,
  act: () => Promise<unknown>,
): Promise<number> {
  const waits: number[] = [];
  const acting = new AbortController();
  const ping = async (): Promise<void> => {
    do {
      const load = { port, work: "inspect", clients: 1, depth: 1, seconds: aroundSeconds } as const;
      waits.push((await pinger.load(load)).maxMicroseconds);
    } while (!acting.signal.aborted);
  };
  const disturb = async (): Promise<void> => {
    // Into the middle of the first round of pings, whose end is then after what happens.
    await Bun.sleep((aroundSeconds * 1_000) / 2);
    await act();
    acting.abort();
  };
  await Promise.all([ping(), disturb()]);
  return Math.max(...waits);
}
