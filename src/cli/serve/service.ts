/**
 * The server that this process runs, from its start to its end: fitted to what the system
 * allows, reloaded when somebody asks for it, and told to the service manager.
 */
import type { Config } from "../../config.ts";
import { activatedSockets } from "../../listeners/activation.ts";
import { type AdjustableLogger, type Logger, silent } from "../../log.ts";
import { type RunningServer, startServer } from "../../server.ts";
import { connectionsWithin, descriptorLimit } from "../../system/descriptors.ts";
import type { ListeningSocket } from "../../system/listening/listening-socket.ts";
import type { ServiceManager } from "../../system/notify.ts";
import { rereadSettings, type Settings, type Sources } from "./settings.ts";
import { Supervision } from "./supervision.ts";

export interface ServiceOptions {
  readonly sources: Sources;
  readonly logger: AdjustableLogger;
  readonly manager: ServiceManager | null;
  /** Listens on the TCP port already. */
  readonly early: ListeningSocket | null;
}

export class Service {
  private settings: Settings;
  private readonly sources: Sources;
  private readonly logger: AdjustableLogger;
  private readonly server: RunningServer;
  private readonly supervision: Supervision;

  /** @throws ListenError, StoreError, UnusableFile */
  static async start(settings: Settings, options: ServiceOptions): Promise<Service> {
    const { sources, logger, early } = options;
    const { config: wanted, given } = settings;
    const limit = descriptorLimit();
    const config = withinDescriptors(wanted, limit, given.has("max-connections") ? logger : silent);
    const guarded = limit === undefined ? {} : { descriptorLimit: limit };
    const activated = activatedSockets(sources.environment);
    const starting = startServer(config, { logger, activated, early, ...guarded });
    const server = await starting.catch((error: unknown) => {
      early?.close();
      throw error;
    });
    for (const { kind, address, activated: handed } of server.listeners)
      logger.info("listening", { kind, address, activated: handed });
    return new Service(settings, server, options);
  }

  private constructor(settings: Settings, server: RunningServer, options: ServiceOptions) {
    const { sources, logger, manager } = options;
    this.settings = settings;
    this.sources = sources;
    this.logger = logger;
    this.server = server;
    this.supervision = new Supervision(manager, { server, logger });
    this.supervision.started();
  }

  /** Rereads what a running server can follow; what is no good is logged and changes nothing. */
  reload(): Promise<void> {
    return this.supervision.reloading(async () => {
      this.settings = await rereadSettings(this.settings, this.sources, this.logger);
      this.server.followLogger();
      await this.server.reload();
    });
  }

  /** Waits for holders, as `-drain` says, and stops; `hangs` is called when that does not end. */
  async stop(hangs: () => never): Promise<void> {
    this.supervision.stopping();
    await this.drain(this.settings.config.drainSeconds);
    // The server keeps its own, shorter limit; this one is for the case that it does not.
    const timer = setTimeout(() => {
      const error = "the server did not stop in time";
      this.logger.error("bug in glockd, please report it", { error });
      hangs();
    }, stopSecondsMax * 1000);
    await this.server.stop();
    clearTimeout(timer);
  }

  private async drain(seconds: number): Promise<void> {
    if (seconds === 0) return;
    this.logger.info("draining", { seconds, holders: this.server.countHolders() });
    const end = this.supervision.draining(seconds);
    const holders = await this.server.drain(seconds);
    end();
    if (holders > 0)
      this.logger.warn("the time to drain is over: who still holds is cut off", { holders });
  }
}

const stopSecondsMax = 5;

/** Out of descriptors, accepting spins; so the limit is one that is refused with words. */
function withinDescriptors(config: Config, limit: number | undefined, logger: Logger): Config {
  const wanted = config.limits.connectionsMax;
  const relayed = config.tls?.ca !== undefined && config.ws !== 0;
  const connectionsMax = connectionsWithin(wanted, limit, relayed ? 3 : 1);
  if (connectionsMax === wanted) return config;
  logger.warn("connections limited", { wanted, allowed: connectionsMax, descriptors: limit });
  return Object.freeze({ ...config, limits: Object.freeze({ ...config.limits, connectionsMax }) });
}
