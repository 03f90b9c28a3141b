/**
 * What the service manager that started this process is told of its server.
 * Invariant: the watchdog is fed by the event loop that serves and by nothing else, so that
 * it is not when that loop hangs.
 */
import { drainExtensionMilliseconds, drainNoticeMilliseconds } from "../../limits.ts";
import type { Logger } from "../../log.ts";
import type { RunningServer } from "../../server.ts";
import type { ServiceManager } from "../../system/notify.ts";

/** One server's; without a manager nobody is told, at no cost. */
export class Supervision {
  private readonly manager: ServiceManager | null;
  private readonly server: RunningServer;
  private readonly logger: Logger;
  /** What it does at present. */
  private status: () => string = () => this.serving();
  private isStopping = false;
  private unheard = false;

  constructor(
    manager: ServiceManager | null,
    { server, logger }: { server: RunningServer; logger: Logger },
  ) {
    this.manager = manager;
    this.server = server;
    this.logger = logger;
  }

  /** It listens. From now on the watchdog is fed, twice as often as the manager looks. */
  started(): void {
    const { manager } = this;
    if (manager === null) return;
    this.expect(manager.ready(this.status()));
    if (manager.watchdogMilliseconds === null) return;
    const feed = (): void => this.expect(manager.beat(this.status()));
    setInterval(feed, Math.max(1, Math.floor(manager.watchdogMilliseconds / 2))).unref();
  }

  /** A reload is under way until `run` has ended. Of one during a stop the manager hears nothing. */
  async reloading(run: () => Promise<void>): Promise<void> {
    const { manager } = this;
    if (manager !== null && !this.isStopping) this.expect(manager.reloading());
    await run();
    // It would take the stop for called off.
    if (manager !== null && !this.isStopping) this.expect(manager.ready(this.status()));
  }

  /** It was asked to stop. */
  stopping(): void {
    this.isStopping = true;
    this.status = () => "Stopping";
    if (this.manager !== null) this.expect(this.manager.stopping(this.status()));
  }

  /** The stop waits for holders, until the result is called; the manager is asked for patience. */
  draining(seconds: number): () => void {
    const { manager, server } = this;
    if (manager === null) return () => {};
    const endsAt = performance.now() + seconds * 1000;
    this.status = () => {
      const left = Math.max(0, Math.ceil((endsAt - performance.now()) / 1000));
      return `Draining: ${server.countHolders()} holders, ${left} s left`;
    };
    const ask = (): void =>
      this.expect(manager.stopsWithin(drainExtensionMilliseconds, this.status()));
    ask();
    const timer = setInterval(ask, drainNoticeMilliseconds);
    return () => {
      clearInterval(timer);
      this.status = () => "Stopping";
    };
  }

  private serving(): string {
    const { connections, locks } = this.server.counts();
    return `Serving: ${connections} connections, ${locks} locks`;
  }

  private expect(told: boolean): void {
    if (told || this.unheard) return;
    this.unheard = true;
    this.logger.warn("the service manager cannot be told how the server is; see NOTIFY_SOCKET");
  }
}
