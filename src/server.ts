/**
 * Wires engine and doors together: starts, rereads what can be reread, and stops cleanly.
 *
 * Invariant: when `startServer` throws, nothing listens, no file is left behind and the
 * store is closed.
 */
import { randomBytes } from "node:crypto";
import { openAudit } from "./audit/audit.ts";
import { type Authority, open } from "./auth/authority.ts";
import { loadCertificates } from "./auth/certificates.ts";
import { Credentials } from "./auth/credentials.ts";
import { Verifier } from "./auth/verifier.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { HashSeed } from "./core/records/hash.ts";
import type { Happening, Watch } from "./core/table-state.ts";
import { InProcessDoor, type InProcessConnection, type InProcessPeer } from "./doors/in-process.ts";
import { Lobby, type Owner } from "./doors/lobby.ts";
import type { Keeping, KeepingReports } from "./engine/keeping.ts";
import { LocalEngine } from "./engine/local.ts";
import { stopFlushMilliseconds, stopStoreMilliseconds } from "./limits.ts";
import { DescriptorGuard } from "./listeners/descriptor-guard.ts";
import type { Listener, Opened } from "./listeners/listener.ts";
import { warnOfOpenness } from "./listeners/openness.ts";
import { type OpenOptions, openListeners } from "./listeners/open.ts";
import { Reloading } from "./listeners/reloading.ts";
import { type Logger, silent } from "./log.ts";
import { printable } from "./protocol/printable.ts";
import { StoreError } from "./store/store-error.ts";
import type { Store } from "./store/store.ts";

export { UnusableFile } from "./auth/unusable-file.ts";
export { ListenError, type Listener } from "./listeners/listener.ts";
export { StoreError } from "./store/store-error.ts";

export interface ServerOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** How many descriptors this process may have; absent: nobody guards them. */
  readonly descriptorLimit?: number;
  /** For tests: who knows the credentials, instead of what the configuration names. */
  readonly authority?: Authority;
  /** For tests: what keeps holds, instead of what the configuration names. It is closed at the end. */
  readonly store?: Store;
}

export interface RunningServer {
  readonly listeners: readonly Listener[];
  /** A connection without a socket, for whoever is in this process. */
  connect(peer: InProcessPeer): InProcessConnection;
  /**
   * Lets nobody in, hands over the replies that are due, writes what is to be kept, closes
   * everything; whoever has not taken its replies within `flushMilliseconds`, half a second
   * unless given, is cut off.
   */
  stop(flushMilliseconds?: number): Promise<void>;
  /**
   * Rereads credentials and certificates, and opens the audit log anew; what is no good
   * leaves the old, and is logged.
   */
  reload(): Promise<void>;
}

/** @throws ListenError, StoreError, UnusableFile */
export async function startServer(
  config: Config,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const { clock = systemClock, logger = silent } = options;
  const credentials = new Credentials({
    file: config.authFile,
    environment: config.authEnvironment,
  });
  const known = credentials.configured ? await credentials.load() : null;
  const certificates = config.tls === undefined ? null : await loadCertificates(config.tls);
  // Last of the files, as it is the only one that is made when it is not there.
  const audit = await openAudit(config.audit, { clock, logger, acting: () => lobby.acting });
  const verifier =
    known === null ? null : new Verifier(known, { clock, logger, denied: audit?.denied });
  const store = options.store ?? (await openStore(config).catch(closing(audit)));
  const engine = new LocalEngine<Owner>({
    limits: config.limits,
    clock,
    seed: randomSeed(),
    store,
  });
  if (logger.verbose) engine.watch(tracedEndings(logger));
  if (audit !== null) engine.watch(audit.watch);
  const lobby: Lobby = new Lobby({
    engine,
    authority: options.authority ?? verifier ?? open,
    features: { dump: config.dump, registry: config.registry },
    limits: config.limits,
    logger,
    clock,
    auditing: audit,
  });
  const end = async (): Promise<void> => {
    engine.stop();
    if (store !== null) await closeStore(store, logger);
    await audit?.close();
  };
  const opened = await openAll({ engine, lobby, logger }, { config, clock, certificates }).catch(
    async (error) => {
      await end();
      throw error;
    },
  );
  const listeners = opened.map(({ listener }) => listener);
  // Who has to show a certificate is known to whoever signed it.
  if (verifier === null && config.tls?.ca === undefined) warnOfOpenness(listeners, logger);
  const reloading = new Reloading({ config, lobby, logger, clock, credentials, verifier, opened });
  reloading.warnOfExpiry(certificates);
  const { descriptorLimit: limit } = options;
  const guard = limit === undefined ? null : new DescriptorGuard({ limit, opened, clock, logger });
  const inProcess = new InProcessDoor(lobby);
  return {
    listeners,
    connect: (peer) => inProcess.connect(peer),
    async reload() {
      await Promise.all([reloading.reload(), audit?.reopen()]);
    },
    async stop(flushMilliseconds = stopFlushMilliseconds) {
      guard?.stop();
      lobby.close();
      for (const one of opened) one.close();
      await Promise.all([lobby.farewell(flushMilliseconds), kept(engine, flushMilliseconds)]);
      for (const one of opened) await one.end();
      await end();
    },
  };
}

