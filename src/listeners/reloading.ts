/**
 * Rereading credentials and certificates while the server runs.
 * Invariant: a file that is no good changes nothing, and the log says which and why.
 */
import type { Certificates } from "../auth/certificates.ts";
import type { Credentials } from "../auth/credentials.ts";
import { UnusableFile } from "../auth/unusable-file.ts";
import type { Verifier } from "../auth/verifier.ts";
import type { Clock } from "../clock.ts";
import type { Config } from "../config.ts";
import type { Lobby } from "../doors/lobby.ts";
import type { Logger } from "../log.ts";
import { reasonOf } from "../system/reason.ts";
import type { Opened } from "./listener.ts";
import { certificatesOf } from "./tls.ts";

export interface ReloadingOptions {
  readonly config: Config;
  readonly lobby: Lobby;
  readonly logger: Logger;
  readonly clock: Clock;
  readonly credentials: Credentials;
  /** `null`: without credentials, and so for as long as the server runs. */
  readonly verifier: Verifier | null;
  readonly opened: readonly Opened[];
}

/** One server's files. */
export class Reloading {
  private readonly options: ReloadingOptions;
  /** One at a time, so that the latest files win. */
  private last: Promise<void> = Promise.resolve();

  constructor(options: ReloadingOptions) {
    this.options = options;
  }

  /** Never rejects for what is in a file. */
  reload(): Promise<void> {
    this.last = this.after(this.last);
    return this.last;
  }

  private async after(last: Promise<void>): Promise<void> {
    await last;
    await this.keepingOld("credentials", () => this.reloadCredentials());
    await this.keepingOld("certificates", () => this.reloadCertificates());
  }

  /** Clients will refuse an expired certificate, so whoever runs this should know. */
  warnOfExpiry(certificates: Certificates | null): void {
    if (certificates === null) return;
    const { clock, logger, config } = this.options;
    const { expiresWallMilliseconds } = certificates;
    if (expiresWallMilliseconds > clock.wallMs()) return;
    const expired = new Date(expiresWallMilliseconds).toISOString();
    logger.warn("the certificate has expired", { file: config.tls?.cert, expired });
  }

  private async keepingOld(what: string, reload: () => Promise<void>): Promise<void> {
    try {
      await reload();
    } catch (error) {
      const known =
        error instanceof UnusableFile || (error as { code?: string }).code !== undefined;
      if (!known) throw error;
      const reason = reasonOf(error);
      this.options.logger.error(`${what} not reloaded: the old ones go on`, { reason });
    }
  }

  private async reloadCredentials(): Promise<void> {
    const { credentials, verifier, lobby, logger } = this.options;
    if (verifier === null) return;
    const known = await credentials.load();
    verifier.replace(known);
    lobby.credentialsChanged();
    logger.info("credentials reloaded", { credentials: known.length });
  }

  private async reloadCertificates(): Promise<void> {
    const { config, opened, logger } = this.options;
    const certificates = await certificatesOf(config);
    if (certificates === null) return;
    for (const one of opened) one.renew(certificates);
    this.warnOfExpiry(certificates);
    const expires = new Date(certificates.expiresWallMilliseconds).toISOString();
    logger.info("certificates reloaded", { file: config.tls?.cert, expires });
  }
}
