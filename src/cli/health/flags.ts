/**
 * The flags of `glockd health`: those of `serve` that say where a server is, and its own.
 * Invariant: a flag of the server has its name, its variable and its default here as well.
 */
import type { Flag, FlagValues } from "../../flags.ts";
import { serveFlags } from "../../config/serve-flags.ts";

/** In the order of the usage. */
export const healthFlags = [
  {
    name: "ready",
    kind: "boolean",
    default: false,
    help: "Ask whether it serves, not only whether it lives: one that drains does not.",
  },
  {
    ...serving("host"),
    help: "Where it listens; this machine, unless it is one address. With a port, that of TCP.",
  },
  { ...serving("ws"), help: "Its web port, which is asked unless it is 0." },
  { ...serving("unix"), help: "Its unix socket, which is asked when it is typed or -ws is 0." },
  { ...serving("port"), help: "Its TCP port, which is asked when there is nothing else." },
  {
    name: "tls",
    kind: "boolean",
    default: false,
    help: "It speaks TLS, as one with -tls-cert does; its certificate is not checked.",
  },
  { ...serving("tls-cert"), help: "As the server has it: it speaks TLS." },
  { ...serving("tls-ca"), help: "As the server has it: only its unix socket can be asked." },
  { ...serving("env-file"), help: "The file of variables that the server reads." },
  {
    name: "timeout",
    kind: "number",
    default: 5,
    max: 3600,
    value: "SECONDS",
    help: "How long it may take to answer.",
  },
] as const satisfies readonly Flag[];

/** What was asked on the command line and in the environment. */
export type HealthValues = FlagValues<typeof healthFlags>;

type ServeFlag = (typeof serveFlags)[number];

/** The server's own flag: the same name, variable and kind. */
function serving<Name extends ServeFlag["name"]>(name: Name): Extract<ServeFlag, { name: Name }> {
  return serveFlags.find((flag) => flag.name === name) as Extract<ServeFlag, { name: Name }>;
}