/** For what comes behind the audit log and fails. */
function closing(audit: { close(): Promise<void> } | null): (error: unknown) => Promise<never> {
  return async (error) => {
    await audit?.close();
    throw error;
  };
}

async function openStore({ store }: Config): Promise<Store | null> {
  if (store.kind === "memory") return null;
  // Late: a server that keeps nothing does without a database.
  const { openFileStore } = await import("./store/file-store.ts");
  return await openFileStore(store.directory);
}

/** A disk that does not answer must not keep the process: nobody was promised what it lacks. */
async function closeStore(store: Store, logger: Logger): Promise<void> {
  const { promise: late, resolve } = Promise.withResolvers<"late">();
  const timer = setTimeout(() => resolve("late"), stopStoreMilliseconds);
  if ((await Promise.race([store.close(), late])) === "late") {
    logger.error("the store does not answer; what it was not told is lost, none of it promised");
  }
  clearTimeout(timer);
}

/** Nobody is let in before all is there that they may rely on. */
async function openAll(
  server: { engine: LocalEngine<Owner>; lobby: Lobby; logger: Logger },
  options: OpenOptions,
): Promise<Opened[]> {
  const { keeping } = server.engine;
  if (keeping !== null) await beginKeeping(keeping, server.logger);
  return await openListeners(server.lobby, options);
}

/** A clock that is set back by less is put right by whatever sets it. */
const clockStepMilliseconds = 1_000;

function beginKeeping(keeping: Keeping, logger: Logger): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const reports: KeepingReports = {
    restored({ holds, lapsed, clockBehindMilliseconds }) {
      logger.info("restored", { holds, lapsed });
      if (clockBehindMilliseconds < clockStepMilliseconds) return;
      const seconds = Math.round(clockBehindMilliseconds / 1000);
      logger.warn("the clock was set back; fences rise all the same, but TTLs last longer", {
        seconds,
      });
    },
    failure(reason) {
      if (reason === null) logger.info("the store can be written again");
      else logger.error("the store cannot be written; durable requests are refused", { reason });
    },
    unreserved() {
      logger.warn("fences go on above what is reserved in the store, which cannot be written");
    },
  };
  keeping.begin(reports, (failure) => {
    if (failure === null) resolve();
    else reject(new StoreError("unusable", `the store cannot be written: ${failure}`));
  });
  return promise;
}

/** What was done so far is on disk, or cannot be, or time is over. */
function kept({ keeping }: LocalEngine<Owner>, milliseconds: number): Promise<void> {
  if (keeping === null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    keeping.settled(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function randomSeed(): HashSeed {
  const bytes = randomBytes(8);
  return { low: bytes.readInt32LE(0), high: bytes.readInt32LE(4) };
}

/** Holds that end without their holders' asking, for the log; sessions tell the rest. */
function tracedEndings(logger: Logger): Watch {
  const traced = new Set<Happening>(["orphaned", "lapsed", "freed"]);
  return (happening, { mode, name, owner }) => {
    if (!traced.has(happening)) return;
    const lock = printable({ bytes: name, start: 0, end: name.length });
    logger.trace(happening, { mode, lock, client: (owner as Owner | null)?.address });
  };
}
