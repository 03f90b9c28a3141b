/**
 * One connection's conversation, whatever carries it: lines in, replies out, in order.
 *
 * Invariant: while it is not `ready` no further command is looked at; what comes in
 * meanwhile is kept, up to a limit. Once it is `ended` it holds nothing, wants nothing
 * and says nothing.
 */
import type { Name } from "../core/records/name.ts";
import { type Outcome, Refusal } from "../core/request.ts";
import { backlogBytesMax, flushBytes } from "../limits.ts";
import type { Answer, Ask } from "../protocol/command.ts";
import { limitReached } from "../protocol/fault.ts";
import { Framer } from "../protocol/framer.ts";
import type { Listing } from "../protocol/listing.ts";
import type { Output } from "../protocol/output.ts";
import * as reply from "../protocol/replies.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Verdict } from "./admission/proof.ts";
import { type Conversation, Guest, type Origin } from "./guest.ts";
import type { Lobby, Visitor } from "./lobby.ts";
import type { Port } from "./port.ts";
import { Showing } from "./showing.ts";
import { type Answerer, Waiting, Waits } from "./waits.ts";

type State = "ready" | "waiting" | "listing" | "authenticating" | "leaving" | "ended";

/** A conversation. */
export class Session implements Conversation, Visitor, Answerer {
  readonly guest: Guest;
  readonly number: number;
  readonly sinceWallMilliseconds: number;
  private readonly lobby: Lobby;
  readonly port: Port;
  private readonly out: Output;
  private readonly framer: Framer;
  private readonly waiting = new Waits();
  private readonly dispatcher: Dispatcher;
  private state: State = "ready";
  private showing: Showing | null = null;
  /** What was decided while a listing goes out, to be said behind it. */
  private deferred: (() => void)[] | null = null;
  private pumping = false;
  private inputEnded = false;

  constructor(lobby: Lobby, options: Origin & { port: Port }) {
    this.lobby = lobby;
    this.out = lobby.out;
    this.port = options.port;
    this.framer = new Framer(lobby.limits.lineBytesMax);
    this.guest = new Guest(lobby, this, options);
    this.dispatcher = new Dispatcher(lobby, { guest: this.guest, waits: this.waiting });
    this.number = lobby.nextNumber();
    this.sinceWallMilliseconds = lobby.clock.wallMs();
    lobby.sessions.add(this);
    if (lobby.verbose) lobby.logger.trace("connected", { client: options.address });
  }

  holds(): number {
    return this.lobby.engine.requests(this.guest.id) - this.waiting.count;
  }

  waits(): number {
    return this.waiting.count;
  }

  /** Bytes came in; they may be reused when this returns. */
  receive(packet: Uint8Array): void {
    const { engine } = this.lobby;
    engine.enter();
    this.guest.heard();
    this.framer.feed(packet);
    this.pump();
    engine.leave();
  }

  /**
   * No more bytes will come; what came is still answered. A client that is gone looks like
   * one that only stopped talking, and nobody who may be gone is granted anything: what
   * waits has failed, and what is still to be done does not wait.
   */
  endInput(): void {
    if (this.state === "ended") return;
    this.refuseWaits();
    this.finishIfDone();
  }

  /** What waits has failed, and nothing waits from now on. */
  refuseWaits(): void {
    this.inputEnded = true;
    this.failWaits();
  }

  /** What it holds stays; commands that would take more are refused. */
  drain(seconds: number): void {
    this.guest.refuseTaking();
    if (this.guest.notified) this.say(() => this.out.textLine(`@! 0 Shutdown: ${seconds}`));
    this.failWaits();
  }

  private failWaits(): void {
    const { engine } = this.lobby;
    engine.enter();
    for (const waiting of this.waiting.all()) {
      if (waiting.wait !== null && engine.cancel(waiting.wait)) waiting.decided(Refusal.held);
    }
    engine.leave();
  }

  /** The peer has taken everything. */
  drained(): void {
    if (this.showing === null) return;
    const { engine } = this.lobby;
    engine.enter();
    this.showing.goOn();
    engine.leave();
  }

  /** The connection is no more. `reason` is for the log; only the first call counts. */
  end(reason: string): void {
    const { lobby, guest } = this;
    if (this.state === "ended") return;
    this.state = "ended";
    this.port.close();
    lobby.forget(this);
    if (lobby.verbose) lobby.logger.trace("disconnected", { client: guest.address, reason });
    lobby.engine.enter();
    guest.leave();
    this.showing?.end();
    lobby.engine.leave();
  }

  /** We end it: the peer asked for more than it may have, or is not heard of. */
  drop(reason: string): void {
    if (this.state === "ended") return;
    const dropped = ++this.lobby.dropped;
    this.lobby.logger.warn("dropped", { client: this.guest.address, reason, dropped });
    this.end(reason);
    this.port.destroy();
  }

  /** The server stops: the connection ends when the peer has taken its replies. */
  dismiss(): void {
    if (this.guest.notified) this.say(() => this.out.textLine("@! 0 Shutdown: 0"));
    if (this.state === "ready") this.port.finish();
    else this.drop("shutting down");
  }

