/** The rules about what the older servers do not have (part 2 of the protocol), the simplest first. */
import type { Rule } from "../../rule.ts";
import { badRequestRules } from "./bad-requests.ts";
import { conductRules } from "./conduct.ts";
import { contentionRules } from "./contention.ts";
import { deadlockRules } from "./deadlocks.ts";
import { departureRules } from "./departures.ts";
import { fenceRules } from "./fences.ts";
import { freeingRules } from "./freeing.ts";
import { keyRules } from "./keys.ts";
import { leaseRules } from "./leases.ts";
import { listedLockRules } from "./listed-locks.ts";
import { semaphoreRules } from "./semaphores.ts";
import { tagRules } from "./tags.ts";
import { waitRules } from "./waits.ts";

export const additionRules: readonly Rule[] = [
  ...tagRules,
  ...waitRules,
  ...departureRules,
  ...fenceRules,
  ...semaphoreRules,
  ...deadlockRules,
  ...keyRules,
  ...leaseRules,
  ...conductRules,
  ...listedLockRules,
  ...freeingRules,
  ...badRequestRules,
  ...contentionRules,
];
