/**
 * What people see of a run: a line for each rule and load as it ends, and a summary.
 * Colours, ✓ and the progress line are for terminals; elsewhere it is plain text.
 */
import type { LoadReport } from "../load/run.ts";
import type { RuleResult } from "../rule.ts";
import type { Reporter, Summary } from "./reporter.ts";

/** Where lines go, and what the place can show. */
export interface Screen {
  readonly write: (text: string) => void;
  /** A terminal that is redrawn in place: colours and progress make sense. */
  readonly terminal: boolean;
  readonly colour: boolean;
}

type Ending = "pass" | "fail" | "skip";

const marks: Readonly<
  Record<Ending, { readonly sign: string; readonly word: string; readonly colour: number }>
> = {
  pass: { sign: "✓", word: "pass", colour: 32 },
  fail: { sign: "✗", word: "FAIL", colour: 31 },
  skip: { sign: "–", word: "skip", colour: 33 },
};

const nameWidth = 82;
const loadNameWidth = 32;
const barWidth = 24;
const bold = 1;
const dim = 2;
const red = 31;
const green = 32;

export class TextReporter implements Reporter {
  readonly #screen: Screen;

  constructor(screen: Screen) {
    this.#screen = screen;
  }

  begin(server: string): void {
    this.#line(`glockd test of ${this.#paint(bold, server)}\n`);
  }

  rule(result: RuleResult): void {
    const mark = this.#mark(result.outcome);
    if (result.outcome === "skip")
      return this.#line(`${mark} ${result.name} ${this.#paint(dim, `(${result.reason})`)}`);
    const time = this.#paint(dim, `${result.milliseconds.toFixed(1)} ms`.padStart(10));
    this.#line(`${mark} ${result.name.padEnd(nameWidth)} ${time}`);
    if (result.outcome === "pass") for (const note of result.notes) this.note(note);
    else this.#evidence(result);
  }

  loads(clients: number, depth: number, seconds: number): void {
    this.#line(`\n${clients} connections, ${depth} in flight on each, ${seconds} s each`);
    const heads = ["ops/s", "p50 µs", "p99 µs", "p99.9 µs", "max µs"].map((head) =>
      head.padStart(11),
    );
    this.#line(this.#paint(dim, `  ${" ".repeat(loadNameWidth)}${heads.join("")}`));
  }

  progress(name: string, done: number, all: number): void {
    if (!this.#screen.terminal) return;
    const full = Math.round((done / all) * barWidth);
    const bar = "█".repeat(full) + "░".repeat(barWidth - full);
    this.#screen.write(`\r\x1b[K${this.#paint(dim, `${bar} ${done}/${all}`)} ${name}`);
  }

  load(report: LoadReport): void {
    const ending = report.failure === undefined ? "pass" : "fail";
    const values = [
      report.operationsPerSecond,
      report.p50Microseconds,
      report.p99Microseconds,
      report.p999Microseconds,
      report.maxMicroseconds,
    ];
    const row = values.map((value) => grouped(value).padStart(11)).join("");
    this.#line(`${this.#mark(ending)} ${report.name.padEnd(loadNameWidth)}${row}`);
    if (report.failure !== undefined) this.#line(`    ${report.failure}`);
    else if (report.measures === "hand-offs") this.note("grants; from a release to the next grant");
  }

  loadSkipped(name: string, reason: string): void {
    this.#line(`${this.#mark("skip")} ${name} ${this.#paint(dim, `(${reason})`)}`);
  }

  note(text: string): void {
    this.#line(this.#paint(dim, `    note: ${text}`));
  }

  end({ passed, failed, skipped }: Summary): void {
    const verdict = this.#paint(failed > 0 ? red : green, `${passed} passed, ${failed} failed`);
    this.#line(`\n${verdict}, ${skipped} skipped`);
  }

  #evidence(result: RuleResult & { readonly outcome: "fail" }): void {
    this.#line(`    sent  ${result.sent}`);
    this.#line(`    came  ${this.#paint(red, result.came)}`);
    this.#line(`    due   ${result.due}`);
    if (result.conversation.length === 0) return;
    this.#line(this.#paint(dim, "    what was said:"));
    for (const said of result.conversation) this.#line(this.#paint(dim, `      ${said}`));
  }

  #mark(ending: Ending): string {
    const mark = marks[ending];
    return this.#paint(mark.colour, this.#screen.colour ? mark.sign : mark.word);
  }

  #paint(code: number, text: string): string {
    return this.#screen.colour ? `\x1b[${code}m${text}\x1b[0m` : text;
  }

  /** On a terminal it takes the place of the progress line. */
  #line(text: string): void {
    this.#screen.write(`${this.#screen.terminal ? "\r\x1b[K" : ""}${text}\n`);
  }
}

/** `1,234,567`; small numbers keep a digit behind the point. */
function grouped(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: value < 100 ? 1 : 0 });
}
