/** All rules, in the order in which they run: the simplest first, for a broken server fails there. */
import type { Rule } from "../rule.ts";
import { additionRules } from "./additions/index.ts";
import { boundRules } from "./bounds.ts";
import { concurrencyRules } from "./concurrency.ts";
import { exclusiveRules } from "./exclusive.ts";
import { framingRules } from "./framing.ts";
import { listingRules } from "./listings.ts";
import { nameRules } from "./names.ts";
import { orphanRules, traceRule } from "./orphans.ts";
import { registryRules } from "./registry.ts";
import { sharedRules } from "./shared.ts";
import { statisticsRules } from "./statistics.ts";
import { unknownRules } from "./unknown.ts";
import { webRules } from "./web.ts";

export const rules: readonly Rule[] = [
  ...exclusiveRules,
  ...sharedRules,
  ...nameRules,
  ...unknownRules,
  ...framingRules,
  ...webRules,
  ...boundRules,
  ...registryRules,
  ...listingRules,
  ...statisticsRules,
  ...orphanRules,
  ...concurrencyRules,
  ...additionRules,
  traceRule,
];
