/**
 * What a user has of a hold.
 *
 * Invariant: `lost` aborts if the hold ends in any other way than by `release`, and never
 * after `release`.
 */
import type { Claim, Keeper } from "./claim.ts";
import type { LostError } from "../errors.ts";

/** A hold on a lock. `await using` releases it at the end of the block. */
export abstract class Handle implements AsyncDisposable {
  /** The lock's name. */
  readonly name: string;
  /** @internal */
  protected readonly claim: Claim;
  /** @internal */
  protected readonly keeper: Keeper;
  #controller: AbortController | null = null;
  #loss: LostError | null = null;
  #released: Promise<boolean> | null = null;

  /** @internal */
  constructor(claim: Claim, keeper: Keeper) {
    this.name = claim.name;
    this.claim = claim;
    this.keeper = keeper;
  }

  /** Whether it is held, as far as is known here: neither released nor lost. */
  get held(): boolean {
    return this.#released === null && this.#loss === null;
  }

  /**
   * Aborts when the hold is lost: freed by an administrator, lapsed, or gone with its
   * connection. Its reason is a LostError.
   */
  get lost(): AbortSignal {
    if (this.#controller === null) {
      this.#controller = new AbortController();
      if (this.#loss !== null) this.#controller.abort(this.#loss);
    }
    return this.#controller.signal;
  }

  /**
   * Gives it back. Once is enough, but more does no harm. Resolves with whether it was held
   * until then: `false` says that it had been lost.
   */
  release(): Promise<boolean> {
    this.#released ??= this.keeper.giveUp(this.claim, this);
    return this.#released;
  }

  /** Releases it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** @throws LostError when the hold was lost. */
  throwIfLost(): void {
    if (this.#loss !== null) throw this.#loss;
  }

  /** @internal */
  lose(error: LostError): void {
    this.#loss = error;
    this.#controller?.abort(error);
  }
}
