/**
 * Waiting beside polling: how soon a released lock is in the next one's hands, what that
 * costs in commands, and whether everybody gets it.
 * Invariant: the ways take turns on the same server, so that what else the machine does
 * hits all alike.
 */
import type { Way } from "../../../src/tester/load/contender.ts";
import type { Contended } from "../jobs.ts";
import { start } from "../servers.ts";
import { median, table, whole } from "../table.ts";
import { Worker } from "../worker.ts";
import type { Section } from "./section.ts";

const pauseMilliseconds = 10;

const ways: readonly { readonly name: string; readonly way: Way }[] = [
  { name: "waiting (gw)", way: { kind: "wait" } },
  { name: `g every ${pauseMilliseconds} ms`, way: { kind: "poll", pauseMilliseconds } },
  { name: "g in a tight loop", way: { kind: "poll", pauseMilliseconds: 0 } },
];

export const handoff: Section = {
  name: "handoff",
  async run({ glockd, clients, seconds, rounds, write }) {
    const [server, worker] = [await start(glockd), new Worker()];
    const samples = ways.map((): Contended[] => []);
    try {
      for (let round = 0; round < rounds; round += 1)
        for (const [at, { way }] of ways.entries()) {
          const job = { kind: "contend", port: server.port, way, clients, seconds } as const;
          const { contended } = await worker.perform(job);
          if (contended === undefined) throw new Error("a contest has measurements");
          samples[at]?.push(contended);
        }
    } finally {
      await server.stop();
      await worker.stop();
    }
    write(
      `${clients} clients want one lock all the time and release it at once; the median of ${rounds} rounds of ${seconds} s.\n` +
        "Times are from a release being written until the next grant is read; max/min are the grants of two clients.\n",
    );
    const rows = samples.map((each, at) => row(ways[at]?.name ?? "", medianOf(each)));
    write(
      table(
        [
          "way",
          "grants/s",
          "p50 µs",
          "p99 µs",
          "p99.9 µs",
          "max µs",
          "commands a grant",
          "max/min",
        ],
        rows,
      ),
    );
  },
};

/** The round whose speed is the median, whole. */
function medianOf(samples: readonly Contended[]): Contended | undefined {
  const middle = median(samples.map(({ operations }) => operations));
  return samples.find(({ operations }) => operations === middle);
}

function row(name: string, sample: Contended | undefined): readonly string[] {
  if (sample === undefined) return [name];
  const { p50Microseconds, p99Microseconds, p999Microseconds, maxMicroseconds } = sample;
  const times = [p50Microseconds, p99Microseconds, p999Microseconds, maxMicroseconds].map(whole);
  const fairness =
    sample.grantsMin === 0
      ? `${sample.grantsMax}/0`
      : (sample.grantsMax / sample.grantsMin).toFixed(1);
  return [
    name,
    whole(sample.operations / sample.seconds),
    ...times,
    (sample.commands / sample.operations).toFixed(1),
    fairness,
  ];
}
