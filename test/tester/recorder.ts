/** A reporter that remembers, and runs of the tester that use it. */
import { join } from "node:path";
import type { LoadReport } from "../../src/tester/load/run.ts";
import type { Reporter, Summary } from "../../src/tester/report/reporter.ts";
import type { RuleResult } from "../../src/tester/rule.ts";
import { runTester, type TesterOptions } from "../../src/tester/tester.ts";
import type { ReferenceServer } from "./reference/server.ts";

export class Recorder implements Reporter {
  readonly results: RuleResult[] = [];
  readonly measured: LoadReport[] = [];
  readonly skippedLoads: string[] = [];
  readonly notes: string[] = [];
  summary: Summary | undefined;

  begin(): void {}
  loads(): void {}
  progress(): void {}

  rule(result: RuleResult): void {
    this.results.push(result);
    if (result.outcome === "pass") this.notes.push(...result.notes);
  }

  load(report: LoadReport): void {
    this.measured.push(report);
  }

  loadSkipped(name: string, reason: string): void {
    this.skippedLoads.push(`${name} (${reason})`);
  }

  note(text: string): void {
    this.notes.push(text);
  }

  end(summary: Summary): void {
    this.summary = summary;
  }

  /** The names of all that ended so. */
  named(outcome: RuleResult["outcome"]): readonly string[] {
    return this.results.filter((result) => result.outcome === outcome).map(({ name }) => name);
  }
}

export interface Run {
  readonly status: number;
  readonly recorder: Recorder;
}

/** How the tester is started again as a child, when it runs within a test. */
export const ownCommand = [process.execPath, join(import.meta.dir, "child.ts")];

/** Runs the tester against a server, which is stopped afterwards. */
export async function testing(
  server: ReferenceServer,
  options: Partial<TesterOptions> = {},
): Promise<Run> {
  const recorder = new Recorder();
  const quick = { load: false, clients: 5, depth: 4, seconds: 0.05 };
  try {
    const status = await runTester({
      address: server.address,
      reporter: recorder,
      ownCommand,
      ...quick,
      ...options,
    });
    return { status, recorder };
  } finally {
    server.stop();
  }
}
