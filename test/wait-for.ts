/**
 * Waiting in tests: for an event, with a time limit, never for an amount of time.
 * Invariant: whoever waits is woken by what happened (`Changes.announce`) or by the
 * limit, and a limit that runs out says what did not happen.
 */

/** How long anything may take before a test gives up: generous, machines are busy. */
export const patienceMilliseconds = 30_000;

/** A time limit for `test()` above the patience of what it waits for. */
export const testMilliseconds = 120_000;

/** Says that something did not happen in time. */
export class TimeLimitError extends Error {}

/** Whoever changes a state announces it; whoever waits for a state looks again then. */
export class Changes {
  readonly #waiting = new Set<() => void>();

  /** Wakes all who wait, so that they look again. */
  announce(): void {
    for (const wake of this.#waiting) wake();
  }

  /**
   * Resolves with the first answer of `look` that is not undefined: now, or after an
   * announcement. Rejects when `look` throws, and with a TimeLimitError that names `what`.
   */
  until<T>(
    what: string,
    look: () => T | undefined,
    milliseconds = patienceMilliseconds,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (run: () => void): void => {
        this.#waiting.delete(wake);
        clearTimeout(timer);
        run();
      };
      const wake = (): void => {
        try {
          const found = look();
          if (found !== undefined) settle(() => resolve(found));
        } catch (error) {
          settle(() => reject(error));
        }
      };
      const timer = setTimeout(() => {
        settle(() => reject(new TimeLimitError(`${what}: not within ${milliseconds} ms`)));
      }, milliseconds);
      this.#waiting.add(wake);
      wake();
    });
  }
}

/** `promise`, or a TimeLimitError that names `what`. */
export async function within<T>(
  what: string,
  promise: Promise<T>,
  milliseconds = patienceMilliseconds,
): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(
      () => reject(new TimeLimitError(`${what}: not within ${milliseconds} ms`)),
      milliseconds,
    );
  });
  try {
    return await Promise.race([promise, limit]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Asks again and again until `good` accepts the answer: for states of another process
 * that nobody announces. Each answer triggers the next question; `pause` (nothing by
 * default) keeps a question that costs nothing from spinning.
 */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T> | T,
  good: (answer: T) => boolean,
  pause: () => Promise<void> = turn,
): Promise<T> {
  const giveUpAt = performance.now() + patienceMilliseconds;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (performance.now() > giveUpAt) {
      throw new TimeLimitError(
        `${what}: not within ${patienceMilliseconds} ms; the last answer was ${JSON.stringify(answer)}`,
      );
    }
    await pause();
  }
}

/** One turn of the event loop: what the system had ready was handed to its handlers. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
