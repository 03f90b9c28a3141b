/**
 * `GET /v1/events`: what happens, as server-sent events. A reader is a visitor like any
 * connection, and reads the journal at its own pace: nothing is kept for it alone but the
 * chunk that is on its way.
 *
 * Invariant: a reader gets every event from where it began, in order, or is told that it
 * missed some and let go.
 */
import type { Alarm } from "../../../core/request.ts";
import { eventsBeatSeconds, eventsChunkBytes } from "../../../limits.ts";
import type { Lobby, Visitor } from "../../lobby.ts";
import { expectReader, isStillKnown } from "../credentials.ts";
import type { Exchange } from "../exchange.ts";
import { parametersOf } from "../members.ts";
import { limitReached, Problem } from "../problem.ts";
import { expectOpen, type HttpService } from "../service.ts";
import { queryOf } from "../v1/query.ts";
import { NoQuery } from "../v1/schemas.ts";
import type { Journal, Reader } from "./journal.ts";

const encoder = new TextEncoder();

/** @throws Problem */
export function streamEvents(service: HttpService, exchange: Exchange): Response {
  expectReader(service.authority, exchange);
  parametersOf(NoQuery, queryOf(exchange));
  expectOpen(service);
  const { lobby } = service.operations;
  if (!lobby.features.dump) {
    throw new Problem(403, "disabled", "listings are turned off, and events with them: see -dump");
  }
  if (exchange.request.method === "HEAD") return new Response(null, { headers });
  if (lobby.isFull()) throw limitReached("connections");
  exchange.beginLong();
  const stream = new EventStream(lobby, service.journal, exchange);
  return new Response(stream.body, { headers });
}

const headers = {
  "Content-Type": "text/event-stream",
  "Cache-Control": "no-store",
  // Proxies such as nginx would keep events until a buffer is full.
  "X-Accel-Buffering": "no",
};

class EventStream implements Visitor, Reader {
  readonly number: number;
  readonly sinceWallMilliseconds: number;
  readonly guest: { readonly address: string; readonly label: string };
  readonly body: ReadableStream<Uint8Array>;
  private readonly lobby: Lobby;
  private readonly journal: Journal;
  private readonly exchange: Exchange;
  private readonly beat: Alarm;
  private position: number;
  /** What is to be said before any event. */
  private preface: string;
  private output: ReadableStreamDefaultController<Uint8Array> | null = null;
  /** Set while the stream wants more than there is. */
  private wanted: (() => void) | null = null;
  private over = false;

  constructor(lobby: Lobby, journal: Journal, exchange: Exchange) {
    this.lobby = lobby;
    this.journal = journal;
    this.exchange = exchange;
    this.number = lobby.nextNumber();
    this.sinceWallMilliseconds = lobby.clock.wallMs();
    this.guest = { address: exchange.address, label: exchange.label };
    this.beat = { kind: "alarm", at: Infinity, position: -1, ring: () => this.say(": beat\n\n") };
    journal.enter(this);
    lobby.sessions.add(this);
    lobby.onlookers.add(this);
    const last = exchange.request.headers.get("last-event-id") ?? "";
    const found = last === "" ? journal.head : journal.positionAfter(last);
    this.position = found ?? journal.head;
    this.preface = found === null ? `retry: 3000\n\n${missed}` : "retry: 3000\n\n";
    exchange.request.signal.addEventListener("abort", () => this.end(), { once: true });
    this.body = new ReadableStream<Uint8Array>({
      start: (output) => {
        this.output = output;
      },
      pull: () => this.pull(),
      cancel: () => this.end(),
    });
  }

  holds(): number {
    return 0;
  }

  waits(): number {
    return 0;
  }

  refuseWaits(): void {
    // It waits for nothing.
  }

  drain(): void {
    // Whoever watches sees the last locks go.
  }

  dismiss(): void {
    this.finish("");
  }

  drop(): void {
    this.finish("");
  }

  credentialsChanged(): void {
    if (!isStillKnown(this.lobby.authority, this.exchange)) this.drop();
  }

  /** There is something new. */
  wake(): void {
    if (this.position < this.journal.first) return this.finish(missed);
    if (this.wanted !== null) this.give();
  }

  /** The stream has room for more. */
  private pull(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.wanted = resolve;
    if (this.preface !== "") {
      this.say(this.preface);
      this.preface = "";
    } else if (this.position < this.journal.head) this.wake();
    else this.lobby.schedule(this.beat, eventsBeatSeconds * 1000);
    return promise;
  }

  private give(): void {
    const { text, next } = this.journal.read(this.position, eventsChunkBytes);
    this.position = next;
    if (text !== "") this.say(text);
  }

  private say(text: string): void {
    const { wanted } = this;
    if (this.over || wanted === null) return;
    this.wanted = null;
    this.lobby.schedule(this.beat, Infinity);
    this.output?.enqueue(encoder.encode(text));
    wanted();
  }

  /** Says a last word to whoever still reads. */
  private finish(word: string): void {
    if (this.over) return;
    this.end();
    if (word !== "") this.output?.enqueue(encoder.encode(word));
    this.output?.close();
  }

  private end(): void {
    if (this.over) return;
    this.over = true;
    this.lobby.schedule(this.beat, Infinity);
    this.journal.leave(this);
    this.lobby.forget(this);
    this.wanted?.();
    this.wanted = null;
  }
}

/** Between what a reader has and what is kept there is a gap. */
const missed = 'event: missed\ndata: {"reason":"these events are not kept any more"}\n\n';
