/**
 * One client that wants the same lock again and again, and how long it takes from one's
 * release until the next one has it.
 * Invariant: what is held is released at once, so after a run nothing is held or asked for.
 */
import type { Address } from "../connection/address.ts";
import { openWire, type Wire } from "../connection/wire.ts";
import { visible } from "../failure.ts";
import type { Histogram } from "./histogram.ts";

/**
 * How a client comes to its lock: it stands in line with `gw`, or it asks with `g` until
 * it has it, with a pause of 0 or more between one question and the next.
 */
export type Way =
  | { readonly kind: "wait" }
  | { readonly kind: "poll"; readonly pauseMilliseconds: number };

/** What all contenders of one run share. */
export interface Contest {
  readonly way: Way;
  /** From a release being written to the next grant being read. */
  readonly histogram: Histogram;
  /** No lock is asked for from then on, by `performance.now()`. */
  deadline: number;
  grants: number;
  commands: number;
  /** Replies of any kind, by which is seen that the run goes on. */
  replies: number;
  wrong: number;
  /** The first wrong one, for people. */
  firstWrong: string | undefined;
  /** Called when a contender is done, or cannot go on and why. */
  readonly finished: (failure?: string) => void;
}

/** A lock as those who want it see it together. */
export interface Contested {
  readonly name: string;
  /** Of the last grant; 0 when it has none. */
  fence: number;
  /** When the last holder wrote its release; NaN when there was none. */
  releasedAt: number;
}

type State = "idle" | "asking" | "pausing" | "releasing";

export class Contender {
  /** Locks that it got in the run. */
  grants = 0;
  #wire: Wire | undefined;
  #closed = false;
  #state: State = "idle";
  #contest: Contest | undefined;
  #lock: Contested | undefined;
  #ask = Buffer.alloc(0);
  #release = Buffer.alloc(0);
  #partial = "";

  /** @throws what the system says. */
  static async open(address: Address): Promise<Contender> {
    const contender = new Contender();
    contender.#wire = await openWire(address, {
      receive: (bytes) => contender.#receive(bytes.toString("latin1")),
      ended: () => contender.#ended(),
    });
    return contender;
  }

  start(contest: Contest, lock: Contested): void {
    this.#contest = contest;
    this.#lock = lock;
    this.grants = 0;
    const ask = contest.way.kind === "wait" ? "gw -" : "g";
    this.#ask = Buffer.from(`${ask} ${lock.name}\n`, "latin1");
    this.#release = Buffer.from(`r ${lock.name}\n`, "latin1");
    if (this.#closed) this.#fail("the server ended a connection");
    else this.#askAgain(contest);
  }

  close(): void {
    this.#contest = undefined;
    this.#wire?.close();
  }

  #receive(text: string): void {
    const lines = (this.#partial + text).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.#reply(line);
  }

  #reply(line: string): void {
    const [contest, lock] = [this.#contest, this.#lock];
    if (contest === undefined || lock === undefined) return;
    contest.replies += 1;
    if (this.#state === "releasing") {
      if (!line.startsWith("1 ")) this.#wrong(contest, `r ${lock.name}`, line);
      return this.#goOn(contest);
    }
    if (this.#state !== "asking")
      return this.#fail("the server sent more replies than there were commands");
    if (!line.startsWith("0 ")) return this.#granted(contest, lock, line);
    if (contest.way.kind === "wait") this.#wrong(contest, `gw - ${lock.name}`, line);
    this.#goOn(contest);
  }

  #granted(contest: Contest, lock: Contested, line: string): void {
    const now = performance.now();
    const fence = contest.way.kind === "wait" ? Number.parseInt(line, 10) : lock.fence + 1;
    if (!(fence > lock.fence)) this.#wrong(contest, `gw - ${lock.name}`, line);
    lock.fence = fence;
    if (now < contest.deadline) {
      contest.grants += 1;
      this.grants += 1;
      if (!Number.isNaN(lock.releasedAt)) contest.histogram.record((now - lock.releasedAt) * 1e6);
    }
    this.#state = "releasing";
    contest.commands += 1;
    lock.releasedAt = performance.now();
    this.#wire?.write(this.#release, 0, this.#release.length);
  }

  /** Asks again, who polls after a pause, or is done. */
  #goOn(contest: Contest): void {
    const { way } = contest;
    const pauseMilliseconds = way.kind === "poll" ? way.pauseMilliseconds : 0;
    this.#state = "pausing";
    const again = (): void => {
      if (this.#contest === contest) this.#askAgain(contest);
    };
    if (pauseMilliseconds > 0 && performance.now() < contest.deadline)
      setTimeout(again, pauseMilliseconds);
    else again();
  }

  #askAgain(contest: Contest): void {
    if (performance.now() >= contest.deadline) {
      this.#state = "idle";
      this.#contest = undefined;
      return contest.finished();
    }
    this.#state = "asking";
    contest.commands += 1;
    this.#wire?.write(this.#ask, 0, this.#ask.length);
  }

  #wrong(contest: Contest, sent: string, came: string): void {
    contest.wrong += 1;
    contest.firstWrong ??= `sent ${sent}; came ${visible(came)}; due success, with a fence above the last`;
  }

  #ended(): void {
    this.#closed = true;
    this.#fail("the server ended a connection");
  }

  #fail(reason: string): void {
    const contest = this.#contest;
    this.#contest = undefined;
    contest?.finished(reason);
  }
}
