/**
 * One connection's conversation, whatever carries it: lines in, replies out, in order.
 *
 * Invariant: while it is not `ready` no further command is looked at; what comes in
 * meanwhile is kept, up to a limit. Once it is `ended` it holds nothing, wants nothing
 * and says nothing.
 */
import type { Name } from "../core/name.ts";
import type { Mode, Outcome } from "../core/request.ts";
import type { SessionId } from "../core/sessions.ts";
import type { Terms } from "../core/table.ts";
import { backlogBytesMax, flushBytes, linesPerStep } from "../limits.ts";
import type { Caller } from "../protocol/command.ts";
import { commandIndex, commands } from "../protocol/commands.ts";
import { Fault, lineTooLong, nameTooLong } from "../protocol/fault.ts";
import { Framer } from "../protocol/framer.ts";
import type { Line } from "../protocol/line.ts";
import type { Identity, Listing, Pages } from "../protocol/listing.ts";
import type { Output } from "../protocol/output.ts";
import { printable } from "../protocol/printable.ts";
import type { Lobby } from "./lobby.ts";
import type { Port } from "./port.ts";

/** What a session is doing. */
type State =
  | { readonly kind: "ready" }
  | { readonly kind: "listing"; pages: Pages | null; done: () => void }
  | { readonly kind: "ended" };

const ready: State = { kind: "ready" };
const ended: State = { kind: "ended" };

/** A visitor: what `me`, `who` and the lock table know a connection as. */
export class Session implements Caller, Identity {
  readonly out: Output;
  readonly features: Lobby["features"];
  readonly address: string;
  label: string;
  private readonly lobby: Lobby;
  private readonly port: Port;
  private readonly framer: Framer;
  private readonly id: SessionId;
  private state: State = ready;
  private pumping = false;
  private inputEnded = false;

  constructor(lobby: Lobby, options: { address: string; port: Port }) {
    this.lobby = lobby;
    this.out = lobby.out;
    this.features = lobby.features;
    this.address = options.address;
    this.label = options.address;
    this.port = options.port;
    this.framer = new Framer(lobby.limits.lineBytesMax);
    this.id = lobby.engine.open(this);
    lobby.sessions.add(this);
    if (lobby.verbose) this.trace("connected");
  }

  /** Bytes came in; they may be reused when this returns. */
  receive(packet: Uint8Array): void {
    const { engine } = this.lobby;
    engine.enter();
    this.framer.feed(packet);
    this.pump();
    engine.leave();
  }

  /** No more bytes will come; what came is still answered. */
  endInput(): void {
    this.inputEnded = true;
    if (this.state.kind === "ready") this.port.finish();
  }

  /** The peer has taken everything. */
  drained(): void {
    const { state } = this;
    if (state.kind === "listing" && state.pages !== null)
      this.lobby.engine.turns.add(this.showSome);
  }

  /** The connection is no more. `reason` is for the log; only the first call counts. */
  end(reason: string): void {
    const { state, lobby } = this;
    if (state.kind === "ended") return;
    this.state = ended;
    lobby.forget(this);
    if (lobby.verbose) this.trace("disconnected", { reason });
    lobby.engine.enter();
    lobby.engine.end(this.id);
    lobby.engine.leave();
    if (state.kind === "listing") state.done();
  }

  /** The server stops: the connection ends when the peer has taken its replies. */
  dismiss(): void {
    if (this.state.kind === "ready") this.port.finish();
    else this.drop("shutting down");
  }

  /** We end it: the peer asked for more than it may have. */
  drop(reason: string): void {
    if (this.state.kind === "ended") return;
    this.lobby.logger.warn("dropped", { client: this.address, reason });
    this.end(reason);
    this.port.destroy();
  }

  name(line: Line): Name {
    const { name } = line;
    name.point(this.lobby.seed, line.bytes, line.argumentStart, line.end);
    if (name.length > this.lobby.limits.nameBytesMax) throw new Fault(nameTooLong);
    return name;
  }

  acquire(mode: Mode, name: Name, terms: Terms): Outcome {
    const outcome = this.lobby.engine.acquire(mode, this.id, name, terms);
    if (this.lobby.verbose && outcome > 0) this.trace("granted", { mode, lock: printable(name) });
    return outcome;
  }

  release(mode: Mode, name: Name): boolean {
    const released = this.lobby.engine.release(mode, this.id, name);
    if (this.lobby.verbose && released) this.trace("released", { mode, lock: printable(name) });
    return released;
  }

  holders(mode: Mode, name: Name): number {
    return this.lobby.engine.holders(mode, name);
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

  statistics(): readonly (readonly [string, number])[] {
    return this.lobby.statistics();
  }

  list(listing: Listing): void {
    // Gathering may let others have their listings, through the same buffer.
    if (listing.only === null) this.port.flush(this.out);
    const { modes, only } = listing;
    const state: State = { kind: "listing", pages: null, done: () => {} };
    this.state = state;
    this.lobby.engine.gather({
      modes,
      only,
      ready: (snapshots, done) => {
        if (this.state !== state) return done();
        state.pages = listing.pages(snapshots);
        state.done = done;
        if (state.pages.lines <= linesPerStep && !this.port.blocked) while (this.showSome());
        else this.lobby.engine.turns.add(this.showSome);
      },
    });
  }

  /** Puts out some lines of the listing; `false` when it has to wait for the peer, or is over. */
  private readonly showSome = (): boolean => {
    const { state, port, out } = this;
    if (state.kind !== "listing" || state.pages === null || port.blocked) return false;
    const more = state.pages.next(out, linesPerStep);
    if (more) {
      port.part(out);
      return true;
    }
    this.state = ready;
    port.reply(out);
    if (!this.pumping) this.pump();
    state.done();
    return false;
  };

  /** Does what came in, as far as that is possible now. */
  private pump(): void {
    const { framer, port, out, lobby } = this;
    this.pumping = true;
    while (this.state === ready) {
      const found = framer.next(lobby.line);
      if (found === "nothing") break;
      if (found === "line") this.execute(lobby.line);
      else out.textLine(`0 ${lineTooLong}`);
      if (this.state !== ready) break;
      port.reply(out);
      if (out.length > flushBytes) port.flush(out);
    }
    this.pumping = false;
    port.flush(out);
    framer.settle();
    if (this.state === ready) {
      if (this.inputEnded) port.finish();
    } else if (framer.heldBytes > backlogBytesMax) {
      this.drop("too many commands behind one that waits");
    }
  }

  private execute(line: Line): void {
    const { lobby } = this;
    const index = commandIndex(line);
    if (index === -1) {
      lobby.invalidCommands++;
      if (lobby.verbose) this.trace("invalid command", { command: printable(line) });
      return;
    }
    lobby.counts[index]!++;
    try {
      commands[index]!.run(this, line);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.out.textLine(`0 ${error.message}`);
    }
  }

  private trace(event: string, fields: Record<string, string> = {}): void {
    const name = this.label === this.address ? {} : { name: this.label };
    this.lobby.logger.trace(event, { ...fields, client: this.address, ...name });
  }
}
