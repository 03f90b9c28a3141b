/**
 * What one connection asks of the lock table: done at once, and answered at once, or later
 * when it has to wait in line or until what it did is kept.
 *
 * Invariant: whatever is answered later is answered once, in the words of its command and
 * with its tag; until then an untagged one holds up what stands behind it.
 */
import type { Name } from "../../core/records/name.ts";
import { type Outcome, Refusal } from "../../core/request.ts";
import type { Answer, Ask } from "../../protocol/command.ts";
import { limitReached } from "../../protocol/fault.ts";
import { unavailable } from "../../protocol/replies.ts";
import type { Dispatcher } from "../dispatcher.ts";
import type { Guest } from "../guest.ts";
import type { Lobby } from "../lobby.ts";
import { type Answerer, type Change, Waiting, type Waits } from "./waits.ts";

/** What the asking needs of the conversation that it is part of. */
export interface Floor {
  /** Who comes no more is granted nothing that it would have to wait for. */
  readonly inputEnded: boolean;
  readonly hasEnded: boolean;
  /** Nothing else is done before what was asked now is answered. */
  holdUp(): void;
  /** Puts, in its place, the answer to what was asked earlier; `tagged` holds nothing up. */
  answerLate(put: () => void, tagged: boolean): void;
  /** An answer that is put is complete. */
  reply(): void;
}

/** One connection's requests. */
export class Asking implements Answerer {
  private readonly lobby: Lobby;
  private readonly guest: Guest;
  private readonly dispatcher: Dispatcher;
  private readonly waits: Waits;
  private readonly floor: Floor;

  constructor(
    lobby: Lobby,
    parts: { guest: Guest; dispatcher: Dispatcher; waits: Waits; floor: Floor },
  ) {
    this.lobby = lobby;
    this.guest = parts.guest;
    this.dispatcher = parts.dispatcher;
    this.waits = parts.waits;
    this.floor = parts.floor;
  }

  /** Asks for a lock. @throws Fault when no tag is left for an answer that comes later. */
  request(name: Name, ask: Ask, answer: Answer): void {
    const { mode, keyed, limit } = ask;
    const { tag } = this.dispatcher;
    const milliseconds = this.floor.inputEnded ? 0 : ask.milliseconds;
    const mayCommit = keyed !== null && this.lobby.engine.keeping !== null;
    if (mayCommit) this.expectTag();
    const mayBeLater = mayCommit || (milliseconds > 0 && this.hasTag());
    const options = { mode, milliseconds, tag, answer, happened: "granted" } as const;
    const patience = mayBeLater ? new Waiting(this, options) : null;
    const outcome = this.guest.acquire(mode, name, { keyed, limit, patience });
    if (outcome === Refusal.held && milliseconds > 0) this.expectTag();
    if (outcome !== Refusal.waiting || patience === null) this.put(answer, outcome, name);
    else this.later(patience, name);
  }

  /** Changes what is held. @throws Fault likewise. */
  change({ mode, name, happened, run }: Change, answer: Answer): void {
    const { tag } = this.dispatcher;
    if (this.lobby.engine.keeping !== null) this.expectTag();
    const waiting = new Waiting(this, { mode, milliseconds: 0, tag, answer, happened });
    const outcome = run(waiting);
    if (outcome === Refusal.waiting) return this.later(waiting, name);
    this.guest.happened(happened, outcome, { mode, name });
    this.put(answer, outcome, name);
  }

  /** Ends the tagged wait; it is answered with failure, before anything else is. */
  cancel(tag: string): boolean {
    const waiting = this.waits.ofTag(tag);
    if (waiting === undefined || waiting.wait === null) return false;
    this.lobby.engine.cancel(waiting.wait);
    const { dispatcher } = this;
    dispatcher.withdrawTag();
    this.answer(waiting, Refusal.held);
    this.floor.reply();
    if (dispatcher.tag !== null) dispatcher.beginTag(dispatcher.tag);
    return true;
  }

  /** Nothing that stands in line is granted any more. */
  refuse(): void {
    const { engine } = this.lobby;
    for (const waiting of this.waits.all()) {
      if (waiting.wait !== null && engine.cancel(waiting.wait)) waiting.decided(Refusal.held);
    }
  }

  /** It is done, and nobody can cancel it any more. */
  committing(): void {
    this.waits.committing++;
  }

  /** By a grant, by time, because it would have lasted for ever, or because it is kept. */
  decided(waiting: Waiting, outcome: Outcome): void {
    if (this.floor.hasEnded) return;
    const { happened, mode, tag } = waiting;
    this.guest.happened(happened, outcome, { mode, name: waiting.name! });
    this.floor.answerLate(() => this.answer(waiting, outcome), tag !== null);
  }

  private later(waiting: Waiting, name: Name): void {
    waiting.name = name.copy();
    this.waits.add(waiting);
    this.dispatcher.withdrawTag();
    if (waiting.tag === null) this.floor.holdUp();
  }

  private answer(waiting: Waiting, outcome: Outcome): void {
    this.waits.remove(waiting);
    if (waiting.tag !== null) this.lobby.out.text(`@${waiting.tag} `);
    this.put(waiting.answer, outcome, waiting.name!);
  }

  private put(answer: Answer, outcome: Outcome, name: Name): void {
    const { out, engine } = this.lobby;
    if (outcome === Refusal.unavailable) out.textLine(unavailable(engine.keeping!.why));
    else answer(out, outcome, name);
  }

  private hasTag(): boolean {
    return this.dispatcher.tag === null || this.waits.tags < this.lobby.limits.tagsMax;
  }

  private expectTag(): void {
    if (this.hasTag()) return;
    this.lobby.limitHits.tags++;
    throw limitReached("tags");
  }
}
