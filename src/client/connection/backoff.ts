/** How long to pause before the next attempt to connect: longer each time, and by chance. */

export class Backoff {
  private readonly first: number;
  private readonly most: number;
  private attempts = 0;

  /** In milliseconds: the first pause and the longest, before chance takes up to a half. */
  constructor({ first, most }: { readonly first: number; readonly most: number }) {
    this.first = first;
    this.most = most;
  }

  /** The next pause. Chance keeps clients apart that lost the same server together. */
  next(random: () => number = Math.random): number {
    const whole = Math.min(this.most, this.first * 2 ** this.attempts);
    this.attempts += 1;
    return whole * (0.5 + random() / 2);
  }

  /** After a success. */
  reset(): void {
    this.attempts = 0;
  }
}
