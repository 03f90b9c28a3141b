/**
 * What a server has sent and nobody has read yet, cut into lines.
 * Invariant: lines come out once, in order, whatever the packets were; at most one
 * reader waits at a time, and never longer than the limit it gave, but for what has
 * arrived by then and is only not handed over yet.
 */
import { assert } from "../../assert.ts";
import { NoReply } from "../failure.ts";

/** What was noticed on the way that is no failure, shared by all connections of a run. */
export interface Observations {
  /** A reply ended with CR LF, as some of the Go server's do. */
  carriageReturns: boolean;
  /** A WebSocket message was empty, as the Go server answers unknown commands. */
  emptyMessages: boolean;
}

interface Reader {
  readonly wants: "line" | "end";
  readonly limitMilliseconds: number;
  /** By `performance.now()`. */
  readonly deadline: number;
  readonly resolve: (line: string) => void;
  readonly reject: (error: NoReply) => void;
}

/**
 * A process that is short of processor time finds its limits passed before it has looked
 * at its sockets. So it goes round the event loop this often before it complains; where nothing
 * happens that takes a few milliseconds.
 */
const turnsBeforeLate = 1_000;

/** More than `dump` says of a server that is full. */
const lineBytesMax = 1 << 28;

/** Bytes are strings of one character a byte throughout the tester (latin1). */
export class Inbox {
  readonly #observations: Observations;
  #lines: string[] = [];
  #read = 0;
  #partial = "";
  #ended: string | undefined;
  #reader: Reader | undefined;
  /** One for all readers that follow each other: most are served long before it rings. */
  #timer: Timer | undefined;
  #timerRings = Infinity;

  constructor(observations: Observations) {
    this.#observations = observations;
  }

  push(bytes: string): void {
    if (this.#ended !== undefined) return;
    if (!bytes.includes("\n")) {
      // Not looked through again with each packet of a long line.
      this.#partial += bytes;
      if (this.#partial.length > lineBytesMax) this.end("a line that has no end");
      return;
    }
    const lines = (this.#partial + bytes).split("\n");
    this.#partial = lines.pop() ?? "";
    for (const line of lines) this.#lines.push(this.#withoutReturn(line));
    this.#serve();
  }

  /** Nothing more will come; `reason` is told to whoever still reads. */
  end(reason: string): void {
    this.#ended ??= reason;
    this.#serve();
  }

  /** The next line without its ending. @throws NoReply when none comes within the limit. */
  line(limitMilliseconds: number): Promise<string> {
    return this.#wait("line", limitMilliseconds);
  }

  /** Resolves when the server has ended the connection, with what came before that unread. */
  ended(limitMilliseconds: number): Promise<string> {
    return this.#wait("end", limitMilliseconds);
  }

  #wait(wants: Reader["wants"], limitMilliseconds: number): Promise<string> {
    assert(this.#reader === undefined, "one reader of a connection at a time");
    return new Promise((resolve, reject) => {
      const deadline = performance.now() + limitMilliseconds;
      this.#reader = { wants, limitMilliseconds, deadline, resolve, reject };
      this.#serve();
      if (this.#reader !== undefined) this.#watch(this.#reader);
    });
  }

  #watch({ deadline }: Reader): void {
    if (this.#timerRings <= deadline) return;
    clearTimeout(this.#timer);
    this.#timerRings = deadline;
    this.#timer = setTimeout(
      () => {
        this.#timerRings = Infinity;
        const reader = this.#reader;
        if (reader === undefined) return;
        if (performance.now() < reader.deadline) this.#watch(reader);
        else this.#complain(reader, turnsBeforeLate);
      },
      Math.max(1, deadline - performance.now()),
    );
    // An open connection keeps the process alive; what is left of a timer need not.
    this.#timer.unref();
  }

  #complain(reader: Reader, turns: number): void {
    if (this.#reader !== reader) return;
    if (turns > 0) {
      setImmediate(() => this.#complain(reader, turns - 1));
      return;
    }
    this.#reader = undefined;
    const what = reader.wants === "line" ? "nothing" : "no end of the connection";
    reader.reject(new NoReply(`${what} within ${reader.limitMilliseconds} ms`));
  }

  #serve(): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const line = reader.wants === "line" ? this.#take() : undefined;
    if (line === undefined && this.#ended === undefined) return;
    this.#reader = undefined;
    if (line !== undefined) reader.resolve(line);
    else if (reader.wants === "end") reader.resolve(this.#rest());
    else reader.reject(new NoReply(`${this.#ended}`, true));
  }

  #take(): string | undefined {
    const line = this.#lines[this.#read];
    if (line === undefined) return undefined;
    this.#read += 1;
    if (this.#read === this.#lines.length) {
      this.#lines = [];
      this.#read = 0;
    }
    return line;
  }

  #rest(): string {
    const unread = this.#lines.slice(this.#read).map((line) => `${line}\n`);
    return unread.join("") + this.#partial;
  }

  #withoutReturn(line: string): string {
    if (!line.endsWith("\r")) return line;
    this.#observations.carriageReturns = true;
    return line.slice(0, -1);
  }
}
