/**
 * `glockd top` in a pseudo-terminal, seen as somebody in front of it sees it.
 * Invariant: the program is killed when its terminal is disposed of.
 */
import { join } from "node:path";
import { compiledBinary } from "../../binary.ts";
import { Changes, within } from "../../wait-for.ts";

export interface Ending {
  /** The exit status; negative: the signal that ended it. */
  readonly status: number;
  /** Whether the terminal's settings are what they were before. */
  readonly restored: boolean;
}

export interface TerminalOptions {
  readonly rows?: number;
  readonly columns?: number;
  readonly env?: Readonly<Record<string, string>>;
}

export class Terminal implements AsyncDisposable {
  /** All that was written, escape sequences and all. */
  written = "";
  private readonly process: Bun.Subprocess<"pipe", "pipe", "inherit">;
  private readonly changes = new Changes();
  private readonly reading: Promise<void>;
  private ending: Ending | undefined;

  private constructor(process: Bun.Subprocess<"pipe", "pipe", "inherit">) {
    this.process = process;
    this.reading = this.read();
  }

  static async start(argv: readonly string[], options: TerminalOptions = {}): Promise<Terminal> {
    const { rows = 24, columns = 100, env = {} } = options;
    const script = join(import.meta.dir, "terminal.py");
    const program = [await compiledBinary(), ...argv];
    const environment = { PATH: process.env["PATH"] ?? "", TERM: "xterm-256color", ...env };
    return new Terminal(
      Bun.spawn(["python3", script, String(rows), String(columns), ...program], {
        stdin: "pipe",
        stdout: "pipe",
        stderr: "inherit",
        env: environment,
      }),
    );
  }

  type(keys: string): void {
    this.tell({ keys });
  }

  resize(rows: number, columns: number): void {
    this.tell({ size: [rows, columns] });
  }

  signal(signal: string): void {
    this.tell({ signal });
  }

  /** The lines on the screen once `good` accepts them. */
  async screen(what: string, good: (lines: readonly string[]) => boolean): Promise<string[]> {
    try {
      return await this.changes.until(what, () => {
        const lines = screenOf(this.written);
        if (good(lines)) return lines;
        if (this.ending !== undefined) throw new Error("glockd top has ended");
        return undefined;
      });
    } catch (cause) {
      const shown = screenOf(this.written).join("\n");
      throw new Error(`${(cause as Error).message}; the screen:\n${shown}`, { cause });
    }
  }

  /** The same, for one line that holds `text`. */
  async line(text: string): Promise<string> {
    const has = (line: string): boolean => line.includes(text);
    const lines = await this.screen(`a line with ${JSON.stringify(text)}`, (all) => all.some(has));
    return lines.find(has) ?? "";
  }

  ended(): Promise<Ending> {
    return this.changes.until("the end of glockd top", () => this.ending);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.process.stdin.end();
    await within("the end of the terminal", this.reading);
    await this.process.exited;
  }

  private tell(command: unknown): void {
    this.process.stdin.write(`${JSON.stringify(command)}\n`);
    void this.process.stdin.flush();
  }

  private async read(): Promise<void> {
    let text = "";
    for await (const chunk of this.process.stdout.pipeThrough(new TextDecoderStream())) {
      text += chunk;
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      for (const line of lines) this.take(JSON.parse(line) as { out: string } | Ending);
      this.changes.announce();
    }
  }

  private take(message: { out: string } | Ending): void {
    if ("out" in message) this.written += message.out;
    else this.ending = message;
  }
}

/** What stands on the screen after all that: of a program that addresses lines. */
function screenOf(written: string): string[] {
  const lines: string[] = [];
  let row = 0;
  const parts = written.matchAll(/\u001B\[([?\d;]*)([A-Za-z])|[^\u001B]+/g);
  for (const [text, parameters = "", command] of parts) {
    if (command === "H") {
      row = Number(parameters.split(";")[0] || 1) - 1;
      lines[row] = "";
    } else if (command === "J") lines.length = 0;
    else if (command === undefined) lines[row] = (lines[row] ?? "") + text;
  }
  return Array.from(lines, (line) => line ?? "");
}
