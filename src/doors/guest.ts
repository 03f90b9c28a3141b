/**
 * A connection as commands and the lock table know it: its address and name, what it
 * holds, what it may do. How its lines come and go is the Session's to know.
 */
import { type Credential, mayLock } from "../auth/authority.ts";
import type { Denial } from "../auth/denial.ts";
import { type Name, nameBytes } from "../core/records/name.ts";
import type { Alarm, Continuation, Keyed, Mode, Outcome } from "../core/request.ts";
import type { SessionId } from "../core/sessions.ts";
import type { Terms } from "../core/table.ts";
import type { Bearing } from "../engine/engine.ts";
import type { Answer, Ask, Caller, Command } from "../protocol/command.ts";
import { Fault, nameTooLong } from "../protocol/fault.ts";
import { latin1, type Line } from "../protocol/line.ts";
import type { Identity, Listing } from "../protocol/listing.ts";
import type { Output } from "../protocol/output.ts";
import { printable, printableText } from "../protocol/printable.ts";
import * as reply from "../protocol/replies.ts";
import { Proof, type Verdict } from "./admission/proof.ts";
import { type Rights, rightsOf, withoutTaking } from "./admission/rights.ts";
import type { Change, Happened } from "./asking/waits.ts";
import type { Lobby, Owner } from "./lobby.ts";

/** What a guest asks of its conversation. */
export interface Conversation {
  request(name: Name, ask: Ask, answer: Answer): void;
  change(change: Change, answer: Answer): void;
  cancel(tag: string): boolean;
  list(listing: Listing): void;
  /** Puts a line that nothing asked for. */
  say(put: () => void): void;
  drop(reason: string): void;
  authenticate(token: string): void;
}

/** Where a guest comes from. */
export interface Origin {
  readonly address: string;
  /** Over the unix socket, whose file says who may open it, or from within this process. */
  readonly local: boolean;
  /** Who it is known to be from the start: by its certificate. */
  readonly credential?: Credential | null;
}

/** Who is at the other end. */
export class Guest implements Caller, Owner {
  readonly out: Output;
  readonly features: Lobby["features"];
  readonly keyBytesMax: number;
  readonly address: string;
  readonly local: boolean;
  /** The table of commands, with refusals in the places of those that it may not use. */
  commands: readonly Command[];
  private rights: Rights;
  /** Who it has proved to be. */
  credential: Credential | null;
  label: string;
  notified = false;
  readonly id: SessionId;
  private readonly lobby: Lobby;
  private readonly conversation: Conversation;
  /** Made with the first token. */
  private proof: Proof | null = null;
  private beatMilliseconds = 0;
  private beatAlarm: Alarm | null = null;

  constructor(lobby: Lobby, conversation: Conversation, origin: Origin) {
    this.lobby = lobby;
    this.conversation = conversation;
    this.out = lobby.out;
    this.features = lobby.features;
    this.keyBytesMax = lobby.limits.keyBytesMax;
    this.address = origin.address;
    this.local = origin.local;
    this.credential = origin.credential ?? null;
    this.rights = rightsOf(lobby.authority, this);
    this.commands = this.rights.commands;
    if (!lobby.isServing) this.refuseTaking();
    this.label = origin.address;
    this.id = lobby.engine.open(this);
  }

  name(line: Line): Name {
    const { name } = line;
    name.point(this.lobby.seed, line.bytes, line.argumentStart, line.end);
    if (name.length > this.lobby.limits.nameBytesMax) {
      this.lobby.limitHits.name++;
      throw new Fault(nameTooLong);
    }
    return name;
  }

  lockName(line: Line): Name {
    const name = this.name(line);
    if (this.rights.bound !== null) this.expectWithin(this.rights.bound, name);
    return name;
  }

  get administrator(): boolean {
    return this.rights.administrator;
  }

  /** From now on it is this one. */
  private admit(credential: Credential): void {
    this.credential = credential;
    this.rights = rightsOf(this.lobby.authority, this);
    this.commands = this.rights.commands;
    if (!this.lobby.isServing) this.refuseTaking();
  }

  /** It keeps what it holds, and gets no more. */
  refuseTaking(): void {
    this.commands = withoutTaking(this.rights.commands);
  }

  authenticate(token: string): void {
    if (this.lobby.authority.required) this.conversation.authenticate(token);
    else this.out.textLine(reply.ok);
  }

  /** Whether that token says who it is, `NAME:SECRET`, a character a byte. */
  async prove(token: string): Promise<Verdict> {
    const { lobby, address } = this;
    this.proof ??= new Proof(lobby.authority, address);
    const { verdict, credential } = await this.proof.judge(token);
    if (credential === null) return verdict;
    this.admit(credential);
    if (lobby.verbose) {
      lobby.logger.trace("authenticated", { client: address, credential: credential.name });
    }
    return verdict;
  }

  /** Becomes what its credential means by now; `false` when that is nobody. */
  isStillKnown(): boolean {
    if (this.credential === null) return true;
    const now = this.lobby.authority.ofCommonName(this.credential.name);
    if (now !== null) this.admit(now);
    return now !== null;
  }

