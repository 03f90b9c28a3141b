/**
 * Replies of all streams on their way out: put one after the other into one buffer while
 * a turn of the event loop lasts, and written, each to its connection, when the turn
 * ends.
 *
 * Writing after each packet would go through the system's network code between any two
 * packets, and find our own code cold each time: at 50 connections with one command in
 * flight that cost 4 % of the rate.
 *
 * Invariant: bytes before `out.committed` belong to a segment, each to one wire, in the
 * order in which they were put; when none is left the buffer is empty.
 */
import { assert } from "../assert.ts";
import type { Clock } from "../clock.ts";
import { busyReplies, flushBytes, intakeRoundsMax, intakeMilliseconds } from "../limits.ts";
import type { Output } from "../protocol/output.ts";

/** Whoever takes its replies when the turn ends. */
export interface Recipient {
  /** Writes `bytes[start, end)`; what it cannot write it copies. */
  send(bytes: Uint8Array, start: number, end: number): void;
}

/** Where more input may be without another turn of the event loop. */
export interface Intake {
  /** Has it done; `false`: that was all, or the event loop has to have its turn first. */
  read(): boolean;
}

/** The segments of one `Output`. */
export class Outbox {
  private readonly out: Output;
  private readonly recipients: Recipient[] = [];
  private readonly ends: number[] = [];
  private scheduled = false;
  private flushing = false;
  private readonly intake: Intake | null;
  private readonly clock: Pick<Clock, "monotonicMs">;

  /** Without an `intake`, whatever comes in comes by the event loop. */
  constructor(
    out: Output,
    { intake = null, clock }: { intake?: Intake | null; clock: Pick<Clock, "monotonicMs"> },
  ) {
    this.out = out;
    this.intake = intake;
    this.clock = clock;
  }

  /** What was put since the last commit is `recipient`'s. */
  commit(recipient: Recipient): void {
    const { out } = this;
    if (out.length === out.committed) return;
    this.recipients.push(recipient);
    this.ends.push(out.length);
    out.committed = out.length;
    if (out.length > flushBytes) this.flush();
    else if (!this.scheduled) this.schedule();
  }

  /** Writes everything that is committed. */
  flush(): void {
    if (this.flushing) return;
    assert(this.out.length === this.out.committed, "a flush in the middle of somebody's reply");
    this.flushing = true;
    const { out, recipients, ends } = this;
    let start = 0;
    // A write may end a connection, and that may have others told something: they are appended.
    for (let i = 0; i < recipients.length; i++) {
      const end = ends[i]!;
      recipients[i]!.send(out.bytes, start, end);
      start = end;
    }
    recipients.length = 0;
    ends.length = 0;
    out.clear();
    this.flushing = false;
  }

  private schedule(): void {
    this.scheduled = true;
    setImmediate(() => {
      const busy = this.recipients.length >= busyReplies;
      this.flush();
      if (busy && this.intake !== null) this.goOn(this.intake);
      this.scheduled = false;
    });
  }

  /**
   * Many asked at once, so more have by now: they are served in the same turn, for a while.
   */
  private goOn(intake: Intake): void {
    const until = this.clock.monotonicMs() + intakeMilliseconds;
    for (let rounds = 0; rounds < intakeRoundsMax; rounds++) {
      const more = intake.read();
      this.flush();
      if (!more || this.clock.monotonicMs() >= until) return;
    }
  }
}
