/**
 * A lock that outlives the connection: it stays until it is released, or until its time to
 * live has passed without a renewal. The client renews it at a third of that time.
 *
 * Invariant: it counts as lost once its time has passed since the last renewal was sent,
 * which is never later than the server lets it go.
 */
import type { Claim, Keeper } from "./claim.ts";
import { Deadline } from "../deadline.ts";
import type { LostError } from "../errors.ts";
import type { DetachedWant } from "../asking/wants.ts";
import { Lock } from "./lock.ts";

export class DetachedLock extends Lock {
  /** Whoever knows the key may renew and release the hold. */
  readonly key: string;
  /** Seconds; 0: until it is released. */
  readonly ttl: number;
  #renewal: Deadline | null = null;
  #isHandedOver = false;

  /** @internal */
  constructor(claim: Claim, keeper: Keeper, want: DetachedWant) {
    super(claim, keeper);
    this.key = want.key;
    this.ttl = Number(want.ttl);
    if (this.ttl > 0) this.#plan();
  }

  override get held(): boolean {
    return super.held && !this.#isHandedOver;
  }

  override release(): Promise<boolean> {
    this.#renewal?.cancel();
    if (this.#isHandedOver) return Promise.resolve(false);
    return super.release();
  }

  /**
   * Leaves the hold to whoever knows the key: it is not renewed from here any more, and
   * not released. Returns the key.
   */
  handOver(): string {
    if (this.held) {
      this.#renewal?.cancel();
      this.#isHandedOver = true;
      this.keeper.forget(this.claim);
    }
    return this.key;
  }

  /** @internal */
  override lose(error: LostError): void {
    this.#renewal?.cancel();
    super.lose(error);
  }

  /** The next renewal, or the end if that comes first. */
  #plan(): void {
    const left = this.claim.expiresAt - performance.now();
    const third = (this.ttl * 1000) / 3;
    this.#renewal = new Deadline(Math.max(0, Math.min(third, left)), () => void this.#renew());
  }

  /** Without a connection it is sent late or never; what counts is when it was asked for. */
  async #renew(): Promise<void> {
    const askedAt = performance.now();
    if (askedAt >= this.claim.expiresAt) return this.keeper.lapsed(this.claim);
    this.#plan();
    const isHeld = await this.keeper.renew(this.claim).catch(() => undefined);
    if (!this.held || isHeld === undefined) return;
    if (!isHeld) return this.keeper.lapsed(this.claim);
    this.claim.expiresAt = Math.max(this.claim.expiresAt, askedAt + this.ttl * 1000);
  }
}
