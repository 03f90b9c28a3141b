/**
 * The time between being asked to stop and stopping: newcomers and new locks are refused,
 * whoever holds locks may finish.
 * Invariant: it is over once nobody holds anything that would end with the connection, or
 * when time is; what outlives connections is not waited for.
 */
import type { Clock } from "../clock.ts";
import type { Lobby } from "../doors/lobby.ts";
import type { Opened } from "./listener.ts";

export interface DrainingOptions {
  readonly lobby: Lobby;
  readonly clock: Clock;
  readonly opened: readonly Opened[];
}

/** How many connections hold something that ends with them. */
export function countHolders({ sessions }: Lobby): number {
  let holders = 0;
  for (const session of sessions) if (session.holds() > 0) holders++;
  return holders;
}

/** Resolves, with how many still hold, when it is over. */
export function drain({ lobby, clock, opened }: DrainingOptions, seconds: number): Promise<number> {
  for (const one of opened) one.drain();
  lobby.drain(seconds);
  // Nobody is granted anything any more: who holds nothing now never will again.
  const holding = [...lobby.sessions].filter((session) => session.holds() > 0);
  if (holding.length === 0) return Promise.resolve(0);
  const { promise, resolve } = Promise.withResolvers<number>();
  let looking = false;
  const look = (): void => {
    looking = false;
    while (holding.length > 0 && holding.at(-1)!.holds() === 0) holding.pop();
    if (holding.length === 0) finish();
  };
  const unwatch = lobby.engine.watch(() => {
    // A hold is gone right after this, and the rest of its turn may end many more.
    if (!looking) setImmediate(look);
    looking = true;
  });
  const cancel = clock.wakeAt(clock.monotonicMs() + seconds * 1000, () => finish());
  const finish = (): void => {
    unwatch();
    cancel();
    resolve(countHolders(lobby));
  };
  return promise;
}
