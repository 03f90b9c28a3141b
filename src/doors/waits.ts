/**
 * What one connection is waiting for: at most one untagged request, which holds up the
 * commands behind it, and any number of tagged ones, up to a limit, which do not.
 *
 * Invariant: a tag is in use exactly while its request waits.
 */
import type { Name } from "../core/records/name.ts";
import type { Outcome, Patience, Wait } from "../core/request.ts";
import type { Answer } from "../protocol/command.ts";

/** A request that waits, with what its answer will need. */
export class Waiting implements Patience {
  readonly milliseconds: number;
  readonly tag: string | null;
  readonly answer: Answer;
  /** Set by the table while the request stands in line. */
  wait: Wait | null = null;
  /** A copy, made once the request is known to wait. */
  name: Name | null = null;
  private readonly onDecided: (waiting: Waiting, outcome: Outcome) => void;

  constructor(options: {
    milliseconds: number;
    tag: string | null;
    answer: Answer;
    onDecided: (waiting: Waiting, outcome: Outcome) => void;
  }) {
    this.milliseconds = options.milliseconds;
    this.tag = options.tag;
    this.answer = options.answer;
    this.onDecided = options.onDecided;
  }

  get blocking(): boolean {
    return this.tag === null;
  }

  decided(outcome: Outcome): void {
    this.onDecided(this, outcome);
  }
}

/** One connection's waiting requests. */
export class Waits {
  private readonly tagged = new Map<string, Waiting>();
  private untagged: Waiting | null = null;

  /** How many tags are in use. */
  get tags(): number {
    return this.tagged.size;
  }

  /** Whether commands are held up. */
  get blocked(): boolean {
    return this.untagged !== null;
  }

  /** Those that wait now. */
  all(): Waiting[] {
    const tagged = [...this.tagged.values()];
    return this.untagged === null ? tagged : [this.untagged, ...tagged];
  }

  isInUse(tag: string): boolean {
    return this.tagged.has(tag);
  }

  ofTag(tag: string): Waiting | undefined {
    return this.tagged.get(tag);
  }

  add(waiting: Waiting): void {
    if (waiting.tag === null) this.untagged = waiting;
    else this.tagged.set(waiting.tag, waiting);
  }

  remove(waiting: Waiting): void {
    if (waiting.tag === null) this.untagged = null;
    else this.tagged.delete(waiting.tag);
  }
}
