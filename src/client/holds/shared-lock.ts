/** A shared lock or a semaphore's permit that is held. */
import { Handle } from "./handle.ts";

export class SharedLock extends Handle {
  /** How many connections held the lock when it was granted, this one included. */
  get sharers(): number {
    return this.claim.sharers;
  }
}
