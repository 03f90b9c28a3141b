/**
 * What a rule is. To add one, write an entry in a file of `rules/`; the runner, the
 * report and `--only` need nothing else.
 */
import type { Client } from "./client.ts";
import type { Feature } from "./features.ts";
import type { Doing, Holder } from "./holder.ts";

/** One thing that a server has to do. */
export interface Rule {
  /** `theme: sentence`, unique; shown, and what `--only` looks at. */
  readonly name: string;
  /** What the server has to offer for the rule to make sense. */
  readonly needs: readonly Feature[];
  /** Resolves if the server kept the rule. @throws RuleFailure, RuleSkipped. */
  readonly run: (context: RuleContext) => Promise<void>;
}

/** What a rule may use. All that it opens is closed behind it. */
export interface RuleContext {
  /** How long a reply may take. */
  readonly limitMilliseconds: number;
  /** A new connection; the label (`a`, `b`) is how failures call it. */
  readonly connect: (label: string) => Promise<Client>;
  readonly connectMany: (count: number) => Promise<readonly Client[]>;
  /** A name that nobody else uses, nor another call. */
  readonly name: (label: string) => string;
  /** Every name that was handed out in this run. */
  readonly namesUsed: () => readonly string[];
  /** Another process that holds or waits for `name` until it is killed. */
  readonly process: (doing: Doing, name: string) => Promise<Holder>;
  /** Something worth telling that is no failure. */
  readonly note: (text: string) => void;
}

/** How one rule ended. */
export type Outcome =
  | { readonly outcome: "pass"; readonly notes: readonly string[] }
  | { readonly outcome: "skip"; readonly reason: string }
  | {
      readonly outcome: "fail";
      readonly sent: string;
      readonly came: string;
      readonly due: string;
      /** What was said before, oldest first. */
      readonly conversation: readonly string[];
    };

/** A rule's name with how it ended. */
export type RuleResult = Outcome & { readonly name: string; readonly milliseconds: number };
