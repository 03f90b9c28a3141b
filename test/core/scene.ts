/**
 * A lock table with people who ask for locks, for tests that look at one thing at a time.
 * Invariant: what a wait was told stands in its `told`, each decision once, in order.
 */
import * as Lock from "../../src/core/records/lock-words.ts";
import * as Request from "../../src/core/records/request-words.ts";
import type { LockSpace } from "../../src/core/lock-space.ts";
import type { Keyed, Mode, Patience, Wait } from "../../src/core/request.ts";
import type { SessionId } from "../../src/core/sessions.ts";
import { LockTable, type TableOptions } from "../../src/core/table.ts";
import { defaultLimits } from "../../src/limits.ts";
import { named } from "./named.ts";

/** How a lock is asked for; plainly, now or not at all, where nothing else is said. */
export interface Wish {
  readonly mode?: Mode;
  readonly keyed?: Keyed;
  readonly limit?: number;
  /** A tagged wait, or an untagged one, which holds its session up. */
  readonly wait?: "tagged" | "untagged";
  /** How long; for ever where nothing else is said. */
  readonly milliseconds?: number;
}

/** An answer, and what came of it later. */
export interface Asked {
  readonly outcome: number;
  readonly told: readonly number[];
  readonly patience: Patience | null;
}

/** One request of a lock, read from its record. */
export interface Standing {
  readonly request: number;
  readonly session: SessionId;
}

/** A table and those who use it. */
export class Scene {
  readonly table: LockTable<string>;

  constructor(options: Partial<TableOptions<string>> = {}) {
    this.table = new LockTable({ limits: defaultLimits, wallMilliseconds: 1_000, ...options });
  }

  arrive(owner = "somebody"): SessionId {
    return this.table.sessions.open(owner);
  }

  ask(session: SessionId, lock: string, wish: Wish = {}): Asked {
    const { mode = "exclusive", keyed = null, limit = 0, wait, milliseconds = Infinity } = wish;
    const told: number[] = [];
    const patience: Patience | null =
      wait === undefined
        ? null
        : {
            milliseconds,
            blocking: wait === "untagged",
            wait: null as Wait | null,
            decided: (outcome) => void told.push(outcome),
          };
    const space = this.table.space(mode);
    const outcome = this.table.acquire(space, session, named(lock), { keyed, limit, patience });
    return { outcome, told, patience };
  }

  release(session: SessionId, lock: string, mode: Mode = "exclusive"): boolean {
    return this.table.release(this.table.space(mode), session, named(lock));
  }

  /** The session goes, and nothing of it is left. */
  leave(session: SessionId): void {
    this.table.end(session);
    while (this.table.sweep(session, 16));
  }

  /** Tells everybody whose wait is over. */
  tell(): void {
    for (let next = this.table.takeDecision(); next !== undefined;) {
      next.wait.patience.decided(next.outcome);
      next = this.table.takeDecision();
    }
  }

  pass(milliseconds: number, stepsMax = 1_000): void {
    this.table.state.monotonicMilliseconds += milliseconds;
    this.table.state.wallMilliseconds += milliseconds;
    this.table.expire(stepsMax);
  }
}

/** All locks of a space by id, as their records say. */
export function lockIds(space: LockSpace): number[] {
  const ids: number[] = [];
  for (let id = 1; id < space.locks.high; id++) {
    if (space.locks.get(id, Lock.first) !== 0) ids.push(id);
  }
  return ids;
}

/** The requests of a lock in order: those that hold it, and those that wait. */
export function lineOf(
  space: LockSpace,
  lock: number,
): { holders: Standing[]; waiters: Standing[] } {
  const line: Standing[] = [];
  let request = space.locks.get(lock, Lock.first);
  while (request !== 0) {
    line.push({ request, session: space.requests.get(request, Request.session) });
    request = space.requests.get(request, Request.next);
  }
  const holders = space.locks.get(lock, Lock.holders);
  return { holders: line.slice(0, holders), waiters: line.slice(holders) };
}
