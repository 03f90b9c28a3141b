/**
 * The audit log of one server: its file, what is written into it, and what doors tell it.
 * Invariant: nothing is described for it, and nothing made, unless there is one.
 */
import type { TellDenial } from "../auth/denial.ts";
import type { Clock } from "../clock.ts";
import type { Watch } from "../core/table-state.ts";
import { auditCloseMilliseconds } from "../limits.ts";
import { jsonLine, type Logger } from "../log.ts";
import type { Actor } from "./trail.ts";

export interface AuditOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Who releases or frees, while that lasts. */
  readonly acting: () => Actor | null;
}

/** Where what happens is recorded. */
export interface Audit {
  /** For `Engine.watch`. */
  readonly watch: Watch;
  readonly denied: TellDenial;
  counts(): { readonly written: number; readonly dropped: number };
  /** Goes on in a new file of the same path. */
  reopen(): Promise<void>;
  /** Writes what is left; waits no longer for it than a stop may take. */
  close(): Promise<void>;
}

/**
 * `null` without a path. To be opened when all other files have been found good: it is the
 * only one that is made when it is not there.
 * @throws UnusableFile
 */
export async function openAudit(
  path: string | undefined,
  options: AuditOptions,
): Promise<Audit | null> {
  if (path === undefined) return null;
  // Late: a server without one does without all of this.
  const [{ AuditFile }, { AuditTrail }] = await Promise.all([
    import("./file.ts"),
    import("./trail.ts"),
  ]);
  const { clock, logger, acting } = options;
  const file = await AuditFile.open({
    path,
    logger,
    droppedLine: (lines) =>
      jsonLine({ time: new Date(clock.wallMs()).toISOString(), event: "dropped", lines }),
  });
  const trail = new AuditTrail({ clock, sink: file, acting });
  return {
    watch: trail.watch,
    denied: trail.denied,
    counts: () => ({ written: file.written, dropped: file.dropped }),
    reopen: () => file.reopen(),
    close: () => file.close(auditCloseMilliseconds),
  };
}
