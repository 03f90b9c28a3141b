/** Who is told how a run goes. The tester knows only this; what is shown is theirs. */
import type { LoadReport } from "../load/run.ts";
import type { RuleResult } from "../rule.ts";

/** What all of a run came to. */
export interface Summary {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Follows a run; every method is called in the order in which things happen. */
export interface Reporter {
  begin(server: string): void;
  rule(result: RuleResult): void;
  /** Before the first load. */
  loads(clients: number, depth: number, seconds: number): void;
  /** While a load runs; `done` of `all` loads are behind it. */
  progress(name: string, done: number, all: number): void;
  load(report: LoadReport): void;
  /** A load that makes no sense on this server. */
  loadSkipped(name: string, reason: string): void;
  /** Something about the run as a whole. */
  note(text: string): void;
  end(summary: Summary): void;
}
