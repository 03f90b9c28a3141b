/**
 * A terminal that is drawn on as a whole: its own screen, keys as they are typed, its size.
 * Invariant: however the process ends, short of SIGKILL, the terminal is as it was before
 * `begin`; a frame is written at once, and never more than one is on its way.
 */
import { writeSync } from "node:fs";
import { type Key, keysOf } from "./keys.ts";
import type { Size } from "./frame.ts";

export interface TerminalEvents {
  keys(keys: readonly Key[]): void;
  /** It has another size, or has to be drawn anew. */
  resized(): void;
}

/** Its own screen, no cursor, no wrapping at the right edge. */
const enter = "\u001B[?1049h\u001B[?25l\u001B[?7l\u001B[2J";
const leave = "\u001B[0m\u001B[?7h\u001B[?25h\u001B[?1049l";
/** Terminals that know it show what is between at once; others ignore it. */
const beginFrame = "\u001B[?2026h";
const endFrame = "\u001B[?2026l";

/** How long the rest of an escape sequence may take over a slow line. */
const sequenceMilliseconds = 50;
const sizeDefault: Size = { columns: 80, rows: 24 };

export class Terminal {
  private readonly events: TerminalEvents;
  private readonly decoder = new TextDecoder();
  private shown: readonly string[] = [];
  private next: readonly string[] | undefined;
  private isOn = false;
  private isBusy = false;
  private typed = "";
  private timer: NodeJS.Timeout | undefined;

  constructor(events: TerminalEvents) {
    this.events = events;
  }

  get size(): Size {
    const { columns, rows } = process.stdout;
    return columns > 0 && rows > 0 ? { columns, rows } : sizeDefault;
  }

  begin(): void {
    if (this.isOn) return;
    this.isOn = true;
    this.shown = [];
    if (process.stdin.isTTY) process.stdin.setRawMode(true);
    process.stdin.on("data", this.onData);
    process.stdin.resume();
    process.stdout.on("resize", this.onResize);
    process.on("exit", this.onExit);
    put(enter);
  }

  /** Shows these lines, from the top; those that are shown already are not sent again. */
  draw(lines: readonly string[]): void {
    if (!this.isOn) return;
    if (this.isBusy) {
      // Over a slow line only the newest picture counts.
      this.next = lines;
      return;
    }
    const changed = lines.flatMap((line, row) =>
      line === this.shown[row] ? [] : [`\u001B[${row + 1};1H${line}`],
    );
    this.shown = lines;
    if (changed.length === 0) return;
    this.isBusy = true;
    process.stdout.write(beginFrame + changed.join("") + endFrame, () => {
      this.isBusy = false;
      const { next } = this;
      this.next = undefined;
      if (next !== undefined) this.draw(next);
    });
  }

  /** Everything is sent again with the next frame. */
  forget(): void {
    this.shown = [];
    if (this.isOn) put("\u001B[2J");
  }

  end(): void {
    if (!this.isOn) return;
    this.isOn = false;
    clearTimeout(this.timer);
    process.stdin.off("data", this.onData);
    process.stdin.pause();
    process.stdout.off("resize", this.onResize);
    process.off("exit", this.onExit);
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    put(leave);
  }

  private readonly onExit = (): void => this.end();

  private readonly onResize = (): void => {
    this.forget();
    this.events.resized();
  };

  private readonly onData = (bytes: Uint8Array): void => {
    clearTimeout(this.timer);
    this.typed += this.decoder.decode(bytes, { stream: true });
    // What may be the beginning of a sequence is not yet the escape key.
    if (/\u001B(?:\[[0-?]*|O)?$/.test(this.typed))
      this.timer = setTimeout(() => this.tell(), sequenceMilliseconds);
    else this.tell();
  };

  private tell(): void {
    const { typed } = this;
    this.typed = "";
    this.events.keys(keysOf(typed));
  }
}

const attemptsMax = 1_000;

/** Now, whatever is buffered elsewhere: the process may be about to end. */
function put(text: string): void {
  let rest = Buffer.from(text);
  for (let attempt = 0; attempt < attemptsMax && rest.length > 0; attempt++) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // Full, for a moment; or nobody is there any more.
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN") return;
      Bun.sleepSync(1);
    }
  }
}
