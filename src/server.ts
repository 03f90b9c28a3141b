/**
 * Wires engine and doors together: starts, rereads what can be reread, and stops cleanly.
 *
 * Invariant: when `startServer` throws, nothing listens that it has opened or taken, no file
 * is left behind and the store is closed.
 */
import { openAudit } from "./audit/audit.ts";
import { type Authority, open } from "./auth/authority.ts";
import { Credentials } from "./auth/credentials.ts";
import { Verifier } from "./auth/verifier.ts";
import { type Clock, systemClock } from "./clock.ts";
import type { Config } from "./config.ts";
import type { HashSeed } from "./core/records/hash.ts";
import { InProcessDoor, type InProcessConnection, type InProcessPeer } from "./doors/in-process.ts";
import { Lobby, type Owner } from "./doors/lobby.ts";
import { endingsTracer } from "./doors/tracing.ts";
import { LocalEngine } from "./engine/local.ts";
import { stopFlushMilliseconds } from "./limits.ts";
import { DescriptorGuard } from "./listeners/descriptor-guard.ts";
import { countHolders, drain } from "./listeners/draining.ts";
import type { Listener, Opened } from "./listeners/listener.ts";
import { warnOfOpenness } from "./listeners/openness.ts";
import { type OpenOptions, openListeners } from "./listeners/open.ts";
import { Reloading } from "./listeners/reloading.ts";
import { certificatesOf } from "./listeners/tls.ts";
import { type Logger, silent } from "./log.ts";
import { beginKeeping, closeStore, kept, openStore } from "./server/store.ts";
import { directSockets } from "./system/direct/direct-sockets.ts";
import type { InheritedSocket } from "./system/listening/inherited-socket.ts";
import type { ListeningSocket } from "./system/listening/listening-socket.ts";
import type { Store } from "./store/store.ts";

export type { Listener } from "./listeners/listener.ts";

export interface ServerOptions {
  readonly clock?: Clock;
  readonly logger?: Logger;
  /** How many descriptors this process may have; absent: nobody guards them. */
  readonly descriptorLimit?: number;
  /** Listeners that somebody else has opened. */
  readonly activated?: readonly InheritedSocket[];
  /** What listens on the TCP port already; taken when that would have been opened. */
  readonly early?: ListeningSocket | null;
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
   * Lets nobody in and grants nothing, for as long as connections hold locks and at most so
   * many seconds. Resolves with how many still hold; `stop` is to follow.
   */
  drain(seconds: number): Promise<number>;
  /**
   * Rereads credentials and certificates, and opens the audit log anew; what is no good
   * leaves the old, and is logged.
   */
  reload(): Promise<void>;
  /** The logger's level has changed. */
  followLogger(): void;
  /** Connections and locks, now. */
  counts(): { connections: number; locks: number };
  /** How many connections hold locks that end with them; looks at each. */
  countHolders(): number;
}

/** @throws ListenError, StoreError, UnusableFile */
export async function startServer(
  config: Config,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const { clock = systemClock, logger = silent, activated = [], early = null } = options;
  const credentials = new Credentials({
    file: config.authFile,
    environment: config.authEnvironment,
  });
  const known = credentials.configured ? await credentials.load() : null;
  const certificates = await certificatesOf(config);
  const audit = await openAudit(config.audit, { clock, logger, acting: () => lobby.acting });
  const verifier =
    known === null ? null : new Verifier(known, { clock, logger, denied: audit?.denied });
  const store = options.store ?? (await openStore(config).catch(closing(audit)));
  const { limits } = config;
  const engine = new LocalEngine<Owner>({ limits, clock, seed: randomSeed(), store });
  if (audit !== null) engine.watch(audit.watch);
  const direct = directSockets();
  const lobby: Lobby = new Lobby({
    engine,
    authority: options.authority ?? verifier ?? open,
    features: { dump: config.dump, registry: config.registry },
    limits,
    logger,
    clock,
    auditing: audit,
    direct,
  });
  const end = async (): Promise<void> => {
    engine.stop();
    direct?.close();
    if (store !== null) await closeStore(store, logger);
    await audit?.close();
  };
  const listening = { config, clock, certificates, activated, early };
  const opened = await openAll({ engine, lobby, logger }, listening).catch(async (error) => {
    await end();
    throw error;
  });
  const listeners = opened.map(({ listener }) => listener);
  // Who has to show a certificate is known to whoever signed it.
  if (verifier === null && config.tls?.ca === undefined) warnOfOpenness(listeners, logger);
  const reloading = new Reloading({ config, lobby, logger, clock, credentials, verifier, opened });
  reloading.warnOfExpiry(certificates);
  const { descriptorLimit: limit } = options;
  const guard = limit === undefined ? null : new DescriptorGuard({ limit, opened, clock, logger });
  const inProcess = new InProcessDoor(lobby);
  const followLogger = endingsTracer(lobby);
  followLogger();
  return {
    listeners,
    connect: (peer) => inProcess.connect(peer),
    reload: async () => void (await Promise.all([reloading.reload(), audit?.reopen()])),
    followLogger,
    drain: (seconds) => drain({ lobby, clock, opened }, seconds),
    counts() {
      const { locks, sharedLocks } = engine.counts();
      return { connections: lobby.sessions.size, locks: locks + sharedLocks };
    },
    countHolders: () => countHolders(lobby),
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

/** Nobody is let in before all is there that they may rely on. */
async function openAll(
  server: { engine: LocalEngine<Owner>; lobby: Lobby; logger: Logger },
  options: OpenOptions,
): Promise<Opened[]> {
  const { keeping } = server.engine;
  if (keeping !== null) await beginKeeping(keeping, server.logger);
  try {
    return await openListeners(server.lobby, options);
  } catch (error) {
    // One door may have been open for a moment before the next could not be opened.
    server.lobby.close();
    await server.lobby.farewell(stopFlushMilliseconds);
    throw error;
  }
}

function randomSeed(): HashSeed {
  const [low = 0, high = 0] = crypto.getRandomValues(new Int32Array(2));
  return { low, high };
}
