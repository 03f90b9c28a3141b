/** Metrics of the lock table. */
import type { Mode } from "../../../core/request.ts";
import { Refusal } from "../../../core/request.ts";
import type { HttpService } from "../service.ts";
import { type Metrics, modes, type Values } from "./metrics.ts";

export function describeTable(metrics: Metrics, service: HttpService): void {
  describeHolds(metrics, service);
  describeWaits(metrics, service);
}

function describeHolds(metrics: Metrics, { operations }: HttpService): void {
  const { engine } = operations.lobby;
  const counted = (name: string, help: string, value: (mode: Mode) => number): void =>
    metrics.counter(name, help, ["mode"], byMode(value));
  metrics.gauge("glockd_locks", "Locks that are held.", ["mode"], () => {
    const { locks, sharedLocks } = engine.counts();
    return byMode((mode) => (mode === "shared" ? sharedLocks : locks))();
  });
  metrics.gauge("glockd_waiters", "Requests that stand in line.", ["mode"], () => {
    const { waiters, sharedWaiters } = engine.counts();
    return byMode((mode) => (mode === "shared" ? sharedWaiters : waiters))();
  });
  counted("glockd_grants_total", "Holds that began.", (mode) => engine.tally(mode).grants);
  counted(
    "glockd_orphans_total",
    "Holds that ended with their connections.",
    (mode) => engine.tally(mode).orphaned,
  );
  counted(
    "glockd_expiries_total",
    "Holds whose time was over.",
    (mode) => engine.tally(mode).lapsed,
  );
  counted(
    "glockd_freed_total",
    "Holds that an administrator took away.",
    (mode) => engine.tally(mode).freed,
  );
}

function describeWaits(metrics: Metrics, { operations }: HttpService): void {
  const { engine } = operations.lobby;
  metrics.counter(
    "glockd_refusals_total",
    "Requests that were refused at once.",
    ["mode", "reason"],
    () =>
      modes.flatMap((mode) => [
        [{ mode, reason: "held" }, engine.tally(mode).refused(Refusal.held)] as const,
        [{ mode, reason: "deadlock" }, engine.tally(mode).refused(Refusal.deadlock)] as const,
      ]),
  );
  metrics.counter("glockd_waits_total", "Waits that ended.", ["mode", "result"], () =>
    modes.flatMap((mode) => {
      const { waits, ungranted, timedOut } = engine.tally(mode);
      const all = waits.counts().reduce((sum, count) => sum + count, 0);
      return [
        [{ mode, result: "granted" }, all - ungranted] as const,
        [{ mode, result: "timeout" }, timedOut] as const,
        [{ mode, result: "cancelled" }, ungranted - timedOut] as const,
      ];
    }),
  );
  metrics.histogram(
    "glockd_wait_seconds",
    "How long was stood in line, whether for a grant or in vain.",
    (mode) => engine.tally(mode).waits,
  );
  metrics.histogram(
    "glockd_hold_seconds",
    "How long holds lasted that have ended.",
    (mode) => engine.tally(mode).holds,
  );
}

function byMode(value: (mode: Mode) => number): () => Values {
  return () => modes.map((mode) => [{ mode }, value(mode)] as const);
}
