/**
 * Who in this process may ask the server for a lock. The server sees connections, so the
 * tasks of a process that want the same lock stand in line here, first come first served:
 * one for an exclusive lock; readers share a hold; each permit of a semaphore has a
 * connection of its own.
 *
 * Invariant: no two claims on a name use the same connection, and nobody who may wait is
 * overtaken by somebody of this process who came later.
 */
import { joinMilliseconds } from "../bounds.ts";
import { Claim } from "../holds/claim.ts";
import type { GlockdError } from "../errors.ts";
import type { ReadWant, Want } from "./wants.ts";

/** Somebody who wants a lock. One of these is called, once, unless it withdraws. */
export interface Applicant {
  readonly name: string;
  readonly want: Want;
  /** It has the claim, and may ask the server. */
  enter(claim: Claim): void;
  /** It shares what is held already. */
  join(claim: Claim): void;
  /** It gets nothing any more. */
  abandon(error: GlockdError): void;
}

interface Turn {
  claims: readonly Claim[];
  /** Made when somebody has to stand. */
  line: Set<Applicant> | null;
  isAdvancing: boolean;
}

const none: readonly Claim[] = Object.freeze([]);

/** Counts which connections are in use. */
export interface Seats {
  readonly max: number;
  take(seat: number): void;
  leave(seat: number): void;
}

/** The turns of one name space. */
export class Turns {
  private readonly seats: Seats;
  private readonly turns = new Map<string, Turn>();

  constructor(seats: Seats) {
    this.seats = seats;
  }

  /** Lets it in at once, or not at all: then `false`, and it may `stand` in line. */
  apply(applicant: Applicant): boolean {
    let turn = this.turns.get(applicant.name);
    if (turn === undefined) {
      turn = { claims: none, line: null, isAdvancing: false };
      this.turns.set(applicant.name, turn);
    }
    return (turn.line === null || turn.line.size === 0) && this.admit(turn, applicant);
  }

  stand(applicant: Applicant): void {
    const turn = this.turns.get(applicant.name);
    if (turn !== undefined) (turn.line ??= new Set()).add(applicant);
  }

  withdraw(applicant: Applicant): void {
    const turn = this.turns.get(applicant.name);
    if (turn === undefined) return;
    turn.line?.delete(applicant);
    // Whoever stood behind it may share what is held.
    this.advance(applicant.name, turn);
  }

  /** The claim is over, or its release is on its way: the next one goes behind that. */
  leave(claim: Claim): void {
    const turn = this.turns.get(claim.name);
    if (turn === undefined || !turn.claims.includes(claim)) return;
    claim.state = "over";
    turn.claims = turn.claims.length === 1 ? none : turn.claims.filter((each) => each !== claim);
    this.seats.leave(claim.seat);
    this.advance(claim.name, turn);
  }

  /** A claim was granted, so that others may join it. */
  granted(claim: Claim): void {
    const turn = this.turns.get(claim.name);
    if (turn !== undefined) this.advance(claim.name, turn);
  }

  /** The claims on a name. */
  of(name: string): readonly Claim[] {
    return this.turns.get(name)?.claims ?? none;
  }

  /** All claims. */
  *all(): Iterable<Claim> {
    for (const { claims } of this.turns.values()) yield* claims;
  }

  /** All who stand in line, who then do so no longer. */
  dismiss(): Applicant[] {
    const dismissed: Applicant[] = [];
    for (const { line } of this.turns.values()) {
      for (const applicant of line ?? []) dismissed.push(applicant);
      line?.clear();
    }
    return dismissed;
  }

  private advance(name: string, turn: Turn): void {
    // What is let in may fail at once, and leave: then the loop that let it in goes on.
    if (turn.isAdvancing) return;
    const { line } = turn;
    if (line !== null) {
      turn.isAdvancing = true;
      for (const applicant of line) {
        if (!this.admit(turn, applicant)) break;
        line.delete(applicant);
      }
      turn.isAdvancing = false;
      if (line.size > 0) return;
    }
    if (turn.claims === none) this.turns.delete(name);
  }

  private admit(turn: Turn, applicant: Applicant): boolean {
    const { claims } = turn;
    const { want } = applicant;
    if (claims.length === 0) return this.enter(turn, applicant, 0);
    if (want.kind === "exclusive" || want.kind === "detached") return false;
    const { max } = this.seats;
    if (want.kind === "permit") {
      const most = want.limit === 0 ? max : Math.min(max, want.limit);
      const permits = claims.filter((claim) => claim.want.kind === "permit").length;
      return permits < most && claims.length < max && this.enter(turn, applicant, freeSeat(claims));
    }
    if (want.kind === "read" && claims.some((claim) => !isAmong(claim.want, want))) return false;
    const last = claims.findLast((claim) => claim.want.kind === want.kind);
    if (last === undefined) {
      // Beside permits, but never beside an exclusive holder.
      const isAlone = want.kind === "read" || claims.length >= max;
      return !isAlone && this.enter(turn, applicant, freeSeat(claims));
    }
    if (last.state !== "held") return false;
    if (isJoinable(last) || claims.length >= max) {
      applicant.join(last);
      return true;
    }
    return this.enter(turn, applicant, freeSeat(claims));
  }

  private enter(turn: Turn, applicant: Applicant, seat: number): true {
    const claim = new Claim(applicant.name, applicant.want, seat);
    turn.claims = turn.claims === none ? [claim] : [...turn.claims, claim];
    this.seats.take(seat);
    applicant.enter(claim);
    return true;
  }
}

/** Whether both are readers with the same key. */
function isAmong(want: Want, { key }: ReadWant): boolean {
  return want.kind === "read" && want.key === key;
}

/** Whoever shares without a limit keeps nobody waiting; readers might, for ever. */
function isJoinable(claim: Claim): boolean {
  return claim.want.kind === "shared" || performance.now() - claim.grantedAt < joinMilliseconds;
}

/** The first connection that carries none of these. */
function freeSeat(claims: readonly Claim[]): number {
  const used = new Set(claims.map(({ seat }) => seat));
  let seat = 0;
  while (used.has(seat)) seat += 1;
  return seat;
}
