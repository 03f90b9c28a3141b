/**
 * Keeps the web port's idle connections, which Bun does not show us, from taking the
 * descriptors that the other doors need.
 *
 * Invariant: until they are short, the process may not have some of its descriptors. Then
 * the web port takes nobody in, whoever is idle there is ended, and the kept ones are let
 * go: for whoever comes by TCP or the unix socket, and what stood in line at the web port.
 */
import type { Clock } from "../clock.ts";
import { descriptorsCountedSeconds, descriptorsShort } from "../limits.ts";
import type { Logger } from "../log.ts";
import {
  descriptorsForRequests,
  descriptorsKept,
  descriptorsOpen,
  setDescriptorLimit,
} from "../system/descriptors.ts";
import type { Opened } from "./listener.ts";

export interface GuardOptions {
  /** How many descriptors there may be. */
  readonly limit: number;
  readonly opened: readonly Opened[];
  readonly clock: Clock;
  readonly logger: Logger;
}

/** One process's, from when it is made until it is stopped. */
export class DescriptorGuard {
  private readonly options: GuardOptions;
  private holding = false;
  private cancel = (): void => {};

  /** Does nothing where descriptors cannot be counted. */
  constructor(options: GuardOptions) {
    this.options = options;
    if (descriptorsOpen() === undefined || !setDescriptorLimit(this.usual)) return;
    this.later();
  }

  stop(): void {
    this.cancel();
    setDescriptorLimit(this.options.limit);
  }

  /** What the process may have as long as they are not short. */
  private get usual(): number {
    return this.options.limit - descriptorsKept(this.options.limit);
  }

  private later(): void {
    const { clock } = this.options;
    const at = clock.monotonicMs() + descriptorsCountedSeconds * 1000;
    this.cancel = clock.wakeAt(at, () => {
      this.count();
      this.later();
    });
  }

  private count(): void {
    const { limit } = this.options;
    const open = descriptorsOpen() ?? 0;
    const short = open > this.usual - descriptorsShort;
    const eased = open < this.usual - descriptorsForRequests(limit);
    if (short || (this.holding && !eased)) this.hold(open);
    else if (this.holding) this.letGo(open);
  }

  /** Each time anew: those who were not idle may be by now, and listeners may be new. */
  private hold(open: number): void {
    const { opened, logger, limit } = this.options;
    for (const one of opened) one.hold?.(true);
    if (this.holding) return;
    this.holding = true;
    setDescriptorLimit(limit);
    logger.warn("descriptors are short: the web port takes nobody in", { open, limit });
  }

  private letGo(open: number): void {
    const { opened, logger, limit } = this.options;
    this.holding = false;
    setDescriptorLimit(this.usual);
    for (const one of opened) one.hold?.(false);
    logger.info("the web port takes newcomers again", { open, limit });
  }
}
