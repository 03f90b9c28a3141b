/**
 * The commands of the binary, in the order in which people are told of them. What is
 * made from the list (the root's choice, completions, the manual) needs no other.
 */
import type { CliCommand } from "./completion/command.ts";

export type { CliCommand } from "./completion/command.ts";

export const cliCommands: readonly CliCommand[] = [
  { name: "serve", summary: "serve locks (the default)", load: () => import("./serve.ts") },
  { name: "run", summary: "hold a lock while a command runs", load: () => import("./run.ts") },
  { name: "set", summary: "take a lock that outlives the command", load: () => import("./set.ts") },
  { name: "free", summary: "free a lock that set has taken", load: () => import("./free.ts") },
  { name: "status", summary: "show the locks", load: () => import("./status.ts") },
  {
    name: "completion",
    summary: "print completions for a shell",
    load: async () => (await import("./completion.ts")).completionOf(cliCommands),
  },
  { name: "hash", summary: "hash a secret for -auth-file", load: () => import("./hash.ts") },
  {
    name: "health",
    summary: "tell whether a server lives, or serves",
    load: () => import("./health.ts"),
  },
  { name: "store", summary: "look into a store, and mend it", load: () => import("./store.ts") },
  { name: "test", summary: "exercise a running server", load: () => import("./test.ts") },
  { name: "top", summary: "watch the locks of a server", load: () => import("./top.ts") },
  {
    name: "concourse",
    summary: "be a resource of Concourse pipelines",
    load: () => import("./concourse.ts"),
  },
];
