/**
 * A file of lines that is written behind the event loop's back: lines are gathered while
 * one write is under way, and the next write takes what there is.
 *
 * Invariant: a line is in the file whole or not at all, and once. Where the file cannot
 * take more, a bounded amount of lines waits; what comes on top of that is counted, and a
 * line tells of it as soon as there is room. Nothing here ever blocks, nor waits for ever.
 */
import { constants } from "node:fs";
import { open, type FileHandle } from "node:fs/promises";
import { UnusableFile } from "../auth/unusable-file.ts";
import {
  auditBufferCharactersMax,
  auditRetryMilliseconds,
  auditWriteCharacters,
} from "../limits.ts";
import type { Logger } from "../log.ts";
import { reasonOf } from "../system/reason.ts";
import { Batch } from "./batch.ts";
import type { AuditSink } from "./trail.ts";

export interface AuditFileOptions {
  readonly path: string;
  readonly logger: Logger;
  /** The line that tells of lines that were dropped. */
  readonly droppedLine: (count: number) => string;
}

/** Readable for the group, as system logs are. */
const mode = 0o640;

/** Appending, so that a file that is cut is written from its start; never waiting for a FIFO's reader. */
const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;

export class AuditFile implements AuditSink {
  /** Lines that are in the file, … */
  written = 0;
  /** … and those that are in none and never will be. */
  dropped = 0;
  private readonly options: AuditFileOptions;
  private handle: FileHandle;
  private lines: string[] = [];
  /** Of these and of what is being written. */
  private characters = 0;
  /** Of `dropped`, those that no line tells of yet. */
  private untold = 0;
  private state: "writing" | "failing" | "overflowing" = "writing";
  private reopening: PromiseWithResolvers<void> | null = null;
  private life: "open" | "closing" | "over" = "open";
  /** While there is something to do. */
  private work: Promise<void> | null = null;
  /** What is on its way, and how its last write ended. */
  private batch: Batch | null = null;
  private error: unknown = null;
  /** Ends the pause before the next try. */
  private wake: (() => void) | null = null;

  private constructor(options: AuditFileOptions, handle: FileHandle) {
    this.options = options;
    this.handle = handle;
  }

  /** @throws UnusableFile */
  static async open(options: AuditFileOptions): Promise<AuditFile> {
    try {
      return new AuditFile(options, await open(options.path, flags, mode));
    } catch (error) {
      const { path } = options;
      throw new UnusableFile(`cannot open the audit log ${path}: ${openReason(error)}`);
    }
  }

  write(line: string): void {
    if (this.characters + line.length > auditBufferCharactersMax) {
      this.become("overflowing", null);
      return this.drop();
    }
    this.lines.push(line);
    this.characters += line.length;
    this.begin();
  }

  drop(): void {
    this.dropped++;
    this.untold++;
    this.begin();
  }

  /** Goes on in a new file of the same path; when there can be none, in the old one. */
  reopen(): Promise<void> {
    this.reopening ??= Promise.withResolvers();
    const { promise } = this.reopening;
    this.begin();
    this.wake?.();
    return promise;
  }

  /** Writes what there is, within that time. What is not written then is lost, and logged. */
  async close(milliseconds: number): Promise<void> {
    this.life = "closing";
    const giveUp = Promise.withResolvers<void>();
    const timer = setTimeout(() => {
      this.life = "over";
      this.wake?.();
      giveUp.resolve();
    }, milliseconds);
    // A write that hangs is not waited for.
    await Promise.race([this.work, giveUp.promise]);
    clearTimeout(timer);
    this.life = "over";
    const lost = (this.batch?.left ?? 0) + this.lines.length + this.untold;
    const { path: file, logger } = this.options;
    if (lost > 0) logger.error("audit log: lines lost at the stop", { file, lost });
    if (this.work === null) await this.handle.close();
    else void this.work.then(() => this.handle.close());
  }

  private begin(): void {
    if (this.life === "over") return;
    this.work ??= this.go().finally(() => {
      this.work = null;
    });
  }

  private async go(): Promise<void> {
    // Whatever happens in this turn of the event loop is one write.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.life !== "over") {
      if (this.reopening !== null && this.mayExchange) await this.exchange(this.reopening);
      this.batch ??= this.take();
      if (this.batch === null) return;
      this.error = await this.batch.write(this.handle);
      if (this.batch.isDone) this.finish(this.batch);
      else await this.pause();
    }
  }

  private take(): Batch | null {
    if (this.untold > 0) {
      const line = this.options.droppedLine(this.untold);
      this.untold = 0;
      this.lines.push(line);
      this.characters += line.length;
    }
    if (this.lines.length === 0) return null;
    let characters = 0;
    let count = 0;
    while (count < this.lines.length && characters < auditWriteCharacters) {
      characters += this.lines[count++]!.length;
    }
    return new Batch(this.lines.splice(0, count));
  }

  private finish(batch: Batch): void {
    this.written += batch.lines;
    this.characters -= batch.characters;
    this.batch = null;
    this.become("writing", null);
  }

  /** Until it may be worth another try. */
  private async pause(): Promise<void> {
    // A pipe that its reader does not empty is slow, not broken.
    if (!isFull(this.error)) this.become("failing", this.error);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.wake = resolve;
    const timer = setTimeout(resolve, auditRetryMilliseconds);
    await promise;
    clearTimeout(timer);
    this.wake = null;
  }

  /** Tells of what changed, once: whoever reads the log has to do something about it. */
  private become(state: AuditFile["state"], error: unknown): void {
    const was = this.state;
    if (was === state || (was === "failing" && state === "overflowing")) return;
    this.state = state;
    const { path: file, logger } = this.options;
    const { dropped } = this;
    if (state === "writing") logger.info("audit log: written again", { file, dropped });
    else if (state === "overflowing")
      logger.warn("audit log: too slow, lines are dropped", { file });
    else logger.error("audit log: cannot write", { file, reason: reasonOf(error) });
  }

  /** Not while a slow reader has half a line. */
  private get mayExchange(): boolean {
    return this.batch === null || this.batch.isWhole || !isFull(this.error);
  }

  private async exchange(asked: PromiseWithResolvers<void>): Promise<void> {
    const { path: file, logger } = this.options;
    this.reopening = null;
    const old = this.handle;
    try {
      this.handle = await open(file, flags, mode);
      this.batch?.restartLine();
      await old.close();
      logger.info("audit log reopened", { file });
    } catch (error) {
      const reason = openReason(error);
      logger.error("audit log not reopened: the old file goes on", { file, reason });
    }
    asked.resolve();
  }
}

/** A pipe that its reader does not empty. */
function isFull(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === "EAGAIN";
}

function openReason(error: unknown): string {
  const nobodyReads = (error as NodeJS.ErrnoException).code === "ENXIO";
  return nobodyReads ? "it is a FIFO that nobody reads" : reasonOf(error);
}
