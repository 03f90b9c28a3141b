/**
 * `glockd health`: whether a server lives, or with `--ready` serves, for scripts and
 * containers. It reads the variables of the server, so that it finds the one beside it.
 * Invariant: the exit status is 0 for yes, 1 for no, and 2 when it cannot tell.
 */
import { defineCommand } from "citty";
import { parseFlags } from "../flags.ts";
import { versionLine } from "../version.ts";
import { exitStatus } from "./exit-status.ts";
import { askHealth, type Place } from "./health/ask.ts";
import { healthFlags, type HealthValues } from "./health/flags.ts";
import { placeOf } from "./health/place.ts";
import { readEnvFile } from "./serve/env-file.ts";
import { complain, print } from "./display/output.ts";
import { renderUsage, type Usage } from "./usage.ts";

export const usage: Usage = {
  summary: "glockd health: whether a server lives, or serves, as an exit status.",
  synopsis: ["glockd health [-ready] [FLAGS]"],
  flags: healthFlags,
  notes: [
    "The variables are those of the server: beside it, in a container say, no flag is needed.",
    "Exit status: 0 yes; 1 no, or it cannot be reached; 2 wrong usage, or something else than glockd answers.",
  ],
  examples: [
    ["glockd health", "the HEALTHCHECK of a container"],
    ["glockd health -ready", "before a load balancer sends somebody there"],
  ],
};

export default defineCommand({
  meta: { name: "health", description: "Ask a server how it is." },
  run: async ({ rawArgs }) => {
    const typed = parseFlags(healthFlags, rawArgs);
    if (typed.request === "help") return print(renderUsage(usage));
    if (typed.request === "version") return print(`${versionLine}\n`);
    const values = valuesOf(rawArgs);
    const place = placeOf(values, typed.given);
    process.exit(await report(place, values));
  },
});

/** The file's variables win over those of the environment, as in the server. */
function valuesOf(argv: readonly string[]): HealthValues {
  const read = (env: NodeJS.ProcessEnv): HealthValues => {
    const parsed = parseFlags(healthFlags, argv, env);
    if (parsed.request !== "run") throw new Error("it was no request for help before");
    return parsed.values;
  };
  const { "env-file": file } = read(process.env);
  return file === undefined ? read(process.env) : read({ ...process.env, ...readEnvFile(file) });
}

async function report(place: Place, { ready, timeout }: HealthValues): Promise<number> {
  const { verdict, reason } = await askHealth(place, { ready, milliseconds: timeout * 1000 });
  if (verdict === "yes") print(`${ready ? "ready" : "healthy"}\n`);
  else complain(`glockd health: ${place.shown}: ${reason}\n`);
  return { yes: exitStatus.stopped, no: 1, unknown: exitStatus.usage }[verdict];
}
