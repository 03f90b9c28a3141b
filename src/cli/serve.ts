/**
 * `glockd serve`: from flags to a running server and, by a signal, to a clean end.
 * Invariant: whatever way it ends, the exit status tells which (see `exitStatus`), and no
 * file is removed that is not this process's own.
 */
import type { CommandDef } from "citty";
import type { Config } from "../config.ts";
import { createLogger, silent } from "../log.ts";
import type { Fields, Logger } from "../log.ts";
import { serveFlags, serveShorthands } from "../config/serve-flags.ts";
import {
  activatedSockets,
  isActivated,
  ListenError,
  startServer,
  StoreError,
  UnusableFile,
} from "../server.ts";
import type { Listener, RunningServer } from "../server.ts";
import { connectionsWithin, descriptorLimit } from "../system/descriptors.ts";
import { ServiceManager } from "../system/notify.ts";
import { PidfileError, takePidfile } from "../system/pidfile.ts";
import type { Pidfile } from "../system/pidfile.ts";
import { versionLine } from "../version.ts";
import { exitStatus } from "./exit-status.ts";
import { readSettings, rereadSettings, type Settings, type Sources } from "./serve/settings.ts";
import { Supervision } from "./serve/supervision.ts";
import { strangeVariables } from "./serve/variables.ts";
import { print, renderUsage, type Usage } from "./usage.ts";

export default {
  meta: { name: "serve", description: "Serve locks (the default)." },
  run: ({ rawArgs }) => run(rawArgs),
} satisfies CommandDef;

/** Follows the words behind the command's name. @throws UsageError */
export async function run(argv: readonly string[]): Promise<void> {
  const { env } = process;
  const sources = { argv, environment: { ...env }, handed: isActivated(env) };
  const settings = readSettings(sources);
  if (settings.request === "help") print(renderUsage(usage));
  else if (settings.request === "version") print(`${versionLine}\n`);
  else await serve(settings, sources);
}

export const usage: Usage = {
  summary: "glockd: a network lock server. Whoever leaves, holds no lock.",
  synopsis: ["glockd [serve] [FLAGS]", "glockd COMMAND ..."],
  flags: serveFlags,
  shorthands: serveShorthands,
  notes: [
    "Booleans take their value after = only: -dump=false; -no-dump means the same. Each flag may also be given as the variable named in its brackets; flags win.",
    "Exit status: 0 stopped cleanly; 1 a listener failed; 2 wrong usage; 3 the pid file cannot be opened; 4 another process holds the pid file; 5 the store cannot be used; 70 a bug in glockd; 128 and the signal's number when a second signal cut a stop short.",
  ],
  examples: [
    ["glockd -host 127.0.0.1", "for this machine only"],
    ["glockd -port 0 -ws 0 -unix /run/glockd/socket", "on a unix socket only"],
  ],
};

/** Ends the process, with its exit status, when the server cannot start or was stopped. */
async function serve(first: Settings, sources: Sources): Promise<void> {
  let settings = first;
  const { config: wanted, given } = settings;
  const logger = createLogger({ level: wanted.logLevel, format: wanted.logFormat });
  for (const strange of strangeVariables(sources.environment))
    logger.warn("there is no such variable: it changes nothing", { ...strange });
  const limit = descriptorLimit();
  const config = withinDescriptors(wanted, limit, given.has("max-connections") ? logger : silent);
  const stopAsked = Promise.withResolvers<NodeJS.Signals>();
  let pidfile: Pidfile | undefined;
  let askedEarly = false;
  let reload = async (): Promise<void> => {
    askedEarly = true;
  };
  const die = (status: number): never => {
    try {
      pidfile?.release();
    } catch {
      // It stays, unlocked, and the next server takes it over.
    }
    process.exit(status);
  };
  onBug(logger, die);
  onSignals(logger, stopAsked.resolve, die);
  try {
    if (config.pidfile !== undefined) pidfile = takePidfile(config.pidfile);
    // From now on: a signal must not end a server that was to reread or reopen its files.
    const manager = ServiceManager.of(sources.environment);
    // A manager may send it to any service, and waits to be told of a reload.
    if (manager !== null || hasFilesToReread(settings)) process.on("SIGHUP", () => void reload());
    const activated = activatedSockets(sources.environment);
    const guarded = limit === undefined ? {} : { descriptorLimit: limit };
    const server = await startServer(config, { logger, activated, ...guarded });
    for (const listener of server.listeners) logger.info("listening", told(listener));
    const supervision = new Supervision(manager, { server, logger });
    reload = () =>
      supervision.reloading(async () => {
        settings = rereadSettings(settings, sources, logger);
        server.followLogger();
        await server.reload();
      });
    supervision.started();
    // Files may have changed after they were read.
    if (askedEarly) void reload();
    logger.info("stopping", { signal: await stopAsked.promise });
    supervision.stopping();
    await drain(server, { seconds: settings.config.drainSeconds, supervision, logger });
    await stopWithin(server, logger, die);
    logger.info("stopped");
    die(exitStatus.stopped);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    logger.error((error as Error).message);
    die(status);
  }
}

