/** An exclusive lock that is held, or a reader's part in one. */
import { notSpoken } from "../asking/replies.ts";
import { Handle } from "./handle.ts";

export class Lock extends Handle {
  /**
   * Larger than every fence that the server gave before. Hand it to what the lock guards,
   * which refuses smaller ones. Readers that share a hold share its fence.
   *
   * @throws ProtocolError: the server knows the first part of the protocol only, and has none.
   */
  get fence(): number {
    if (this.claim.fence === 0) throw notSpoken("a fence");
    return this.claim.fence;
  }
}
