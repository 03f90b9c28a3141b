/**
 * What one connection is to be answered later: at most one untagged request, which holds up
 * the commands behind it, and any number of tagged ones, up to a limit, which do not.
 *
 * Invariant: a tag is in use exactly while its request is not answered.
 */
import type { Name } from "../../core/records/name.ts";
import type { Continuation, Mode, Outcome, Patience, Wait } from "../../core/request.ts";
import type { Answer } from "../../protocol/command.ts";

/** Whoever answers a request once it is decided, and kept where it has to be. */
export interface Answerer {
  committing(waiting: Waiting): void;
  decided(waiting: Waiting, outcome: Outcome): void;
}

/** What the log says when it succeeds; `null`: nothing. */
export type Happened = "granted" | "released" | null;

/** Something that is done at once, and answered once it is kept where it has to be. */
export interface Change {
  readonly mode: Mode;
  readonly name: Name;
  /** What it is in the log. */
  readonly happened: Happened;
  run(told: Continuation): Outcome;
}

/** A request that may be answered later, with what its answer will need. */
export class Waiting implements Patience {
  readonly mode: Mode;
  /** 0: it does not stand in line. */
  readonly milliseconds: number;
  /** `null` for one that holds up the commands behind it. */
  readonly tag: string | null;
  readonly answer: Answer;
  readonly happened: Happened;
  /** Set by the table while the request stands in line. */
  wait: Wait | null = null;
  /** It is done, and answered once that is kept. */
  isCommitting = false;
  /** A copy, made once the request is known to be answered later. */
  name: Name | null = null;
  private readonly answerer: Answerer;

  constructor(
    answerer: Answerer,
    options: Pick<Waiting, "mode" | "milliseconds" | "tag" | "answer" | "happened">,
  ) {
    this.answerer = answerer;
    this.mode = options.mode;
    this.milliseconds = options.milliseconds;
    this.tag = options.tag;
    this.answer = options.answer;
    this.happened = options.happened;
  }

  get blocking(): boolean {
    return this.tag === null;
  }

  committing(): void {
    this.isCommitting = true;
    this.answerer.committing(this);
  }

  decided(outcome: Outcome): void {
    this.answerer.decided(this, outcome);
  }
}

/** One connection's requests that are to be answered. */
export class Waits {
  /** How many of them are done and only have to be kept. */
  committing = 0;
  /** Made with the first tag: most connections use none. */
  private tagged: Map<string, Waiting> | null = null;
  private untagged: Waiting | null = null;

  /** How many tags are in use. */
  get tags(): number {
    return this.tagged === null ? 0 : this.tagged.size;
  }

  /** How many stand in line. */
  get standing(): number {
    return this.tags + (this.untagged === null ? 0 : 1) - this.committing;
  }

  /** Those that are to be answered now. */
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
    if (waiting.isCommitting) this.committing--;
    if (waiting.tag === null) this.untagged = null;
    else this.tagged?.delete(waiting.tag);
  }
}
