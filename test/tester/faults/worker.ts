/**
 * A thread that runs the tester against faulty references, as many at once as it is told.
 * Invariant: each run that is asked for is answered once.
 */
import type { Fault } from "../reference/fault.ts";
import { serveStreams } from "../reference/server.ts";
import { testing } from "../recorder.ts";

declare const self: Worker;

/** A run that is asked for. */
export interface Asked {
  readonly number: number;
  readonly fault: Fault;
  /** The path of a unix socket; TCP without it. */
  readonly unix: string | undefined;
}

/** What came of it: the names of the rules that failed, in order. */
export interface Came {
  readonly number: number;
  readonly failed: readonly string[];
  readonly status: number;
}

/** A reply from the same process comes at once, or never. */
const limitMilliseconds = 400;

self.addEventListener("message", ({ data }: MessageEvent<Asked>) => {
  void run(data);
});

async function run({ number, fault, unix }: Asked): Promise<void> {
  const server = serveStreams(unix === undefined ? { fault } : { fault, unix });
  const { status, recorder } = await testing(server, { limitMilliseconds });
  const came: Came = { number, failed: recorder.named("fail"), status };
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- this is no window
  self.postMessage(came);
}
