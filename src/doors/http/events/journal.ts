/**
 * What happened lately, for those who read it as it happens, come back after a break, or
 * are slow. It is written once, however many read it, and only while somebody does, and a
 * little longer: readers who were cut off come back.
 *
 * Invariant: events are numbered without gaps from the moment the journal was opened; what
 * is kept is the last of them, bounded in number and in bytes. A reader who wants what is
 * not kept any more is told so and never given something else instead.
 */
import type { Alarm } from "../../../core/request.ts";
import type { Happening, Subject } from "../../../core/table-state.ts";
import { randomBytes } from "../../../random.ts";
import { eventsKeptBytesMax, eventsKeptMax, eventsLingerSeconds } from "../../../limits.ts";
import { decoded, type Identity, nameOf } from "../../../protocol/listing.ts";
import type { Lobby } from "../../lobby.ts";

/** What the API calls it. */
const names: Readonly<Record<Happening, string>> = {
  granted: "granted",
  released: "released",
  orphaned: "orphaned",
  lapsed: "expired",
  freed: "freed",
  waiting: "waiting",
  cancelled: "cancelled",
};

/** Told that there is something new to read. */
export interface Reader {
  wake(): void;
}

export class Journal {
  private readonly lobby: Lobby;
  private readonly readers = new Set<Reader>();
  /** Kept events as they are sent; the first is number `first`. */
  private events: string[] = [];
  /** Where in `events` the first kept one is: dropping one by one would move the rest. */
  private gone = 0;
  private bytes = 0;
  private next = 1;
  /** Tells this run of the journal from others: numbers begin anew. */
  private epoch = "";
  private close: (() => void) | null = null;
  private waking = false;
  private readonly linger: Alarm;

  constructor(lobby: Lobby) {
    this.lobby = lobby;
    this.linger = { kind: "alarm", at: Infinity, position: -1, ring: () => this.end() };
  }

  get readerCount(): number {
    return this.readers.size;
  }

  /** The number of the first event that is kept, or of the next one if none is. */
  get first(): number {
    return this.next - (this.events.length - this.gone);
  }

  /** The number that the next event will have. */
  get head(): number {
    return this.next;
  }

  /** From now on events are kept. */
  enter(reader: Reader): void {
    this.readers.add(reader);
    this.lobby.schedule(this.linger, Infinity);
    if (this.close !== null) return;
    this.epoch = randomBytes(6).toString("hex");
    this.close = this.lobby.engine.watch((happening, subject) => this.note(happening, subject));
  }

  leave(reader: Reader): void {
    if (!this.readers.delete(reader) || this.readers.size !== 0) return;
    this.lobby.schedule(this.linger, eventsLingerSeconds * 1000);
  }

  /** Where to go on for a reader whose last event had that id; `null`: it is not known any more. */
  positionAfter(id: string): number | null {
    const [, epoch, number] = /^([0-9a-f]{12})-(\d{1,15})$/.exec(id) ?? [];
    if (epoch !== this.epoch) return null;
    const position = Number(number) + 1;
    return position >= this.first && position <= this.next ? position : null;
  }

  /** Events from that number on, up to about `bytesMax`, and the number that follows them. */
  read(position: number, bytesMax: number): { text: string; next: number } {
    let at = this.gone + position - this.first;
    let text = "";
    while (at < this.events.length && text.length < bytesMax) text += this.events[at++]!;
    return { text, next: this.next - (this.events.length - at) };
  }

  private note(happening: Happening, { mode, name, owner, keyed, fence }: Subject): void {
    const who = owner as Identity | null;
    const data = {
      lock: decoded(name),
      mode,
      client: who?.address ?? null,
      name: nameOf(who, keyed, false),
      fence: fence === 0 ? null : fence,
      time: new Date(this.lobby.clock.wallMs()).toISOString(),
    };
    const id = `${this.epoch}-${this.next++}`;
    this.keep(`id: ${id}\nevent: ${names[happening]}\ndata: ${JSON.stringify(data)}\n\n`);
    if (this.waking) return;
    this.waking = true;
    // Once a turn, and never from within the table.
    setImmediate(() => {
      this.waking = false;
      for (const reader of [...this.readers]) reader.wake();
    });
  }

  private keep(event: string): void {
    this.events.push(event);
    this.bytes += event.length;
    while (this.events.length - this.gone > eventsKeptMax || this.bytes > eventsKeptBytesMax) {
      this.bytes -= this.events[this.gone]!.length;
      this.events[this.gone++] = "";
    }
    if (this.gone < eventsKeptMax) return;
    this.events = this.events.slice(this.gone);
    this.gone = 0;
  }

  private end(): void {
    this.close?.();
    this.close = null;
    this.events = [];
    this.gone = 0;
    this.bytes = 0;
    this.next = 1;
    this.epoch = "";
  }
}
