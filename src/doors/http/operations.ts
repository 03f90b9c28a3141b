/**
 * What HTTP asks of the lock table: the same operations as the other doors, between the
 * engine's `enter` and `leave`. What is taken over HTTP outlives its request, so all of
 * it is held under a key.
 *
 * Invariant: every name that reaches the engine has been checked by whoever made it. What
 * cannot be kept is a `Problem`, thrown or in the promise.
 */
import type { Credential } from "../../auth/authority.ts";
import type { HoldState } from "../../core/keys.ts";
import { Name } from "../../core/records/name.ts";
import type { Keyed, Mode, Outcome, Patience } from "../../core/request.ts";
import type { SessionId } from "../../core/sessions.ts";
import type { Snapshot } from "../../core/snapshot.ts";
import type { Waiter } from "../../core/waiters.ts";
import { Refusal } from "../../core/request.ts";
import type { Bearing } from "../../engine/engine.ts";
import { printable, printableText } from "../../protocol/printable.ts";
import type { Lobby, Owner } from "../lobby.ts";
import { Commit, type Soon } from "./commit.ts";
import type { Exchange } from "./exchange.ts";
import { unavailable } from "./problem.ts";

/** Which lock: the bytes of its name, in one of the two name spaces. */
export interface LockReference {
  readonly mode: Mode;
  readonly name: Uint8Array;
}

/** What is asked for. */
export interface Want extends LockReference {
  readonly keyed: Keyed;
  /** Shared: hold only while fewer than this many do; `0`: always. */
  readonly limit: number;
}

/** What came of it; `hold` when it is a grant. */
export interface Taken {
  readonly outcome: Outcome;
  readonly hold: HoldState | null;
}

/** One door's way to the engine. While an operation lasts, this is who asks. */
export class Operations implements Owner {
  readonly notified = false;
  readonly lobby: Lobby;
  private readonly session: SessionId;
  private readonly view = new Name();
  private asking: Exchange | null = null;

  constructor(lobby: Lobby) {
    this.lobby = lobby;
    this.session = lobby.engine.open(this);
  }

  get address(): string {
    return this.asking?.address ?? "";
  }

  get label(): string {
    return this.asking?.label ?? "";
  }

  get credential(): Credential | null {
    return this.asking?.credential ?? null;
  }

  lost(): void {
    // Whoever took it is not connected any more.
  }

  /** Takes the lock now, or not at all. */
  take(exchange: Exchange, want: Want): Soon<Taken> {
    const commit = new Commit(this.lobby.engine);
    return this.entered(exchange, () => {
      const now = this.acquire(this.session, want, commit);
      const hold = now > 0 || now === Refusal.waiting ? this.holdNow(want) : null;
      return commit.ends(now, (outcome) => this.taken(exchange, want, { outcome, hold }));
    });
  }

  /** To be called between `enter` and `leave`; `session` is whoever waits if it has to. */
  acquire(session: SessionId, { mode, name, keyed, limit }: Want, patience: Patience): Outcome {
    const terms = { keyed, limit, patience };
    return this.lobby.engine.acquire(mode, session, this.named(name), terms);
  }

  /** What came of it, for the log as well. */
  taken(exchange: Exchange, lock: LockReference, { outcome, hold }: Taken): Taken {
    if (outcome <= 0) return { outcome, hold: null };
    this.trace("granted", exchange, lock);
    return { outcome, hold };
  }

  /** The hold that was just taken; to be called between `enter` and `leave`. */
  holdNow({ mode, name, keyed }: Want): HoldState | null {
    return this.lobby.engine.keyedHold(mode, this.session, this.named(name), keyed);
  }

  hold(lock: LockReference, bearing: Bearing): HoldState | null {
    const { mode, name } = lock;
    return this.entered(null, () =>
      this.lobby.engine.keyedHold(mode, this.session, this.named(name), bearing),
    );
  }

  /** Plain locks need to know no more than that. */
  grant(exchange: Exchange, want: Want): Soon<Outcome> {
    const commit = new Commit(this.lobby.engine);
    return this.entered(exchange, () =>
      commit.ends(this.acquire(this.session, want, commit), (outcome) => {
        if (outcome > 0) this.trace("granted", exchange, want);
        return outcome;
      }),
    );
  }

  release(exchange: Exchange, lock: LockReference, keyed: Bearing): Soon<boolean> {
    const { engine } = this.lobby;
    const told = new Commit(engine);
    return this.entered(exchange, () => {
      const name = this.named(lock.name);
      const now = engine.releaseKeyed(lock.mode, this.session, name, { keyed, told });
      return told.ends(now, (released) => {
        if (released > 0) this.trace("released", exchange, lock);
        return released > 0;
      });
    });
  }

  /** Counts the hold's TTL from now; `null` when there is no such hold. */
  renew(exchange: Exchange, lock: LockReference, keyed: Keyed): Soon<HoldState | null> {
    const { engine } = this.lobby;
    const told = new Commit(engine);
    return this.entered(exchange, () => {
      const name = this.named(lock.name);
      const now = engine.renewKeyed(lock.mode, this.session, name, { keyed, told });
      const hold = engine.keyedHold(lock.mode, this.session, this.view, keyed);
      return told.ends(now, (renewed) => (renewed > 0 ? hold : null));
    });
  }

  /** Takes the lock from all its holders; returns how many they were. */
  free(exchange: Exchange, { mode, name }: LockReference): Soon<number> {
    const { engine } = this.lobby;
    const told = new Commit(engine);
    return this.entered(exchange, () =>
      told.ends(engine.free(mode, this.named(name), told), (freed) => freed),
    );
  }

  /** Whatever anybody has done so far is kept from then on. Rejects with a `Problem`. */
  kept(): Soon<void> {
    const { engine } = this.lobby;
    const { keeping } = engine;
    if (keeping === null) return undefined;
    return new Promise((resolve, reject) => {
      keeping.settled((failure) => (failure === null ? resolve() : reject(unavailable(failure))));
    });
  }

  holders({ mode, name }: LockReference): number {
    return this.entered(null, () => this.lobby.engine.holders(mode, this.named(name)));
  }

  waiters({ mode, name }: LockReference, most: number): Waiter<Owner>[] {
    return this.entered(null, () => this.lobby.engine.waiters(mode, this.named(name), most));
  }

  /** The locks as they are at one moment: one of them, or all; `done` frees them. */
  gather(
    modes: readonly Mode[],
    only: Uint8Array | null,
  ): Promise<{ snapshots: readonly Snapshot<Owner>[]; done: () => void }> {
    return new Promise((resolve) => {
      this.entered(null, () =>
        this.lobby.engine.gather({
          modes,
          only,
          ready: (snapshots, done) => resolve({ snapshots, done }),
        }),
      );
    });
  }

  private entered<Result>(exchange: Exchange | null, run: () => Result): Result {
    const { engine } = this.lobby;
    this.asking = exchange;
    engine.enter();
    this.lobby.acting = this;
    try {
      return run();
    } finally {
      this.lobby.acting = null;
      engine.leave();
      this.asking = null;
    }
  }

  private named(bytes: Uint8Array): Name {
    return this.view.point(this.lobby.seed, bytes, 0, bytes.length);
  }

  private trace(event: string, exchange: Exchange, { mode, name }: LockReference): void {
    if (!this.lobby.verbose) return;
    const { address: client, label } = exchange;
    const called = label === client ? {} : { name: printableText(label) };
    const lock = printable({ bytes: name, start: 0, end: name.length });
    this.lobby.logger.trace(event, { mode, lock, client, ...called });
  }
}
