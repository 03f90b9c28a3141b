/**
 * Reads the server's events, for as long as somebody watches: `GET /v1/events`. A server
 * that has more of them than can be read drops its readers, and is read in pieces then:
 * events are numbered, so it is known how many are missing.
 * Invariant: what could not be read is told as missed, never skipped in silence; nothing
 * is kept of an event once it was handed on.
 */
import type { LockEvent } from "./activity.ts";
import type { Web } from "./web.ts";

export interface EventsTold {
  event(event: LockEvent): void;
  /** From now on events come; those before it did not, or not all of them. */
  began(): void;
  /** So many were not read, between the last one and the next. */
  missed(count: number): void;
  /** They do not come any more, and why; it is tried again. */
  ended(why: string): void;
}

const retryMilliseconds = 3_000;
/** Between two pieces, so that this is no load on a server that has enough to do. */
const pieceMilliseconds = 250;
/** The server sends a comment after 15 s of silence. */
const silenceMilliseconds = 40_000;
/** An event is a name and some words; this is no event stream. */
const unfinishedCharactersMax = 1024 * 1024;

/** Reads until `signal` is aborted. `isRightServer` is asked before anything is read. */
export async function readEvents(
  web: Web,
  told: EventsTold,
  options: { readonly signal: AbortSignal; readonly isRightServer: () => Promise<boolean> },
): Promise<void> {
  const { signal, isRightServer } = options;
  const numbers = new Numbers(told);
  while (!signal.aborted) {
    let milliseconds = retryMilliseconds;
    try {
      if (!(await isRightServer())) told.ended(`${web.url} is another server's, or does not tell`);
      else if (await readOnce(web, { told, numbers, signal })) milliseconds = pieceMilliseconds;
      else if (!signal.aborted) told.ended(`${web.url} does not tell events any more`);
    } catch (error) {
      if (!signal.aborted) told.ended(reasonOf(error as NodeJS.ErrnoException, web));
    }
    await pause(milliseconds, signal);
  }
}

interface Reading {
  readonly told: EventsTold;
  readonly numbers: Numbers;
  readonly signal: AbortSignal;
}

/** Resolves at the end of the stream, with whether there were too many events for it. */
async function readOnce(web: Web, { told, numbers, signal }: Reading): Promise<boolean> {
  const silence = new Silence(signal);
  try {
    const { url, headers, tls } = web;
    const request = { headers: { ...headers }, tls, signal: silence.signal };
    const response = await fetch(`${url}/v1/events`, request);
    if (!response.ok || response.body === null) throw new Error(`it says ${response.status}`);
    told.began();
    let isTooMuch = false;
    const blocks = new Blocks();
    const decoder = new TextDecoder();
    for await (const bytes of response.body as AsyncIterable<Uint8Array>) {
      silence.heard();
      for (const block of blocks.take(decoder.decode(bytes, { stream: true }))) {
        isTooMuch ||= block.includes("event: missed\n");
        const event = eventOf(block);
        if (event === undefined) continue;
        numbers.take(block);
        told.event(event);
      }
    }
    return isTooMuch;
  } finally {
    silence.end();
  }
}

/** Notices what is missing between two events. */
class Numbers {
  private readonly told: EventsTold;
  private epoch = "";
  private last = 0;

  constructor(told: EventsTold) {
    this.told = told;
  }

  take(block: string): void {
    const [, epoch = "", number = "0"] = /^id: (\w+)-(\d+)$/m.exec(block) ?? [];
    const missed = Number(number) - this.last - 1;
    if (epoch === this.epoch && missed > 0) this.told.missed(missed);
    this.epoch = epoch;
    this.last = Number(number);
  }
}

/** Aborts when nothing was heard for too long, or nobody listens any more. */
class Silence {
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal;
  private timer: NodeJS.Timeout;

  constructor(outer: AbortSignal) {
    this.outer = outer;
    outer.addEventListener("abort", this.abort);
    this.timer = setTimeout(this.abort, silenceMilliseconds);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  heard(): void {
    this.timer.refresh();
  }

  end(): void {
    clearTimeout(this.timer);
    this.outer.removeEventListener("abort", this.abort);
    this.abort();
  }

  private readonly abort = (): void => this.controller.abort();
}

/** Cuts a stream at its empty lines. */
class Blocks {
  private begun = "";

  take(text: string): string[] {
    const blocks = (this.begun + text).split("\n\n");
    this.begun = blocks.pop() ?? "";
    if (this.begun.length > unfinishedCharactersMax) throw new Error("it is no stream of events");
    return blocks;
  }
}

/** Undefined for what is no event of a lock: comments, `retry`, `missed`. */
export function eventOf(block: string): LockEvent | undefined {
  const type = /^event: (\w+)$/m.exec(block)?.[1];
  const data = /^data: (.*)$/m.exec(block)?.[1];
  if (type === undefined || type === "missed" || data === undefined) return undefined;
  try {
    const { time, ...told } = JSON.parse(data) as Omit<LockEvent, "type" | "milliseconds"> & {
      readonly time: string;
    };
    return { ...told, type, milliseconds: Date.parse(time) };
  } catch {
    return undefined;
  }
}

function reasonOf(error: NodeJS.ErrnoException, { url }: Web): string {
  return `cannot read ${url}/v1/events: ${error.code ?? error.message}`;
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done, { once: true });
  });
}
