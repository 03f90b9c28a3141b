/** An engine with a store whose disk the test commands, and people who ask it. */
import {
  type Keyed,
  type Mode,
  type Patience,
  Refusal,
  type Wait,
} from "../../src/core/request.ts";
import type { SessionId } from "../../src/core/sessions.ts";
import { plainTerms } from "../../src/core/table.ts";
import type { Restored } from "../../src/engine/restoring.ts";
import { LocalEngine } from "../../src/engine/local.ts";
import { defaultLimits, type Limits } from "../../src/limits.ts";
import type { StoredHold } from "../../src/store/store.ts";
import { FakeClock } from "../clock.ts";
import { named, seed } from "../core/named.ts";
import { type Owner, owner } from "./bench.ts";
import { TestStore } from "./stores.ts";

/** What came of a request: at once, or told later. */
export interface Asked extends Patience {
  outcome: number;
  readonly told: number[];
  committed: number;
}

export interface Wish {
  readonly key?: string;
  readonly requestor?: string;
  /** `null`: it ends with its connection; 0: never. */
  readonly ttl?: number | null;
  readonly mode?: Mode;
  readonly limit?: number;
  readonly wait?: number;
}

export class House {
  readonly clock: FakeClock;
  readonly store: TestStore;
  readonly engine: LocalEngine<Owner>;
  readonly restored: Restored[] = [];
  readonly failures: (string | null)[] = [];
  unreserved = 0;
  private readonly onlooker: SessionId;
  /** What the first reservation was answered with. */
  ready: string | null | undefined = undefined;

  constructor(options: { store?: TestStore; clock?: FakeClock; limits?: Partial<Limits> } = {}) {
    this.clock = options.clock ?? new FakeClock();
    this.store = options.store ?? new TestStore();
    const limits = { ...defaultLimits, ...options.limits };
    this.engine = new LocalEngine<Owner>({ limits, clock: this.clock, seed, store: this.store });
    this.onlooker = this.arrive();
  }

  /** As a server starts: ready when the first block of fences is on disk. */
  begin(): this {
    this.engine.keeping!.begin(
      {
        restored: (restored) => this.restored.push(restored),
        failure: (failure) => this.failures.push(failure),
        unreserved: () => this.unreserved++,
      },
      (failure) => (this.ready = failure),
    );
    this.store.commit();
    return this;
  }

  arrive(): SessionId {
    return this.engine.open(owner());
  }

  entry<T>(run: () => T): T {
    this.engine.enter();
    const result = run();
    this.engine.leave();
    return result;
  }

  take(session: SessionId, lock: string, wish: Wish = {}): Asked {
    const { mode = "exclusive", limit = 0, wait = 0 } = wish;
    const asked = asking(wait);
    const terms = { keyed: keyedOf(wish), limit, patience: asked };
    asked.outcome = this.entry(() => this.engine.acquire(mode, session, named(lock), terms));
    return asked;
  }

  release(session: SessionId, lock: string, wish: Wish = {}): Asked {
    return this.ask((told) => {
      const { mode = "exclusive" } = wish;
      return this.engine.releaseKeyed(mode, session, named(lock), { keyed: keyedOf(wish), told });
    });
  }

  renew(session: SessionId, lock: string, wish: Wish = {}): Asked {
    return this.ask((told) => {
      const { mode = "exclusive" } = wish;
      return this.engine.renewKeyed(mode, session, named(lock), { keyed: keyedOf(wish), told });
    });
  }

  free(lock: string, mode: Mode = "exclusive"): Asked {
    return this.ask((told) => this.engine.free(mode, named(lock), told));
  }

  plain(session: SessionId, lock: string): number {
    return this.entry(() => this.engine.acquire("exclusive", session, named(lock), plainTerms));
  }

  plainRelease(session: SessionId, lock: string): boolean {
    return this.entry(() => this.engine.release("exclusive", session, named(lock)));
  }

  /** The hold as the table has it. */
  hold(
    lock: string,
    wish: Wish = {},
    session: SessionId = this.onlooker,
  ): ReturnType<LocalEngine<Owner>["keyedHold"]> {
    const { mode = "exclusive" } = wish;
    return this.entry(() => this.engine.keyedHold(mode, session, named(lock), keyedOf(wish)));
  }

  /** The server is killed and starts again on what is on its disk, after so long. */
  crash(milliseconds = 0): House {
    const clock = new FakeClock(this.clock.wallMs() + milliseconds);
    const { disk, fenceMark } = this.store;
    const store = new TestStore({ holds: [...disk.values()], fenceMark });
    return new House({ clock, store }).begin();
  }

  get disk(): readonly StoredHold[] {
    return [...this.store.holds()];
  }

  private ask(run: (told: Asked) => number): Asked {
    const asked = asking(0);
    asked.outcome = this.entry(() => run(asked));
    return asked;
  }
}

/** What it was answered with in the end; `undefined` while it is not. */
export function answerOf({ outcome, told }: Asked): number | undefined {
  if (told.length > 1) throw new Error("told twice");
  return outcome === Refusal.waiting ? told[0] : outcome;
}

function asking(milliseconds: number): Asked {
  const told: number[] = [];
  const asked: Asked = {
    outcome: 0,
    told,
    committed: 0,
    milliseconds,
    blocking: false,
    wait: null as Wait | null,
    committing: () => void asked.committed++,
    decided: (outcome) => void told.push(outcome),
  };
  return asked;
}

function keyedOf({ key = "k", requestor = key, ttl = 0 }: Wish): Keyed {
  return { key, requestor, ttlMilliseconds: ttl };
}
