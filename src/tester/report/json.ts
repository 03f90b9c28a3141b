/** One document for machines, written when all is over. The field names are an interface: keep them. */
import type { LoadReport } from "../load/run.ts";
import type { Reporter, Summary } from "./reporter.ts";
import type { RuleResult } from "../rule.ts";

export class JsonReporter implements Reporter {
  readonly #write: (text: string) => void;
  readonly #rules: RuleResult[] = [];
  readonly #loads: (LoadReport | { readonly name: string; readonly skipped: string })[] = [];
  readonly #notes: string[] = [];
  #server = "";
  #conditions: { clients: number; depth: number; seconds: number } | undefined;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  begin(server: string): void {
    this.#server = server;
  }

  rule(result: RuleResult): void {
    this.#rules.push(result);
  }

  loads(clients: number, depth: number, seconds: number): void {
    this.#conditions = { clients, depth, seconds };
  }

  progress(): void {
    // A document has no use for it.
  }

  load(report: LoadReport): void {
    this.#loads.push(report);
  }

  loadSkipped(name: string, reason: string): void {
    this.#loads.push({ name, skipped: reason });
  }

  note(text: string): void {
    this.#notes.push(text);
  }

  end(summary: Summary): void {
    const load =
      this.#conditions === undefined ? null : { ...this.#conditions, measurements: this.#loads };
    const document = {
      server: this.#server,
      rules: this.#rules,
      load,
      notes: this.#notes,
      summary,
    };
    this.#write(`${JSON.stringify(document, null, 2)}\n`);
  }
}
