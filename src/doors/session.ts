/**
 * One connection's conversation, whatever carries it: lines in, replies out, in order. What
 * it asks of the lock table is for `Asking` to do.
 *
 * Invariant: while it is not `ready` no further command is looked at; what comes in
 * meanwhile is kept, up to a limit. Once it is `ended` it holds nothing, wants nothing
 * and says nothing.
 */
import type { Name } from "../core/records/name.ts";
import { backlogBytesMax, flushBytes } from "../limits.ts";
import type { Answer, Ask } from "../protocol/command.ts";
import { Framer } from "../protocol/framer.ts";
import type { Listing } from "../protocol/listing.ts";
import type { Output } from "../protocol/output.ts";
import * as reply from "../protocol/replies.ts";
import { Asking, type Floor } from "./asking/asking.ts";
import { type Change, Waits } from "./asking/waits.ts";
import { Dispatcher } from "./dispatcher.ts";
import type { Verdict } from "./admission/proof.ts";
import { type Conversation, Guest, type Origin } from "./guest.ts";
import type { Lobby, Visitor } from "./lobby.ts";
import type { Port } from "./port.ts";
import { Showing } from "./showing.ts";

type State = "ready" | "waiting" | "listing" | "authenticating" | "leaving" | "ended";

/** A conversation. */
export class Session implements Conversation, Visitor, Floor {
  readonly guest: Guest;
  readonly number: number;
  readonly sinceWallMilliseconds: number;
  private readonly lobby: Lobby;
  readonly port: Port;
  private readonly out: Output;
  private readonly framer: Framer;
  private readonly waiting = new Waits();
  private readonly dispatcher: Dispatcher;
  /** Made with the first request that may be answered later: most connections have none. */
  private asked: Asking | null = null;
  private state: State = "ready";
  private showing: Showing | null = null;
  /** What was decided while a listing goes out, to be said behind it. */
  private deferred: (() => void)[] | null = null;
  private pumping = false;
  inputEnded = false;
  /** Whether it was the peer who ended the input. */
  private peerEnded = false;
  private dismissed = false;

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
    return this.lobby.engine.requests(this.guest.id) - this.waiting.standing;
  }

  waits(): number {
    return this.waiting.standing;
  }

  /** `bytes[start, end)` came in; they may be reused when this returns. */
  receive(bytes: Uint8Array, start = 0, end = bytes.length): void {
    if (this.state === "leaving") return this.port.ignored();
    const { engine } = this.lobby;
    engine.enter();
    this.guest.heard();
    this.framer.feed(bytes, start, end);
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
    this.peerEnded = true;
    this.inputEnded = true;
    this.failWaits();
    if (this.state === "leaving") this.finishIfKept();
    else this.finishIfDone();
  }

  /** The server stops, which is said first: it is why what waits has failed. */
  refuseWaits(): void {
    this.inputEnded = true;
    this.drain(0);
  }

  /** What it holds stays; commands that would take more are refused. */
  drain(seconds: number): void {
    this.guest.refuseTaking();
    this.tellShutdown(seconds);
    this.failWaits();
  }

  private tellShutdown(seconds: number): void {
    if (this.guest.notified) this.say(() => this.out.textLine(`@! 0 Shutdown: ${seconds}`));
  }

  private get asking(): Asking {
    const { lobby, guest, waiting: waits, dispatcher } = this;
    return (this.asked ??= new Asking(lobby, { guest, waits, dispatcher, floor: this }));
  }

  private failWaits(): void {
    const { engine } = this.lobby;
    engine.enter();
    this.asked?.refuse();
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

  /**
   * The server stops: the connection ends when the peer has taken its replies, those to what
   * is done and only has to be kept as well, and the listing that it is being told.
   */
  dismiss(): void {
    // It is not listened to any more.
    this.guest.stopBeat();
    this.dismissed = true;
    if (this.state === "ready" || this.state === "waiting") this.depart();
  }

  request(name: Name, ask: Ask, answer: Answer): void {
    this.asking.request(name, ask, answer);
  }

  change(change: Change, answer: Answer): void {
    this.asking.change(change, answer);
  }

  cancel(tag: string): boolean {
    return this.asking.cancel(tag);
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

  get hasEnded(): boolean {
    return this.state === "ended";
  }

  holdUp(): void {
    this.state = "waiting";
  }

  reply(): void {
    this.port.reply(this.out);
  }

  answerLate(put: () => void, tagged: boolean): void {
    // First, for the reply may be one too many, and then the state is another.
    if (!tagged && this.state === "waiting") this.state = "ready";
    this.say(put);
    if (this.state === "leaving") this.finishIfKept();
    else if (tagged) this.finishIfDone();
    else this.pump();
  }

  private judged(tag: string | null, verdict: Verdict): void {
    if (this.state !== "authenticating") return;
    const { engine } = this.lobby;
    engine.enter();
    this.state = verdict === "over" ? "leaving" : "ready";
    const answer = verdict === "accepted" ? reply.ok : reply.denied;
    this.say(() => this.out.textLine(tag === null ? answer : `@${tag} ${answer}`));
    if (verdict === "over") this.port.finish();
    else if (this.dismissed) this.depart();
    else this.pump();
    engine.leave();
  }

  private endListing(): void {
    this.showing = null;
    if (this.state === "ended") return;
    this.state = "ready";
    for (const put of this.deferred?.splice(0) ?? []) this.say(put);
    if (this.dismissed) this.depart();
    else if (!this.pumping) this.pump();
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

  private depart(): void {
    this.state = "leaving";
    this.finishIfKept();
  }

  /** The server stops: all that was done has been answered. */
  private finishIfKept(): void {
    if (this.waiting.committing === 0) this.finish();
  }

  private finishIfDone(): void {
    if (this.inputEnded && this.state === "ready" && this.waiting.tags === 0) this.finish();
  }

  private finish(): void {
    if (this.peerEnded) this.port.finish();
    else this.port.finishGently();
  }
}
