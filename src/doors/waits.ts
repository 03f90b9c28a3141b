/**
 * What one connection is waiting for: at most one untagged request, which holds up the
 * commands behind it, and any number of tagged ones, up to a limit, which do not.
 *
 * Invariant: a tag is in use exactly while its request waits.
 */
import type { Name } from "../core/records/name.ts";
import type { Mode, Outcome, Patience, Wait } from "../core/request.ts";
import type { Answer } from "../protocol/command.ts";

/** Whoever answers a request once its wait is over. */
export interface Answerer {
  decided(waiting: Waiting, outcome: Outcome): void;
}

/** A request that waits, with what its answer will need. */
export class Waiting implements Patience {
  readonly mode: Mode;
  readonly milliseconds: number;
  /** `null` for one that holds up the commands behind it. */
  readonly tag: string | null;
  readonly answer: Answer;
  /** Set by the table while the request stands in line. */
  wait: Wait | null = null;
  /** A copy, made once the request is known to wait. */
  name: Name | null = null;
  private readonly answerer: Answerer;

  constructor(
    answerer: Answerer,
    options: { mode: Mode; milliseconds: number; tag: string | null; answer: Answer },
  ) {
    this.answerer = answerer;
    this.mode = options.mode;
    this.milliseconds = options.milliseconds;
    this.tag = options.tag;
    this.answer = options.answer;
  }

  get blocking(): boolean {
    return this.tag === null;
  }

  decided(outcome: Outcome): void {
    this.answerer.decided(this, outcome);
  }
}

/** One connection's waiting requests. */
export class Waits {
  /** Made with the first tag: most connections use none. */
  private tagged: Map<string, Waiting> | null = null;
  private untagged: Waiting | null = null;

  /** How many tags are in use. */
  get tags(): number {
    return this.tagged === null ? 0 : this.tagged.size;
  }

  get count(): number {
    return this.tags + (this.untagged === null ? 0 : 1);
  }

  /** Those that wait now. */
  all(): Waiting[] {
    const tagged = this.tagged === null ? [] : [...this.tagged.values()];
    return this.untagged === null ? tagged : [this.untagged, ...tagged];
  }

  isInUse(tag: string): boolean {
    return this.tagged !== null && this.tagged.has(tag);
  }

  ofTag(tag: string): Waiting | undefined {
    return this.tagged?.get(tag);
  }

  add(waiting: Waiting): void {
    if (waiting.tag === null) this.untagged = waiting;
    else (this.tagged ??= new Map()).set(waiting.tag, waiting);
  }

  remove(waiting: Waiting): void {
    if (waiting.tag === null) this.untagged = null;
    else this.tagged?.delete(waiting.tag);
  }
}
