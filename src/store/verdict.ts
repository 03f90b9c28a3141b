/**
 * What one thread finds of a store, told to another that cannot go on without it and does
 * not turn to its event loop meanwhile.
 *
 *     i32 state: 0, 1 once it is worked on, 2 once it is given |
 *     i32 bytes of the fault, 0 for none | the fault, JSON
 *
 * Invariant: whoever takes it gets what was given, or waits; nobody waits for a thread that
 * does not begin.
 */
import { threadBeginsMilliseconds, verdictBytes } from "./bounds.ts";
import { StoreError, type StoreFault } from "./store-error.ts";

const headBytes = 8;
const [begun, given] = [1, 2];

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

  /** Somebody works on it, and will give it. */
  begin(): void {
    this.become(begun);
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
    this.become(given);
  }

  /** Waits for it: so long until it is worked on, then as long as that takes. @throws the fault, if there is one. */
  take(milliseconds = threadBeginsMilliseconds): void {
    if (Atomics.wait(this.head, 0, 0, milliseconds) === "timed-out") {
      throw new StoreError(
        "unusable",
        "the thread that checks the store's pages does not begin; start the server again, with more memory if it is short",
      );
    }
    Atomics.wait(this.head, 0, begun);
    const length = this.head[1]!;
    if (length === 0) return;
    const told = new TextDecoder().decode(this.text.slice(0, length));
    const { fault, message } = JSON.parse(told) as { fault: StoreFault | null; message: string };
    throw fault === null ? new Error(message) : new StoreError(fault, message);
  }

  private become(state: number): void {
    Atomics.store(this.head, 0, state);
    Atomics.notify(this.head, 0);
  }
}
