/**
 * What happened to locks, and who was denied, as lines of JSON.
 *
 * Invariant: no key and no secret is in any line; names of requestors that are keys are
 * left out. Denials, which strangers can cause at will, never push out what happened to
 * locks: there are so many of them in a second and no more.
 */
import type { Denial } from "../auth/denial.ts";
import type { Credential } from "../auth/authority.ts";
import type { Clock } from "../clock.ts";
import type { Happening, Subject } from "../core/table-state.ts";
import { auditDenialsPerSecondMax } from "../limits.ts";
import { jsonLine } from "../log.ts";
import { type Identity, nameOf } from "../protocol/listing.ts";
import { printable } from "../protocol/printable.ts";

/** Who holds, or acts, as the trail needs to know them. */
export interface Actor extends Identity {
  readonly credential: Credential | null;
}

/** Where lines go; see `AuditFile`. */
export interface AuditSink {
  write(line: string): void;
  /** For a line that was not even made. */
  drop(): void;
}

export interface AuditTrailOptions {
  readonly clock: Clock;
  readonly sink: AuditSink;
  /** Who releases or frees, where that need not be who holds. */
  readonly acting: () => Actor | null;
}

/** What is told of, and what it is called. */
const events: Partial<Readonly<Record<Happening, string>>> = {
  granted: "granted",
  released: "released",
  orphaned: "orphaned",
  lapsed: "expired",
  freed: "freed",
};

/** One server's record. */
export class AuditTrail {
  private readonly options: AuditTrailOptions;
  /** Of the last line: many share a millisecond, and spelling it costs. */
  private wallMilliseconds = Number.NaN;
  private time = "";
  private denialSecond = 0;
  private denials = 0;

  constructor(options: AuditTrailOptions) {
    this.options = options;
  }

  /** For `Engine.watch`. */
  readonly watch = (happening: Happening, subject: Subject): void => {
    const event = events[happening];
    if (event === undefined) return;
    const { name, mode, keyed, fence, waitedMilliseconds, heldMilliseconds } = subject;
    const owner = subject.owner as Actor | null;
    const begins = happening === "granted";
    const asked = happening === "released" || happening === "freed";
    const by = asked ? this.options.acting() : null;
    const other = by !== null && by !== owner;
    this.put(event, {
      lock: printable({ bytes: name, start: 0, end: name.length }),
      mode,
      client: addressOf(owner),
      name: nameOf(owner, keyed, false),
      credential: owner?.credential?.name ?? null,
      fence,
      wait_ms: begins ? waitedMilliseconds : undefined,
      hold_ms: begins ? undefined : heldMilliseconds,
      by: other ? addressOf(by) : undefined,
      by_credential: other ? (by.credential?.name ?? null) : undefined,
    });
  };

  readonly denied = (denial: Denial): void => {
    const second = Math.floor(this.options.clock.wallMs() / 1000);
    if (second !== this.denialSecond) this.denials = 0;
    this.denialSecond = second;
    if (++this.denials > auditDenialsPerSecondMax) return this.options.sink.drop();
    const { client, credential, command, lock, reason } = denial;
    const named =
      lock === undefined ? undefined : printable({ bytes: lock, start: 0, end: lock.length });
    this.put("denied", { lock: named, client, credential, command, reason });
  };

  private put(event: string, fields: Record<string, unknown>): void {
    const now = this.options.clock.wallMs();
    if (now !== this.wallMilliseconds) {
      this.wallMilliseconds = now;
      this.time = new Date(now).toISOString();
    }
    this.options.sink.write(jsonLine({ time: this.time, event, ...fields }));
  }
}

/** HTTP's own session has no address while nobody asks anything of it. */
function addressOf(actor: Actor | null): string | null {
  return actor === null || actor.address === "" ? null : actor.address;
}
