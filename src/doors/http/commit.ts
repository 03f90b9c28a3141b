/**
 * What HTTP waits for when an operation is done but not kept yet. Whatever need not be kept
 * is answered in the same turn, without a promise.
 */
import type { Outcome, Patience } from "../../core/request.ts";
import { Refusal } from "../../core/request.ts";
import type { Engine } from "../../engine/engine.ts";
import type { Owner } from "../lobby.ts";
import { unavailable } from "./problem.ts";

/** Now, or once it is kept. */
export type Soon<Value> = Value | Promise<Value>;

/** One operation's; it stands in no line. */
export class Commit implements Patience {
  readonly milliseconds = 0;
  readonly blocking = false;
  wait = null;
  private readonly engine: Engine<Owner>;
  private settle: PromiseWithResolvers<Outcome> | null = null;

  constructor(engine: Engine<Owner>) {
    this.engine = engine;
  }

  /** What `make` makes of the outcome once it is known. @throws Problem, rejects likewise. */
  ends<Value>(outcome: Outcome, make: (outcome: Outcome) => Value): Soon<Value> {
    if (outcome !== Refusal.waiting) return make(this.expectKept(outcome));
    this.settle = Promise.withResolvers();
    return this.settle.promise.then((late) => make(this.expectKept(late)));
  }

  decided(outcome: Outcome): void {
    this.settle?.resolve(outcome);
  }

  private expectKept(outcome: Outcome): Outcome {
    if (outcome === Refusal.unavailable) throw unavailable(this.engine.keeping!.why);
    return outcome;
  }
}

/** `make` of it: in the same turn when it is there already. */
export function soon<Value, Made>(value: Soon<Value>, make: (value: Value) => Made): Soon<Made> {
  return value instanceof Promise ? value.then(make) : make(value);
}
