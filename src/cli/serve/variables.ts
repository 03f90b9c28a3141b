/**
 * Which variables are the server's, and which look as if somebody took them for such.
 * Invariant: a variable that another command reads, or that others set, is no mistake.
 */
import { serveFlags } from "../../config/serve-flags.ts";
import { variableOf, variablesIn } from "../../flag.ts";
import { nearest } from "../../nearest.ts";
import { reachFlags } from "../reach/flags.ts";

/** All that the server reads. */
export function serverVariables(): ReadonlySet<string> {
  return new Set([...serveFlags.map((flag) => variableOf(flag)), "AUTH_USER", "AUTH_PASS"]);
}

/** What other commands read; and what `glockd run` tells its command, which may be a server. */
function othersVariables(): ReadonlySet<string> {
  return new Set([
    ...reachFlags.map((flag) => variableOf(flag)),
    ...["GLOCKD_AUTH", "GLOCKD_WEB", "GLOCKD_LOCK", "GLOCKD_FENCE"],
  ]);
}

/** One that nobody reads, and the one that was probably meant. */
export interface StrangeVariable {
  readonly variable: string;
  readonly nearest: string | undefined;
}

/** In the order of their names. Not their values, which may be secrets. */
export function strangeVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly StrangeVariable[] {
  const named = variablesIn(environment).filter((name) => !name.startsWith("GLOCKD_TEST_"));
  if (named.length === 0) return [];
  const known = serverVariables().union(othersVariables());
  return named
    .filter((name) => !known.has(name))
    .filter((name) => Boolean(environment[name]) && !isOfKubernetes(name, environment[name]))
    .sort()
    .map((variable) => ({ variable, nearest: nearestVariable(variable) }));
}

/** The server's variable that `name` probably was meant to be. */
export function nearestVariable(name: string): string | undefined {
  const known = [...serverVariables()];
  const near = nearest(bare(name), known.map(bare));
  return known.find((candidate) => bare(candidate) === near);
}

/** What it tells every pod of services called `glockd-…`. */
function isOfKubernetes(name: string, value: string | undefined): boolean {
  return /_SERVICE_(HOST|PORT)(_|$)|_PORT_\d+_/.test(name) || value?.includes("://") === true;
}

/** What all have in front would make everything look alike. */
function bare(variable: string): string {
  return variable.replace(/^GLOCKD_/, "").toLowerCase();
}