  acquire(mode: Mode, name: Name, terms: Terms): Outcome {
    const outcome = this.lobby.engine.acquire(mode, this.id, name, terms);
    if (this.lobby.verbose && outcome > 0) this.trace("granted", mode, name);
    return outcome;
  }

  /** Something that was asked for has ended like this. */
  happened(what: Happened, outcome: Outcome, { mode, name }: Pick<Change, "mode" | "name">): void {
    if (this.lobby.verbose && what !== null && outcome > 0) this.trace(what, mode, name);
  }

  request(name: Name, ask: Ask, answer: Answer): void {
    this.conversation.request(name, ask, answer);
  }

  release(mode: Mode, name: Name): boolean {
    const released = this.lobby.engine.release(mode, this.id, name);
    if (this.lobby.verbose && released) this.trace("released", mode, name);
    return released;
  }

  requestor(key: string): string {
    return this.label === this.address ? key : this.label;
  }

  releaseKeyed(name: Name, keyed: Bearing, answer: Answer): void {
    const { engine } = this.lobby;
    const run = (told: Continuation): Outcome =>
      this.acting(() => engine.releaseKeyed("exclusive", this.id, name, { keyed, told }));
    this.conversation.change({ mode: "exclusive", name, happened: "released", run }, answer);
  }

  renewKeyed(name: Name, keyed: Keyed, answer: Answer): void {
    const { engine } = this.lobby;
    const run = (told: Continuation): Outcome =>
      engine.renewKeyed("exclusive", this.id, name, { keyed, told });
    this.conversation.change({ mode: "exclusive", name, happened: null, run }, answer);
  }

  cancel(tag: string): boolean {
    return this.conversation.cancel(tag);
  }

  holders(mode: Mode, name: Name): number {
    return this.lobby.engine.holders(mode, name);
  }

  fence(name: Name): number {
    return this.lobby.engine.fence(this.id, name);
  }

  free(mode: Mode, name: Name, answer: Answer): void {
    const { engine } = this.lobby;
    const run = (told: Continuation): Outcome => this.acting(() => engine.free(mode, name, told));
    this.conversation.change({ mode, name, happened: null, run }, answer);
  }

  denied(command: string, reason: string): void {
    this.record({ command, reason });
  }

  register(name: string): void {
    const { named } = this.lobby;
    this.label = name === "" ? this.address : name;
    if (name === "") named.delete(this);
    else named.add(this);
  }

  registered(): Iterable<Identity> {
    return this.lobby.named;
  }

  notify(on: boolean): void {
    this.notified = on;
  }

  lost(mode: Mode, name: Uint8Array): void {
    const beginning = mode === "shared" ? reply.sharedLost : reply.lost;
    this.conversation.say(() => this.out.line(beginning, name, 0, name.length));
  }

  beat(milliseconds: number): void {
    this.beatMilliseconds = milliseconds;
    this.beatAlarm ??= {
      kind: "alarm",
      at: Infinity,
      position: -1,
      ring: () => this.conversation.drop("silent for longer than its beat"),
    };
    this.heard();
  }

  /** Silence is no reason to end it any more. */
  stopBeat(): void {
    if (this.beatAlarm !== null) this.lobby.schedule(this.beatAlarm, Infinity);
  }

  /** Something came from the other end. */
  heard(): void {
    if (this.beatAlarm === null) return;
    const { beatMilliseconds } = this;
    this.lobby.engine.schedule(
      this.beatAlarm,
      beatMilliseconds === 0 ? Infinity : beatMilliseconds,
    );
  }

  /** The connection is no more: it holds nothing, wants nothing and is nobody. */
  leave(): void {
    this.beat(0);
    this.lobby.named.delete(this);
    this.lobby.engine.end(this.id);
  }

  statistics(): readonly (readonly [string, number])[] {
    return this.lobby.statistics();
  }

  list(listing: Listing): void {
    this.conversation.list(listing);
  }

  private expectWithin(bound: Credential, name: Name): void {
    if (mayLock(bound, latin1(name.bytes, name.start, name.end))) return;
    this.record({ lock: nameBytes(name), reason: "it may not take locks of that name" });
    throw new Fault("denied");
  }

  private record(refused: Omit<Denial, "client" | "credential">): void {
    const { address: client, credential, lobby } = this;
    lobby.auditing?.denied({ client, credential: credential?.name ?? null, ...refused });
  }

  /** What is done meanwhile to anybody's holds is this one's doing. */
  private acting<Result>(run: () => Result): Result {
    this.lobby.acting = this;
    const result = run();
    this.lobby.acting = null;
    return result;
  }

  private trace(event: string, mode: Mode, name: Name): void {
    const called = this.label === this.address ? {} : { name: printableText(this.label) };
    const lock = printable(name);
    this.lobby.logger.trace(event, { mode, lock, client: this.address, ...called });
  }
}
