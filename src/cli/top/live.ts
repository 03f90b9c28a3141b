/**
 * The table as it lives: lists the locks, draws, and does what is typed.
 * Invariant: one listing at a time; whatever ends it, the terminal is given back first.
 */
import { exitStatus } from "../exit-status.ts";
import { complain } from "../display/output.ts";
import { frameOf, rowsShown, type State, type Style } from "./frame.ts";
import type { Key } from "./keys.ts";
import { type Row, sorted, type Table } from "./rows.ts";
import { Terminal } from "./terminal.ts";
import { type Action, firstView, inSight, pressed, type Seen, type View } from "./view.ts";
import type { Watch } from "./watch.ts";

export interface LiveOptions {
  readonly place: string;
  readonly watch: Watch;
  readonly intervalMilliseconds: number;
  readonly style: Style;
}

const signals = { SIGHUP: 1, SIGINT: 2, SIGTERM: 15 } as const;

export class Live {
  private readonly options: LiveOptions;
  private readonly terminal: Terminal;
  private readonly done = Promise.withResolvers<number>();
  private view: View = firstView;
  private table: Table | undefined;
  private timer: NodeJS.Timeout | undefined;
  private isListing = false;
  private isOver = false;
  private isAskedAgain = false;

  constructor(options: LiveOptions) {
    this.options = options;
    this.terminal = new Terminal({
      keys: (keys) => this.guarded(() => this.press(keys)),
      resized: () => this.guarded(() => this.draw()),
    });
  }

  /** Resolves with the exit status once somebody has had enough. */
  async run(table: Table): Promise<number> {
    this.table = table;
    for (const [signal, number] of Object.entries(signals))
      process.on(signal, () => this.done.resolve(exitStatus.signalled(number)));
    process.on("SIGCONT", () => this.guarded(() => this.wake()));
    process.on("uncaughtException", (error) => this.crash(error));
    process.on("unhandledRejection", (error) => this.crash(error));
    try {
      this.terminal.begin();
      this.draw();
      void this.options.watch.listen().then(() => this.refresh());
      return await this.done.promise;
    } finally {
      this.isOver = true;
      clearTimeout(this.timer);
      this.terminal.end();
    }
  }

  private draw(): void {
    const { size } = this.terminal;
    this.view = inSight(this.view, this.seen());
    this.terminal.draw(frameOf(this.state(), this.view, size, this.options.style));
  }

  private state(): State {
    const { place, watch } = this.options;
    return {
      place,
      table: this.table && { rows: this.rows(), totals: this.table.totals },
      grantsPerSecond: watch.grantsPerSecond,
      note: watch.note,
      nowMilliseconds: Date.now(),
    };
  }

  /** Of the last listing, as they are wanted now: the next one may take its time. */
  private rows(): readonly Row[] {
    const { order, filter } = this.view;
    const rows = this.table?.rows ?? [];
    return sorted(
      rows.filter(({ name }) => name.includes(filter)),
      order,
    );
  }

  private seen(): Seen {
    return { rows: this.rows(), height: rowsShown(this.terminal.size) };
  }

  private press(keys: readonly Key[]): void {
    for (const key of keys) {
      const [view, action] = pressed(this.view, key, this.seen());
      this.view = view;
      this.act(action);
    }
    this.draw();
  }

  private act(action: Action): void {
    switch (action.does) {
      case "quit":
        return this.done.resolve(exitStatus.stopped);
      case "refresh":
        return this.hurry();
      case "redraw":
        return this.terminal.forget();
      case "suspend":
        return this.suspend();
      case "free":
        return void this.free(action.row);
      default:
    }
  }

  /** The next listing at once, if one does not take long. */
  private hurry(): void {
    if (this.isListing) this.isAskedAgain = true;
    else this.schedule(this.options.watch.pauseMilliseconds);
  }

  private schedule(milliseconds: number): void {
    clearTimeout(this.timer);
    if (this.isOver) return;
    this.timer = setTimeout(() => void this.refresh(), milliseconds);
  }

  private async refresh(): Promise<void> {
    const { watch, intervalMilliseconds } = this.options;
    this.isListing = true;
    const { order, filter } = this.view;
    const table = await watch.list(order, filter);
    this.isListing = false;
    // Without a connection, the last table stays; the note says so.
    if (table !== undefined) this.table = table;
    this.draw();
    const pause = watch.pauseMilliseconds;
    this.schedule(this.isAskedAgain ? pause : Math.max(pause, intervalMilliseconds));
    this.isAskedAgain = false;
  }

  private async free({ mode, name }: Row): Promise<void> {
    const message = await this.options.watch.free(mode, name);
    this.view = { ...this.view, message };
    this.draw();
    this.hurry();
  }

  /** As the terminal itself would: whoever started it goes on when it is resumed. */
  private suspend(): void {
    this.terminal.end();
    process.kill(0, "SIGTSTP");
    this.wake();
  }

  private wake(): void {
    this.terminal.begin();
    this.terminal.forget();
    this.draw();
  }

  private guarded(run: () => void): void {
    try {
      run();
    } catch (error) {
      this.crash(error);
    }
  }

  private crash(error: unknown): never {
    this.terminal.end();
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    complain(`glockd: bug in glockd, please report it: ${stack}\n`);
    process.exit(exitStatus.bug);
  }
}
