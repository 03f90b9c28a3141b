/**
 * A listener on a port, which can be given other certificates while clients come and go.
 *
 * Bun cannot give an open listener other certificates. So a second one is opened on the
 * same port, the kernel sends newcomers to it, and the first goes on for a moment: for
 * those whose connection the kernel had begun to make. Whoever is connected stays so.
 * Where the kernel cannot share a port like that (all but Linux), the first is closed
 * before the second is opened, and who comes in that instant is refused.
 *
 * Invariant: there is one current listener, and at most one predecessor.
 */
import type { Certificates } from "../auth/certificates.ts";
import type { Clock } from "../clock.ts";
import { listenerOverlapMilliseconds } from "../limits.ts";
import { preferNewest, sharePort } from "../system/listening/port-sharing.ts";
import type { Listener, Opened } from "./listener.ts";

/** One of Bun's listeners. */
export interface OpenPort {
  /** Which it was given, if it was to be any. */
  readonly port: number;
  /** `undefined` where it is not known. */
  readonly descriptor: number | undefined;
  /** As `Opened.hold`. */
  hold?(on: boolean): void;
  /** Lets nobody else in; who is in stays. */
  close(): void;
  /** Who is in goes. */
  end(): Promise<void>;
}

/** Opens one; `shared`: beside another of this process on the same port. */
export type Open = (
  port: number,
  options: { certificates: Certificates | null; shared: boolean },
) => OpenPort;

/** The same at any address. */
export type OpenHost = (host: string) => Open;

/** What holds a port. */
export class PortListener implements Opened {
  readonly listener: Listener;
  private readonly open: Open;
  private readonly clock: Clock;
  private readonly port: number;
  private certificates: Certificates | null;
  private current: OpenPort;
  private predecessor: { open: OpenPort; cancel: () => void } | null = null;
  /** They came while there was a predecessor. */
  private next: Certificates | null = null;
  private readonly activated: boolean;
  private closed = false;

  constructor(
    open: Open,
    options: {
      clock: Clock;
      port: number;
      certificates: Certificates | null;
      describe: (port: number) => Listener;
      /** Whose socket it is: one that goes on to listen is left to whoever comes next. */
      activated?: boolean;
    },
  ) {
    this.open = open;
    this.clock = options.clock;
    this.certificates = options.certificates;
    this.activated = options.activated === true;
    this.current = open(options.port, { certificates: options.certificates, shared: false });
    this.port = this.current.port;
    this.listener = options.describe(this.port);
  }

  renew(certificates: Certificates): void {
    if (this.closed) return;
    if (this.predecessor !== null) {
      this.next = certificates;
      return;
    }
    const { current } = this;
    if (current.descriptor !== undefined && sharePort(current.descriptor)) {
      this.current = this.open(this.port, { certificates, shared: true });
      if (this.current.descriptor !== undefined) preferNewest(this.current.descriptor);
      this.retire(current);
    } else {
      current.close();
      this.current = this.reopen(certificates);
    }
    this.certificates = certificates;
  }

  hold(on: boolean): void {
    this.current.hold?.(on);
    this.predecessor?.open.hold?.(on);
  }

  drain(): void {
    // Otherwise newcomers are told; health checks and releases over HTTP go on.
    if (this.activated) this.close();
  }

  close(): void {
    this.closed = true;
    this.current.close();
    this.predecessor?.cancel();
    this.predecessor?.open.close();
  }

  async end(): Promise<void> {
    await this.current.end();
    await this.predecessor?.open.end();
  }

  private retire(open: OpenPort): void {
    const at = this.clock.monotonicMs() + listenerOverlapMilliseconds;
    const cancel = this.clock.wakeAt(at, () => {
      this.predecessor = null;
      open.close();
      const { next } = this;
      this.next = null;
      if (next !== null) this.renew(next);
    });
    this.predecessor = { open, cancel };
  }

  /** With the new ones, or, should they be no good after all, with the old ones. */
  private reopen(certificates: Certificates): OpenPort {
    try {
      return this.open(this.port, { certificates, shared: false });
    } catch (error) {
      this.current = this.open(this.port, { certificates: this.certificates, shared: false });
      throw error;
    }
  }
}
