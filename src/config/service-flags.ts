/**
 * The flags of `serve` for whoever runs it as a service: what it logs, where else its
 * settings stand, and how it ends.
 */
import type { Flag } from "../flag.ts";
import { drainSecondsMax } from "../limits.ts";
import { logLevels, type LogLevel } from "../log.ts";

/** In the order of the usage. */
export const serviceFlags = [
  {
    name: "log-level",
    kind: "choice",
    default: "info",
    choices: logLevels,
    value: "LEVEL",
    env: true,
    help: "error, warn, info or verbose, which is what -verbose says. In the file of -env-file, reread on SIGHUP.",
  },
  {
    name: "env-file",
    kind: "string",
    default: undefined,
    value: "FILE",
    env: true,
    help: "Variables such as GLOCKD_LOG_LEVEL=verbose, one a line; they win over those of the environment. With a dash before FILE it may be missing. Reread on SIGHUP.",
  },
  {
    name: "drain",
    kind: "integer",
    default: 0,
    max: drainSecondsMax,
    value: "SECONDS",
    env: true,
    help: "How long a stop waits for holders to finish: new connections and locks are refused meanwhile. In the file of -env-file, reread on SIGHUP.",
  },
] as const satisfies readonly Flag[];

/** The flags that a running server takes from its file of variables; others need a restart. */
export const rereadFlags: ReadonlySet<string> = new Set(["verbose", "log-level", "drain"]);

/** The part of a Config that these flags make. */
export interface Service {
  readonly logLevel: LogLevel;
  /** How long a stop waits for what connections hold; 0: not at all. */
  readonly drainSeconds: number;
}

interface ServiceValues {
  readonly verbose: boolean;
  readonly "log-level": LogLevel;
  readonly drain: number;
}

export function serviceOf(values: ServiceValues): Service {
  return {
    logLevel: values.verbose ? "verbose" : values["log-level"],
    drainSeconds: values.drain,
  };
}
