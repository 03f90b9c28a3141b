/**
 * One connection of a load: keeps a number of commands in flight, counts and checks the
 * replies, and records how long each took.
 * Invariant: replies are matched to commands by their order alone; after a run nothing is
 * in flight.
 */
import type { Address } from "../connection/address.ts";
import { openWire, type Wire } from "../connection/wire.ts";
import { visible } from "../failure.ts";
import type { Histogram } from "./histogram.ts";
import type { Script } from "./script.ts";

/** What all lanes of one run share. */
export interface Run {
  readonly histogram: Histogram;
  /** Commands that one lane keeps in flight. */
  readonly depth: number;
  /** No command is sent from then on, by `performance.now()`. */
  deadline: number;
  /** Replies so far, and how many were not what was due. */
  replies: number;
  wrong: number;
  /** The first wrong one, for people. */
  firstWrong: string | undefined;
  /** Called when a lane is done, or cannot go on and why. */
  readonly finished: (failure?: string) => void;
}

const lineFeed = 10;

export class Lane {
  #wire: Wire | undefined;
  #closed = false;
  #run: Run | undefined;
  #script: Script | undefined;
  /** Commands left to send; the step of the next reply. */
  #left = 0;
  #answered = 0;
  #inFlight = 0;
  /** The next command to send, as an index into the script's steps. */
  #next = 0;
  /** When each command in flight was sent, as a ring. */
  #sentAt = new Float64Array(0);
  #sentHead = 0;
  /** The first byte of a reply that is not complete, or -1. */
  #firstByte = -1;

  /** @throws what the system says. */
  static async open(address: Address): Promise<Lane> {
    const lane = new Lane();
    lane.#wire = await openWire(address, {
      receive: (bytes) => lane.#receive(bytes),
      ended: () => lane.#ended(),
    });
    return lane;
  }

  /** Sends `count` commands of the script, or as many as the run's time allows. */
  start(script: Script, run: Run, count: number): void {
    this.#script = script;
    this.#run = run;
    this.#left = count;
    this.#answered = 0;
    this.#next = 0;
    this.#sentHead = 0;
    if (this.#sentAt.length !== run.depth) this.#sentAt = new Float64Array(run.depth);
    if (this.#closed) this.#fail("the server ended a connection");
    else this.#fill(run.depth, performance.now());
  }

  close(): void {
    this.#run = undefined;
    this.#wire?.close();
  }

  /** Hot: one pass over the packet, no strings, no allocation. */
  #receive(bytes: Buffer): void {
    const run = this.#run;
    const script = this.#script;
    if (run === undefined || script === undefined) return;
    const now = performance.now();
    let start = 0;
    let replies = 0;
    for (let end = bytes.indexOf(lineFeed); end !== -1; end = bytes.indexOf(lineFeed, start)) {
      const first = this.#firstByte === -1 ? (bytes[start] ?? 0) : this.#firstByte;
      this.#firstByte = -1;
      if (replies >= this.#inFlight)
        return this.#fail("the server sent more replies than there were commands");
      if (script.due[this.#answered]?.[first] !== 1)
        this.#wrong(run, script, bytes.subarray(start, end));
      this.#answered = this.#answered + 1 === script.steps.length ? 0 : this.#answered + 1;
      run.histogram.record((now - (this.#sentAt[this.#sentHead] ?? now)) * 1e6);
      this.#sentHead = this.#sentHead + 1 === run.depth ? 0 : this.#sentHead + 1;
      replies += 1;
      start = end + 1;
    }
    if (start < bytes.length && this.#firstByte === -1) this.#firstByte = bytes[start] ?? 0;
    this.#inFlight -= replies;
    run.replies += replies;
    this.#fill(replies, now);
  }

  /** Sends up to `room` commands in one write. */
  #fill(room: number, now: number): void {
    const run = this.#run;
    const script = this.#script;
    if (run === undefined || script === undefined) return;
    const count = now < run.deadline ? Math.min(room, this.#left) : 0;
    if (count > 0) {
      for (
        let slot = (this.#sentHead + this.#inFlight) % run.depth, left = count;
        left > 0;
        left -= 1
      ) {
        this.#sentAt[slot] = now;
        slot = slot + 1 === run.depth ? 0 : slot + 1;
      }
      this.#left -= count;
      this.#inFlight += count;
      const from = this.#next;
      this.#next = (from + count) % script.steps.length;
      this.#send(script, from, from + count);
    } else if (this.#inFlight === 0) {
      this.#run = undefined;
      run.finished();
    }
  }

  /** Commands `from` to `to` of the script: one packet, or a message for each command. */
  #send({ bytes, offsets }: Script, from: number, to: number): void {
    const wire = this.#wire;
    if (wire === undefined) return;
    const step = wire.messages ? 1 : to - from;
    // The Go server takes one command a message, so that is what everybody gets.
    for (let at = from; at < to; at += step)
      wire.write(bytes, offsets[at] ?? 0, offsets[at + step] ?? 0);
  }

  #wrong(run: Run, script: Script, reply: Buffer): void {
    run.wrong += 1;
    const step = script.steps[this.#answered];
    run.firstWrong ??= `sent ${visible(step?.command.trimEnd() ?? "")}; came ${visible(reply.toString("latin1"))}; due a reply that starts with one of ${step?.due}`;
  }

  #ended(): void {
    this.#closed = true;
    this.#fail("the server ended a connection");
  }

  #fail(reason: string): void {
    const run = this.#run;
    this.#run = undefined;
    run?.finished(reason);
  }
}