function told({ kind, address, activated }: Listener): Fields {
  return { kind, address, activated };
}

/** Waits for holders to finish, for as long as `-drain` says. */
async function drain(
  server: RunningServer,
  options: { seconds: number; supervision: Supervision; logger: Logger },
): Promise<void> {
  const { seconds, supervision, logger } = options;
  if (seconds === 0) return;
  logger.info("draining", { seconds, holders: server.countHolders() });
  const end = supervision.draining(seconds);
  const holders = await server.drain(seconds);
  end();
  if (holders > 0)
    logger.warn("the time to drain is over: who still holds is cut off", { holders });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof PidfileError) return error.status;
  if (error instanceof UnusableFile) return exitStatus.usage;
  if (error instanceof StoreError) return exitStatus.storeUnusable;
  return error instanceof ListenError ? exitStatus.listenFailed : undefined;
}

/** Out of descriptors, accepting spins; so the limit is one that is refused with words. */
function withinDescriptors(config: Config, limit: number | undefined, logger: Logger): Config {
  const wanted = config.limits.connectionsMax;
  const relayed = config.tls?.ca !== undefined && config.ws !== 0;
  const connectionsMax = connectionsWithin(wanted, limit, relayed ? 3 : 1);
  if (connectionsMax === wanted) return config;
  logger.warn("connections limited", { wanted, allowed: connectionsMax, descriptors: limit });
  return Object.freeze({ ...config, limits: Object.freeze({ ...config.limits, connectionsMax }) });
}

/** A server with a bug in its lock table must not go on granting locks. */
function onBug(logger: Logger, die: (status: number) => never): void {
  const report = (error: unknown): never => {
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    logger.error("bug in glockd, please report it", { error: stack });
    return die(exitStatus.bug);
  };
  process.on("uncaughtException", report);
  process.on("unhandledRejection", report);
}

function onSignals(
  logger: Logger,
  stop: (signal: NodeJS.Signals) => void,
  die: (status: number) => never,
): void {
  let asked = false;
  const onSignal = (signal: NodeJS.Signals, number: number): void => {
    if (asked) {
      logger.warn("stopped at once", { signal });
      die(exitStatus.signalled(number));
    }
    asked = true;
    stop(signal);
  };
  // Not SIGHUP, unless there is something to reread: a handler would undo what nohup has set.
  process.on("SIGTERM", () => onSignal("SIGTERM", 15));
  process.on("SIGINT", () => onSignal("SIGINT", 2));
}

function hasFilesToReread({ config: { authFile, tls, audit }, envFile }: Settings): boolean {
  return (
    authFile !== undefined || tls !== undefined || audit !== undefined || envFile !== undefined
  );
}

/** The server keeps its own, shorter limit; this one is for the case that it does not. */
async function stopWithin(
  server: RunningServer,
  logger: Logger,
  die: (status: number) => never,
): Promise<void> {
  const timer = setTimeout(() => {
    logger.error("bug in glockd, please report it", { error: "the server did not stop in time" });
    die(exitStatus.bug);
  }, stopSecondsMax * 1000);
  await server.stop();
  clearTimeout(timer);
}

const stopSecondsMax = 5;
