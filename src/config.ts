/**
 * What a server is asked to be, parsed once from flags and `GLOCKD_*` variables.
 * Invariant: a Config is complete, within its bounds, and never changes.
 */
import { parseFlags, UsageError } from "./flags.ts";
import type { FlagValues, Parsed } from "./flags.ts";
import type { Limits } from "./limits.ts";
import { type Security, securityOf } from "./config/security-flags.ts";
import { serveFlags, serveShorthands } from "./config/serve-flags.ts";
import { type Service, serviceOf } from "./config/service-flags.ts";
import { storeOf, type StorePlace } from "./config/store-flags.ts";

export interface Config extends Security, Service {
  /** TCP port; 0: no TCP. `"any"` (tests only) lets the system choose. */
  readonly port: number | "any";
  /** Address that the TCP and web listeners bind; `undefined`: all, IPv4 and IPv6. */
  readonly host: string | undefined;
  /** Web port, for HTTP and WebSocket; 0: none. `"any"` as above. */
  readonly ws: number | "any";
  /** Path of the unix socket, if any. */
  readonly unix: string | undefined;
  /** Permissions of the unix socket, say 0o660. */
  readonly unixMode: number;
  readonly pidfile: string | undefined;
  /** Whether `iam` and `who` are answered. */
  readonly registry: boolean;
  /** Whether `d`, `sd`, `dump` and `who` are answered. */
  readonly dump: boolean;
  /** Whether `GET /locks` is answered. */
  readonly keyedList: boolean;
  /** Whether `/metrics` is open to those without credentials. */
  readonly metricsOpen: boolean;
  /** Origins whose pages may use this server, besides its own. */
  readonly allowOrigins: readonly string[];
  /** Names by which browsers may reach this server, in lower case, besides the usual ones. */
  readonly allowHosts: readonly string[];
  /** Path of the audit log, if any. */
  readonly audit: string | undefined;
  readonly logFormat: "auto" | "plain" | "pretty" | "json";
  /** Silence before the system probes a TCP peer; 0: never. */
  readonly keepaliveSeconds: number;
  /** How long sent data may stay unacknowledged by a TCP peer (Linux); 0: as the system likes. */
  readonly userTimeoutSeconds: number;
  readonly limits: Limits;
  /** Where holds are kept that outlive their connections. */
  readonly store: StorePlace;
}

/** A command line's config, or that it asks for the usage or the version instead. */
export type ParsedConfig =
  | { readonly request: "help" }
  | { readonly request: "version" }
  | {
      readonly request: "run";
      readonly config: Config;
      /** Flags that somebody set. */
      readonly given: ReadonlySet<string>;
      /** All flags' values. */
      readonly values: FlagValues<typeof serveFlags>;
    };

type Environment = Readonly<Record<string, string | undefined>>;

/** `serve`'s flags, each with its value, whether or not they make a config. @throws UsageError */
export function parseServeFlags(
  argv: readonly string[],
  env: Environment,
): Parsed<typeof serveFlags> {
  return parseFlags(serveFlags, argv, env, serveShorthands);
}

/**
 * The config that `parsed` flags and the variables that are no flags make; `handed`:
 * somebody else has opened listeners for it.
 * @throws UsageError for what contradicts itself, or leaves nothing to listen on.
 */
export function configured(
  parsed: Parsed<typeof serveFlags>,
  env: Environment,
  handed = false,
): ParsedConfig {
  if (parsed.request !== "run") return parsed;
  const config = configOf(parsed.values, parsed.given, env);
  if (config.port === 0 && config.ws === 0 && config.unix === undefined && !handed)
    throw new UsageError("nothing to listen on: give one of -port, -ws or -unix");
  if (config.port !== 0 && config.port === config.ws)
    throw new UsageError(`-port and -ws are both ${config.port}; they need ports of their own`);
  const { lineBytesMax, nameBytesMax, keyBytesMax } = config.limits;
  for (const [flag, bytes] of [
    ["-max-name", nameBytesMax],
    ["-max-key", keyBytesMax],
  ] as const)
    if (bytes >= lineBytesMax)
      throw new UsageError(`${flag} (${bytes}) must be less than -max-line (${lineBytesMax})`);
  return { request: "run", config, given: parsed.given, values: parsed.values };
}

/** What holds without flags, changed by `overrides`: for tests, which listen nowhere by default. */
export function defaultConfig(overrides: Partial<Config> = {}): Config {
  const parsed = parseFlags(serveFlags, []);
  if (parsed.request !== "run") throw new Error("no flag was given, so none asks for the usage");
  return Object.freeze({
    ...configOf(parsed.values, parsed.given, {}),
    port: 0,
    ws: 0,
    ...overrides,
  });
}

/** For clients the variable of the same name may have a port. */
function bareHost(host: string | undefined): string | undefined {
  if (host !== undefined && /^\[.*\](:\d*)?$|^[^:]*:\d*$/.test(host))
    throw new UsageError(
      `-host: ${JSON.stringify(host)} is more than an address, such as 127.0.0.1 or ::1; ports are for -port and -ws`,
    );
  return host;
}

function configOf(
  values: FlagValues<typeof serveFlags>,
  given: ReadonlySet<string>,
  env: Environment,
): Config {
  // Who asks for short lines need not also say that what stands on them is shorter.
  const withinLine = (flag: "max-name" | "max-key"): number =>
    given.has(flag) ? values[flag] : Math.max(1, Math.min(values[flag], values["max-line"] - 1));
  return Object.freeze({
    port: values.port,
    host: bareHost(values.host),
    ws: values.ws,
    unix: values.unix,
    unixMode: values["unix-mode"],
    pidfile: values.pidfile,
    ...securityOf(values, given, env),
    ...serviceOf(values),
    registry: values.registry,
    dump: values.dump,
    keyedList: values["keyed-list"],
    metricsOpen: values["metrics-open"],
    allowOrigins: listOf(
      "-allow-origin",
      values["allow-origin"],
      originShape,
      "an origin such as https://a.example",
    ),
    allowHosts: listOf(
      "-allow-host",
      values["allow-host"],
      hostShape,
      "a host's name such as locks.a.example",
    ),
    audit: values.audit,
    logFormat: values["log-format"],
    keepaliveSeconds: values.keepalive,
    userTimeoutSeconds: values["user-timeout"],
    store: storeOf(values.store),
    limits: Object.freeze({
      connectionsMax: values["max-connections"],
      lineBytesMax: values["max-line"],
      nameBytesMax: withinLine("max-name"),
      outputBytesMax: values["max-output"],
      locksMax: values["max-locks"],
      waitersMax: values["max-waiters"],
      lockWaitersMax: values["max-lock-waiters"],
      tagsMax: values["max-tags"],
      keyBytesMax: withinLine("max-key"),
    }),
  });
}

/** As browsers send it: no path behind it, and in lower case. */
const originShape = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.[\]:-]+$/;
const hostShape = /^[a-z0-9_.-]+(?::\d+)?$/;

/** What stands between commas. @throws UsageError */
function listOf(
  flag: string,
  text: string | undefined,
  shape: RegExp,
  what: string,
): readonly string[] {
  const entries = (text ?? "").split(",").map((entry) => entry.trim().toLowerCase());
  return entries
    .filter((entry) => entry !== "")
    .map((entry) => {
      if (shape.test(entry)) return entry;
      throw new UsageError(`${flag}: ${JSON.stringify(entry)} is not ${what}`);
    });
}
