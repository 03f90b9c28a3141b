/**
 * A local engine with a fake clock and two people, for tests of who is told what and when.
 */
import { type Keyed, type Patience, Refusal, type Wait } from "../../src/core/request.ts";
import type { SessionId } from "../../src/core/sessions.ts";
import { plainTerms } from "../../src/core/table.ts";
import { LocalEngine } from "../../src/engine/local.ts";
import { defaultLimits } from "../../src/limits.ts";
import { FakeClock } from "../clock.ts";
import { named, seed } from "../core/named.ts";

/** A clock that knows how often it was asked and for when it is set. */
export class WatchedClock extends FakeClock {
  readings = 0;
  wakes = 0;
  readonly setFor: number[] = [];
  private run: (() => void) | null = null;

  override monotonicMs(): number {
    this.readings++;
    return super.monotonicMs();
  }

  /** As a timer does that cannot wait for so long. */
  ringNow(): void {
    this.run?.();
  }

  override wakeAt(monotonicMs: number, run: () => void): () => void {
    this.setFor.push(monotonicMs);
    const forget = (): void => {
      const at = this.setFor.indexOf(monotonicMs);
      if (at !== -1) this.setFor.splice(at, 1);
    };
    const cancel = super.wakeAt(monotonicMs, () => {
      forget();
      this.wakes++;
      run();
    });
    this.run = () => {
      forget();
      cancel();
      run();
    };
    return () => {
      forget();
      cancel();
    };
  }
}

/** Whom the engine tells of losses. */
export interface Owner {
  notified: boolean;
  readonly losses: string[];
  lost(mode: string, name: Uint8Array): void;
}

/** Somebody; `losses` is what it was told. */
export function owner(notified = false): Owner {
  const losses: string[] = [];
  return {
    notified,
    losses,
    lost: (mode, name) => void losses.push(`${mode} ${Buffer.from(name).toString()}`),
  };
}

/** The engine, entered and asked. */
export class Bench {
  readonly clock = new WatchedClock();
  readonly engine = new LocalEngine<Owner>({ limits: defaultLimits, clock: this.clock, seed });
  /** When the clock reads 0 for the tests. */
  readonly start = this.clock.monotonicMs();

  entry<T>(run: () => T): T {
    this.engine.enter();
    const result = run();
    this.engine.leave();
    return result;
  }

  hold(session: SessionId, lock: string): number {
    return this.engine.acquire("exclusive", session, named(lock), plainTerms);
  }

  wait(session: SessionId, lock: string, milliseconds = Infinity): { told: number[]; wait: Wait } {
    const told: number[] = [];
    const patience: Patience = {
      milliseconds,
      blocking: false,
      wait: null,
      decided: (outcome) => void told.push(outcome),
    };
    const terms = { keyed: null, limit: 0, patience };
    const outcome = this.engine.acquire("exclusive", session, named(lock), terms);
    if (outcome !== Refusal.waiting) throw new Error(`${lock}: ${outcome}`);
    return { told, wait: patience.wait! };
  }

  lease(session: SessionId, lock: string, ttlMilliseconds: number): void {
    const keyed: Keyed = { key: "k", requestor: "r", ttlMilliseconds };
    const terms = { keyed, limit: 0, patience: null };
    this.engine.acquire("exclusive", session, named(lock), terms);
  }
}

/** Two people; `a` holds "lock". */
export function withPeople(): Bench & { a: SessionId; b: SessionId } {
  const bench = new Bench();
  const [a, b] = [bench.engine.open(owner()), bench.engine.open(owner())];
  bench.entry(() => bench.hold(a, "lock"));
  return Object.assign(bench, { a, b });
}
