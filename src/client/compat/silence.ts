/**
 * How long nothing was heard: tells when it has lasted for the read timeout, and a few
 * times on the way there, at first soon and then less and less often.
 */

export interface SilenceOptions {
  /** The read timeout. */
  readonly milliseconds: number;
  /** On the way. */
  readonly onStep: () => void;
  /** At the read timeout; nothing more comes unless it is to `goOn`. */
  readonly onEnd: () => void;
}

/** The first step; each further one is twice as long. */
const firstStepMilliseconds = 10;

/** One timer that begins anew with whatever is heard. */
export class Silence {
  /** How many read timeouts it has lasted. */
  times = 0;
  private readonly options: SilenceOptions;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Tells this silence from those before. */
  private round = 0;

  constructor(options: SilenceOptions) {
    this.options = options;
  }

  /** Something was heard, or asked. */
  begin(): void {
    this.times = 0;
    this.goOn();
  }

  /** The same silence for another read timeout. */
  goOn(): void {
    this.stop();
    const { milliseconds } = this.options;
    this.wait(Math.min(firstStepMilliseconds, milliseconds), milliseconds);
  }

  stop(): void {
    this.round += 1;
    clearTimeout(this.timer);
  }

  private wait(step: number, rest: number): void {
    const { round } = this;
    this.timer = setTimeout(() => {
      // When this process was busy the reply may be here already, and only unread.
      setImmediate(() => {
        if (round === this.round) this.advance(step, rest - step);
      });
    }, step);
  }

  private advance(step: number, rest: number): void {
    if (rest > 0) {
      this.wait(Math.min(2 * step, rest), rest);
      return this.options.onStep();
    }
    this.times += 1;
    this.options.onEnd();
  }
}
