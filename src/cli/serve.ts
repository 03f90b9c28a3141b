/**
 * `glockd serve`: from flags to a running server and, by a signal, to a clean end.
 * Invariant: whatever way it ends, the exit status tells which (see `exitStatus`), and no
 * file is removed that is not this process's own.
 */
import type { CommandDef } from "citty";
import { variablesIn } from "../flag.ts";
import { createLogger, type Logger } from "../log.ts";
import { serveFlags, serveShorthands } from "../config/serve-flags.ts";
import { UnusableFile } from "../auth/unusable-file.ts";
import { isActivated } from "../listeners/activation.ts";
import { ListenError } from "../listeners/listener.ts";
import { StoreError } from "../store/store-error.ts";
import { ServiceManager } from "../system/notify.ts";
import { PidfileError, takePidfile } from "../system/pidfile.ts";
import type { Pidfile } from "../system/pidfile.ts";
import { versionLine } from "../version.ts";
import { exitStatus } from "./exit-status.ts";
import { listenEarly } from "./serve/early.ts";
import { readSettings, type Settings, type Sources } from "./serve/settings.ts";
import { print } from "./display/output.ts";
import type { Usage } from "./usage.ts";

export default {
  meta: { name: "serve", description: "Serve locks (the default)." },
} satisfies CommandDef;

/** Follows the words behind the command's name and tells what they asked for. @throws UsageError */
export async function run(argv: readonly string[]): Promise<"help" | "version" | "run"> {
  const { env } = process;
  const sources = { argv, environment: { ...env }, handed: isActivated(env) };
  const settings = await readSettings(sources);
  if (settings.request === "help") print((await import("./usage.ts")).renderUsage(usage));
  else if (settings.request === "version") print(`${versionLine}\n`);
  else await serve(settings, sources);
  return settings.request;
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
async function serve(settings: Settings, sources: Sources): Promise<void> {
  const { config } = settings;
  const logger = createLogger({ level: config.logLevel, format: config.logFormat });
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
    await warnOfStrangers(sources, logger);
    if (config.pidfile !== undefined) pidfile = takePidfile(config.pidfile);
    // From now on: a signal must not end a server that was to reread or reopen its files.
    const manager = ServiceManager.of(sources.environment);
    // A manager may send it to any service, and waits to be told of a reload.
    if (manager !== null || hasFilesToReread(settings)) process.on("SIGHUP", () => void reload());
    const early = listenEarly(config, sources.handed);
    // Late: clients can connect meanwhile.
    const { Service } = await import("./serve/service.ts");
    const service = await Service.start(settings, { sources, logger, manager, early });
    reload = () => service.reload();
    // Files may have changed after they were read.
    if (askedEarly) void reload();
    logger.info("stopping", { signal: await stopAsked.promise });
    await service.stop(() => die(exitStatus.bug));
    logger.info("stopped");
    die(exitStatus.stopped);
  } catch (error) {
    const status = statusOf(error);
    if (status === undefined) throw error;
    logger.error((error as Error).message);
    die(status);
  }
}

/** What looks is loaded only when there may be any. */
async function warnOfStrangers({ environment }: Sources, logger: Logger): Promise<void> {
  if (variablesIn(environment).length === 0) return;
  const { strangeVariables } = await import("./serve/variables.ts");
  for (const strange of strangeVariables(environment))
    logger.warn("there is no such variable: it changes nothing", { ...strange });
}

function statusOf(error: unknown): number | undefined {
  if (error instanceof PidfileError) return error.status;
  if (error instanceof UnusableFile) return exitStatus.usage;
  if (error instanceof StoreError) return exitStatus.storeUnusable;
  return error instanceof ListenError ? exitStatus.listenFailed : undefined;
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
