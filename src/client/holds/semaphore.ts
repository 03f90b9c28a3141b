/** A lock that a limited number may hold at the same time, over all processes. */
import type { AcquireOptions } from "../asking/acquisition.ts";
import type { SharedLock } from "./shared-lock.ts";

/** Where permits come from. */
export interface PermitOffice {
  acquire(options: AcquireOptions): Promise<SharedLock>;
  tryAcquire(): Promise<SharedLock | null>;
}

/** All who use a semaphore should give the same limit: each is held to its own. */
export class Semaphore {
  readonly name: string;
  readonly limit: number;
  readonly #office: PermitOffice;

  /** @internal */
  constructor(name: string, limit: number, office: PermitOffice) {
    this.name = name;
    this.limit = limit;
    this.#office = office;
  }

  /** Gets a permit, waiting for one if need be. */
  acquire(options: AcquireOptions = {}): Promise<SharedLock> {
    return this.#office.acquire(options);
  }

  /** Gets a permit, or null when all are taken. */
  tryAcquire(): Promise<SharedLock | null> {
    return this.#office.tryAcquire();
  }

  /** Runs `run` while a permit is held, and resolves with what it returns. */
  async withPermit<T>(run: (permit: SharedLock) => T | Promise<T>): Promise<T> {
    const permit = await this.acquire();
    try {
      return await run(permit);
    } finally {
      await permit.release();
    }
  }
}
