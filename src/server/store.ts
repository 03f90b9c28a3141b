/**
 * The store of a server: opened with it, told what to keep, and let go of at its end.
 *
 * Invariant: nobody is let in before what was kept is back in its place.
 */
import type { Config } from "../config.ts";
import type { Owner } from "../doors/lobby.ts";
import type { Keeping, KeepingReports } from "../engine/keeping.ts";
import type { LocalEngine } from "../engine/local.ts";
import { stopStoreMilliseconds } from "../limits.ts";
import type { Logger } from "../log.ts";
import { StoreError } from "../store/store-error.ts";
import type { Store } from "../store/store.ts";

/** @throws StoreError */
export async function openStore({ store }: Config): Promise<Store | null> {
  if (store.kind === "memory") return null;
  // Late: a server that keeps nothing does without a database.
  const { openFileStore } = await import("../store/file-store.ts");
  return await openFileStore(store.directory);
}

/** A disk that does not answer must not keep the process: nobody was promised what it lacks. */
export async function closeStore(store: Store, logger: Logger): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), stopStoreMilliseconds);
  if ((await Promise.race([store.close(), late])) === "late") {
    logger.error("the store does not answer; what it was not told is lost, none of it promised");
  }
  clearTimeout(timer);
}

/** A clock that is set back by less is put right by whatever sets it. */
const clockStepMilliseconds = 1_000;

/** What was kept is back, and the first fences may be given. Rejects with a StoreError. */
export function beginKeeping(keeping: Keeping, logger: Logger): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reports: KeepingReports = {
    restored({ holds, lapsed, clockBehindMilliseconds }) {
      logger.info("restored", { holds, lapsed });
      if (clockBehindMilliseconds < clockStepMilliseconds) return;
      const seconds = Math.round(clockBehindMilliseconds / 1000);
      logger.warn("the clock was set back; fences rise all the same, but TTLs last longer", {
        seconds,
      });
    },
    failure(reason) {
      if (reason === null) logger.info("the store can be written again");
      else logger.error("the store cannot be written; durable requests are refused", { reason });
    },
    unreserved() {
      logger.warn("fences go on above what is reserved in the store, which cannot be written");
    },
  };
  keeping.begin(reports, (failure) => {
    if (failure === null) resolve();
    else reject(new StoreError("unusable", `the store cannot be written: ${failure}`));
  });
  return promise;
}

/** What was done so far is on disk, or cannot be, or time is over. */
export function kept({ keeping }: LocalEngine<Owner>, milliseconds: number): Promise<void> {
  if (keeping === null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    keeping.settled(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
