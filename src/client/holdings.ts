/**
 * All that a client holds and asks for, and what becomes of it when the server or a
 * connection says so.
 *
 * Invariant: when a connection ends, everybody who held something through it is told
 * before anybody else is let in.
 */
import { Acquisition, type Office, type Order } from "./asking/acquisition.ts";
import type { Claim, Holder, Keeper } from "./holds/claim.ts";
import type { ConnectionOwner } from "./connection/connection.ts";
import { nobodyAsks, type Question } from "./connection/conversation.ts";
import type { Link } from "./connection/link.ts";
import { Connections } from "./connection/connections.ts";
import { type Deferred, deferred } from "./deferred.ts";
import { ClosedError, type GlockdError, LostError } from "./errors.ts";
import type { ConnectionState, Settings } from "./options.ts";
import { isYes } from "./asking/replies.ts";
import { Turns } from "./asking/turns.ts";
import { modeOf, releaseCommand } from "./asking/wants.ts";

export class Holdings implements Office, Keeper, ConnectionOwner {
  readonly connections: Connections;
  readonly patienceMilliseconds: number;
  private readonly settings: Settings;
  private readonly exclusive: Turns;
  private readonly shared: Turns;
  private closed: GlockdError | null = null;

  constructor(settings: Settings) {
    this.settings = settings;
    this.patienceMilliseconds = settings.patienceMilliseconds;
    this.connections = new Connections(settings, this);
    this.exclusive = new Turns(this.connections);
    this.shared = new Turns(this.connections);
  }

  /** Resolves with a handle; if it is only a try, with null when the lock is taken. */
  acquire<H extends Holder>(order: Order<H> & { readonly isTry: false }): Promise<H>;
  acquire<H extends Holder>(order: Order<H> & { readonly isTry: true }): Promise<H | null>;
  acquire<H extends Holder>(order: Order<H>): Promise<H | null> {
    if (this.closed !== null) return Promise.reject(this.closed);
    return new Acquisition(this, order).start();
  }

  /** Ends everything; resolves when the server knows. */
  async close(): Promise<void> {
    const error = new ClosedError("this client was closed");
    this.stop(error);
    await this.connections.close(error);
  }

  turns(mode: "exclusive" | "shared"): Turns {
    return mode === "exclusive" ? this.exclusive : this.shared;
  }

  connection(seat: number): Connections["first"] {
    return this.connections.at(seat);
  }

  giveUp(claim: Claim, holder: Holder): Promise<boolean> {
    claim.drop(holder);
    if (claim.state !== "held") return Promise.resolve(false);
    if (claim.holders.length > 0) return Promise.resolve(true);
    if (claim.want.kind === "detached") {
      const released = this.tell(releaseCommand(claim.want, claim.name));
      this.turns("exclusive").leave(claim);
      return released;
    }
    const release = new Release();
    this.release(claim, release);
    return release.outcome.promise;
  }

  giveBack(claim: Claim): void {
    this.release(claim, nobodyAsks);
  }

  uncertain(claim: Claim): void {
    const { want, name } = claim;
    // Another process that has the key may hold it in earnest.
    if (want.kind !== "detached" || !want.isOwnKey || this.closed !== null) return;
    this.tell(releaseCommand(want, name)).catch(() => undefined);
  }

  renew(claim: Claim): Promise<boolean> {
    const { want, name } = claim;
    if (want.kind !== "detached") return Promise.resolve(claim.state === "held");
    return this.tell(`kt ${want.key} ${want.ttl} ${name}`);
  }

  lapsed(claim: Claim): void {
    this.takenAway(claim, new LostError(`the hold on ${quoted(claim)} has lapsed`, "lapsed"));
  }

  forget(claim: Claim): void {
    this.turns(modeOf(claim.want)).leave(claim);
  }

  lost(link: Link, mode: "exclusive" | "shared", name: string): void {
    for (const claim of [...this.turns(mode).of(name)]) {
      if (claim.link !== link || claim.state !== "held") continue;
      const isLapsed = performance.now() >= claim.expiresAt;
      const how = isLapsed ? "has lapsed" : "was taken away by an administrator";
      const reason = isLapsed ? "lapsed" : "freed";
      this.takenAway(claim, new LostError(`the hold on ${quoted(claim)} ${how}`, reason));
    }
  }

  ended(link: Link, error: LostError): void {
    this.loseAll(error, (claim) => claim.link === link && claim.want.kind !== "detached");
  }

  changed(state: ConnectionState, why?: Error): void {
    // The connection has closed itself: a token that the server does not accept.
    if (state === "closed" && this.closed === null && why !== undefined) {
      this.stop(why as GlockdError);
      void this.connections.close(why as GlockdError);
    }
    this.settings.onState(state, why);
  }

  /** Nobody gets anything any more, and whoever holds something is told. */
  private stop(error: GlockdError): void {
    if (this.closed !== null) return;
    this.closed = error;
    for (const turns of [this.exclusive, this.shared]) {
      for (const applicant of turns.dismiss()) applicant.abandon(error);
    }
    this.loseAll(new LostError("this client was closed", "closed", { cause: error }), () => true);
  }

  private loseAll(error: LostError, isLost: (claim: Claim) => boolean): void {
    const claims = [...this.exclusive.all(), ...this.shared.all()];
    const gone = claims.filter((claim) => claim.state === "held" && isLost(claim));
    for (const claim of gone) claim.lose(error);
    for (const claim of gone) this.turns(modeOf(claim.want)).leave(claim);
  }

  /** The server is told, too: whatever it thinks, nobody here holds that any more. */
  private takenAway(claim: Claim, error: LostError): void {
    claim.lose(error);
    if (claim.want.kind !== "detached") return this.release(claim, nobodyAsks);
    this.uncertain(claim);
    this.turns("exclusive").leave(claim);
  }

  /** What comes next goes behind the release, in the same packet if need be. */
  private release(claim: Claim, question: Question): void {
    const link = claim.link!;
    const command = releaseCommand(claim.want, claim.name);
    if (claim.want.kind === "read") link.ask(command, question);
    else link.askInOrder(command, question);
    this.turns(modeOf(claim.want)).leave(claim);
  }

  /** For holds that outlive connections: asks again if a connection ends meanwhile. */
  private tell(command: string): Promise<boolean> {
    const { first } = this.connections;
    return new Promise((resolve, reject) => {
      const submit = (): void => {
        first.submit({
          send: (link) => void link.ask(command, question),
          fail: reject,
          patienceMilliseconds: () => this.patienceMilliseconds,
        });
      };
      const question: Question = {
        answered: (reply) => resolve(isYes(reply)),
        broken: (error) => (error instanceof LostError ? submit() : reject(error)),
      };
      submit();
    });
  }
}

/** Resolves with whether there was something to release. */
class Release implements Question {
  readonly outcome: Deferred<boolean> = deferred();

  answered(reply: string): void {
    this.outcome.resolve(isYes(reply));
  }

  broken(): void {
    this.outcome.resolve(false);
  }
}

function quoted({ name }: Claim): string {
  return JSON.stringify(name);
}
