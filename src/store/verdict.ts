/**
 * What one thread finds of a store, told to another that cannot go on without it and does
 * not turn to its event loop meanwhile.
 *
 *     i32 0 until it is given, then 1 | i32 bytes of the fault, 0 for none | the fault, JSON
 *
 * Invariant: whoever takes it gets what was given, or waits.
 */
import { verdictBytes } from "./bounds.ts";
import { StoreError, type StoreFault } from "./store-error.ts";

const headBytes = 8;

export class Verdict {
  /** What to hand over to the other thread. */
  readonly shared: SharedArrayBuffer;
  private readonly head: Int32Array;
  private readonly text: Uint8Array;

  constructor(shared = new SharedArrayBuffer(headBytes + verdictBytes)) {
    this.shared = shared;
    this.head = new Int32Array(shared, 0, 2);
    this.text = new Uint8Array(shared, headBytes);
  }

  /** `null`: nothing is wrong. */
  give(error: unknown): void {
    if (error !== null) {
      const fault = error instanceof StoreError ? error.fault : null;
      const message = error instanceof Error ? error.message : String(error);
      // Cut where a file has a name that is longer than all that can be said of it.
      const told = JSON.stringify({ fault, message: message.slice(0, verdictBytes / 8) });
      this.head[1] = new TextEncoder().encodeInto(told, this.text).written;
    }
    Atomics.store(this.head, 0, 1);
    Atomics.notify(this.head, 0);
  }

  /** Waits for it. @throws the fault, if there is one. */
  take(): void {
    Atomics.wait(this.head, 0, 0);
    const length = this.head[1]!;
    if (length === 0) return;
    const told = new TextDecoder().decode(this.text.slice(0, length));
    const { fault, message } = JSON.parse(told) as { fault: StoreFault | null; message: string };
    throw fault === null ? new Error(message) : new StoreError(fault, message);
  }
}