  /** Asks for a lock; answers now, or when the wait is over. */
  request(name: Name, ask: Ask, answer: Answer): void {
    const { mode, keyed, limit, milliseconds } = ask;
    const { waiting: waits, lobby, dispatcher } = this;
    const { tag } = dispatcher;
    const wantsToWait = milliseconds > 0 && !this.inputEnded;
    const mayWait = wantsToWait && (tag === null || waits.tags < lobby.limits.tagsMax);
    const patience = mayWait ? new Waiting(this, { mode, milliseconds, tag, answer }) : null;
    const outcome = this.guest.acquire(mode, name, { keyed, limit, patience });
    if (outcome === Refusal.held && wantsToWait) {
      lobby.limitHits.tags++;
      throw limitReached("tags");
    }
    if (outcome !== Refusal.waiting || patience === null) return answer(this.out, outcome, name);
    patience.name = name.copy();
    waits.add(patience);
    dispatcher.withdrawTag();
    if (tag === null) this.state = "waiting";
  }

  /** Ends the tagged wait; it is answered with failure, before anything else is. */
  cancel(tag: string): boolean {
    const waiting = this.waiting.ofTag(tag);
    if (waiting === undefined || waiting.wait === null) return false;
    this.lobby.engine.cancel(waiting.wait);
    const { dispatcher } = this;
    dispatcher.withdrawTag();
    this.answer(waiting, Refusal.held);
    this.port.reply(this.out);
    if (dispatcher.tag !== null) dispatcher.beginTag(dispatcher.tag);
    return true;
  }

  list(listing: Listing): void {
    const { lobby, dispatcher } = this;
    const { tag } = dispatcher;
    dispatcher.withdrawTag();
    // Gathering may let others have their listings, through the same buffer.
    if (listing.only === null) this.port.flush(this.out);
    this.state = "listing";
    this.showing = new Showing({
      lobby,
      port: this.port,
      tag,
      onEnd: () => this.endListing(),
      onStall: () => this.drop("a listing is not read"),
    });
    this.showing.gather(listing);
  }

  /** Whoever it says it is: nothing else is done before that is known. */
  authenticate(token: string): void {
    const { tag } = this.dispatcher;
    this.dispatcher.withdrawTag();
    this.state = "authenticating";
    void this.guest.prove(token).then((verdict) => this.judged(tag, verdict));
  }

  /** Their holds stay theirs, unless they are nobody any more. */
  credentialsChanged(): void {
    if (!this.guest.isStillKnown()) this.drop("its credential was removed");
  }

  /** Puts a line that no command of this packet asked for, behind a listing if there is one. */
  say(put: () => void): void {
    if (this.state === "listing") return void (this.deferred ??= []).push(put);
    put();
    this.port.reply(this.out);
    this.port.flush(this.out);
  }

  /** A wait is over: by a grant, by time, or because it would have lasted for ever. */
  decided(waiting: Waiting, outcome: Outcome): void {
    if (this.state === "ended") return;
    if (outcome > 0) this.guest.granted(waiting.mode, waiting.name!);
    // First, for the reply may be one too many, and then the state is another.
    if (waiting.tag === null) this.state = "ready";
    this.say(() => this.answer(waiting, outcome));
    if (waiting.tag === null) this.pump();
    else this.finishIfDone();
  }

  private judged(tag: string | null, verdict: Verdict): void {
    if (this.state !== "authenticating") return;
    const { engine } = this.lobby;
    engine.enter();
    this.state = verdict === "over" ? "leaving" : "ready";
    const answer = verdict === "accepted" ? reply.ok : reply.denied;
    this.say(() => this.out.textLine(tag === null ? answer : `@${tag} ${answer}`));
    if (verdict === "over") this.port.finish();
    else this.pump();
    engine.leave();
  }

  private answer(waiting: Waiting, outcome: Outcome): void {
    this.waiting.remove(waiting);
    if (waiting.tag !== null) this.out.text(`@${waiting.tag} `);
    waiting.answer(this.out, outcome, waiting.name!);
  }

  private endListing(): void {
    this.showing = null;
    if (this.state === "ended") return;
    this.state = "ready";
    for (const put of this.deferred?.splice(0) ?? []) this.say(put);
    if (!this.pumping) this.pump();
  }

  /** Does what came in, as far as that is possible now. */
  private pump(): void {
    const { framer, port, out, lobby, dispatcher } = this;
    this.pumping = true;
    while (this.state === "ready") {
      const found = framer.next(lobby.line);
      if (found === "nothing") break;
      if (found === "line") dispatcher.execute(lobby.line);
      else dispatcher.refuse(lobby.line);
      port.reply(out);
      if (out.length - out.committed > flushBytes) port.flush(out);
    }
    this.pumping = false;
    port.flush(out);
    framer.settle();
    if (this.state === "ready") this.finishIfDone();
    else if (framer.heldBytes > backlogBytesMax) {
      this.drop("too many commands behind one that waits");
    }
  }

  private finishIfDone(): void {
    if (this.inputEnded && this.state === "ready" && this.waiting.tags === 0) this.port.finish();
  }
}
