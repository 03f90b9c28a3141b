/**
 * Runs of the tester against faulty references, spread over as many threads as there are
 * processors: each run is all rules, and there are many faults.
 * Invariant: every run that is asked for is answered, or the test fails for time.
 */
import { availableParallelism } from "node:os";
import type { Asked, Came } from "./worker.ts";
import type { Fault } from "../reference/fault.ts";

const threadsMax = 8;

const waiting = new Map<number, (came: Came) => void>();
let threads: readonly Worker[] = [];
let asked = 0;

/** All rules, against a reference with this fault. */
export function runFaulty(fault: Fault, unix?: string): Promise<Came> {
  if (threads.length === 0) threads = started();
  const number = asked;
  asked += 1;
  const { promise, resolve } = Promise.withResolvers<Came>();
  waiting.set(number, resolve);
  const message: Asked = { number, fault, unix };
  threads[number % threads.length]?.postMessage(message);
  return promise;
}

function started(): readonly Worker[] {
  const count = Math.min(threadsMax, availableParallelism());
  return Array.from({ length: count }, () => {
    const thread = new Worker(new URL("worker.ts", import.meta.url));
    thread.addEventListener("message", ({ data }: MessageEvent<Came>) => {
      waiting.get(data.number)?.(data);
      waiting.delete(data.number);
    });
    return thread;
  });
}

/** When all runs are answered: threads that are left alone keep the process alive. */
export function endFaultyRuns(): void {
  for (const thread of threads) thread.terminate();
  threads = [];
}
