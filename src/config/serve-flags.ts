/**
 * The one table of `serve`'s flags: the parser, the environment, the usage and the
 * documentation come from it.
 * Invariant: a default and a bound is written in `limits.ts`; here it is only given a name.
 */
import { readBoolean, UsageError } from "../flag.ts";
import type { Flag, Shorthand } from "../flag.ts";
import { securityFlags } from "./security-flags.ts";
import { serviceFlags } from "./service-flags.ts";
import { storeFlags } from "./store-flags.ts";
import {
  defaultLimits,
  keepaliveSecondsDefault,
  limitBounds,
  userTimeoutSecondsDefault,
} from "../limits.ts";
import type { Limits } from "../limits.ts";

/** Every flag of `serve`, in the order of its usage. */
export const serveFlags = [
  {
    name: "port",
    kind: "integer",
    default: 9999,
    max: 65_535,
    value: "PORT",
    env: true,
    help: "TCP port; 0 turns TCP off.",
  },
  {
    name: "host",
    kind: "string",
    default: undefined,
    value: "ADDRESS",
    env: true,
    help: "Address to listen on for TCP and web; all of them, IPv4 and IPv6, unless given.",
  },
  {
    name: "ws",
    kind: "integer",
    default: 9998,
    max: 65_535,
    value: "PORT",
    env: true,
    help: "Web port, for HTTP and WebSocket; 0 turns it off.",
  },
  {
    name: "unix",
    kind: "string",
    default: undefined,
    value: "PATH",
    env: true,
    help: "Unix socket to listen on; none unless given.",
  },
  {
    name: "unix-mode",
    kind: "octal",
    default: 0o660,
    max: 0o777,
    value: "MODE",
    env: true,
    help: "Permissions of the unix socket, octal.",
  },
  {
    name: "pidfile",
    kind: "string",
    default: undefined,
    value: "PATH",
    aliases: ["p", "pid-file"],
    env: true,
    help: "File that holds the process id and is locked while the server runs; none unless given.",
  },
  ...securityFlags,
  {
    name: "registry",
    kind: "boolean",
    default: true,
    env: true,
    help: "Let clients give themselves names (iam, who).",
  },
  {
    name: "dump",
    kind: "boolean",
    default: true,
    env: true,
    help: "Let clients list what is held and who is there (d, sd, dump, who, ls).",
  },
  {
    name: "keyed-list",
    kind: "boolean",
    default: true,
    env: true,
    help: "Answer GET /locks, which shows keys.",
  },
  {
    name: "metrics-open",
    kind: "boolean",
    default: false,
    env: true,
    help: "Answer GET /metrics without credentials where they are configured.",
  },
  {
    name: "allow-origin",
    kind: "string",
    default: undefined,
    value: "ORIGINS",
    env: true,
    help: "Origins whose web pages may use this server besides its own, with commas between: https://a.example,https://b.example.",
  },
  {
    name: "allow-host",
    kind: "string",
    default: undefined,
    value: "HOSTS",
    env: true,
    help: "Names by which browsers may reach this server, with commas between; addresses, localhost and the machine's own name are allowed anyway.",
  },
  {
    name: "verbose",
    kind: "boolean",
    default: false,
    env: true,
    help: "Log connections, grants, releases, orphans and invalid commands.",
  },
  {
    name: "log-format",
    kind: "choice",
    default: "auto",
    choices: ["auto", "plain", "pretty", "json"],
    value: "FORMAT",
    env: true,
    help: "auto, plain, pretty or json; auto is pretty on a terminal, else plain.",
  },
  {
    name: "keepalive",
    kind: "integer",
    default: keepaliveSecondsDefault,
    max: 32_767,
    value: "SECONDS",
    env: true,
    help: "Silence before a TCP peer is asked whether it is there; it has 15 s to answer. 0 turns them off.",
  },
  {
    name: "user-timeout",
    kind: "integer",
    default: userTimeoutSecondsDefault,
    max: 86_400,
    value: "SECONDS",
    env: true,
    help: "How long a TCP peer may leave data unacknowledged (Linux); 0 leaves it to the system.",
  },
  {
    ...limit("connectionsMax"),
    name: "max-connections",
    value: "COUNT",
    help: "Connections over all listeners; lowered to what the file descriptor limit allows.",
  },
  { ...limit("lineBytesMax"), name: "max-line", value: "BYTES", help: "Length of one command." },
  {
    ...limit("nameBytesMax"),
    name: "max-name",
    value: "BYTES",
    help: "Length of a lock's or connection's name; less than -max-line.",
  },
  {
    ...limit("keyBytesMax"),
    name: "max-key",
    value: "BYTES",
    help: "Length of a key; less than -max-line.",
  },
  {
    ...limit("outputBytesMax"),
    name: "max-output",
    value: "BYTES",
    help: "Replies that may wait for one connection that does not read; past it, the connection is ended.",
  },
  { ...limit("locksMax"), name: "max-locks", value: "COUNT", help: "Locks held or waited for." },
  {
    ...limit("waitersMax"),
    name: "max-waiters",
    value: "COUNT",
    help: "Requests that may wait, in all.",
  },
  {
    ...limit("lockWaitersMax"),
    name: "max-lock-waiters",
    value: "COUNT",
    help: "Requests that may wait for one lock.",
  },
  {
    ...limit("tagsMax"),
    name: "max-tags",
    value: "COUNT",
    help: "Tagged commands of one connection that may wait.",
  },
  ...storeFlags,
  {
    name: "audit",
    kind: "string",
    default: undefined,
    value: "FILE",
    env: true,
    help: "Append a line of JSON for each lock granted, released, orphaned, expired or freed, and for each denial. Reopened on SIGHUP.",
  },
  ...serviceFlags,
] as const satisfies readonly Flag[];

/** What the flags of all limits have in common; a limit of 0 would serve nobody. */
function limit(field: keyof Limits) {
  const [bound, value] = [limitBounds[field], defaultLimits[field]];
  return { kind: "integer", default: value, min: 1, max: bound, env: true } as const;
}

/** The Node server's spellings that are not just another name of a flag. */
export const serveShorthands: readonly Shorthand[] = [
  {
    names: ["t", "tcp"],
    kind: "string",
    value: "[HOST:]PORT",
    help: "The same as -port PORT, with a host -host HOST -port PORT.",
    expand: expandTcp,
  },
  {
    names: ["disable-dump"],
    kind: "boolean",
    help: "The same as -dump=false.",
    expand: (text) => [["dump", negated(text)]],
  },
  {
    names: ["disable-registry"],
    kind: "boolean",
    help: "The same as -registry=false.",
    expand: (text) => [["registry", negated(text)]],
  },
];

/** `9999`, `localhost:9999`, `:9999`, `[::1]:9999`. */
function expandTcp(text: string): readonly (readonly [string, string])[] {
  const match = /^(?:(?:\[([^[\]]*)\]|([^:[\]]*)):)?(\d+)$/.exec(text);
  const port = match?.[3];
  if (match === null || port === undefined)
    throw new UsageError(
      `${JSON.stringify(text)} is not [HOST:]PORT; an IPv6 address goes in brackets, as in [::1]:9999`,
    );
  const host = match[1] ?? match[2];
  return host === undefined
    ? [["port", port]]
    : [
        ["host", host],
        ["port", port],
      ];
}

/** Leaves what is no boolean as it is: the flag itself then refuses it. */
function negated(text: string): string {
  const value = readBoolean(text);
  return value === undefined ? text : String(!value);
}
