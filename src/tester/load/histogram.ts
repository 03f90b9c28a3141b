/**
 * How long things took, in buckets that grow with the value, so that a microsecond and
 * a minute are both told with the same relative precision in constant memory.
 * Invariant: a percentile is never below the true one and at most 1/128 (0.8 %) above it;
 * values below 256 ns and the maximum are exact. With other `precisionBits` than 7 it is
 * that power of two.
 */

/** Values up to 2^48 ns, more than three days; longer ones count as that. */
const highestBits = 48;
const highestNanoseconds = 2 ** highestBits - 1;

/** What a measurement reports, in microseconds. */
export interface Quantiles {
  readonly p50Microseconds: number;
  readonly p99Microseconds: number;
  readonly p999Microseconds: number;
  readonly maxMicroseconds: number;
}

export class Histogram {
  readonly #bits: number;
  /** The first two octaves share exact buckets, 0 to 255. */
  readonly #counts: Float64Array;
  #count = 0;
  #maxNanoseconds = 0;

  /**
   * Each power of two is cut into 2^`precisionBits` buckets, which is what bounds the
   * error: 43 KB with 7 bits, 6 KB with 4.
   */
  constructor(precisionBits = 7) {
    this.#bits = precisionBits;
    this.#counts = new Float64Array(2 ** precisionBits * (highestBits - precisionBits + 1));
  }

  get count(): number {
    return this.#count;
  }

  get maxNanoseconds(): number {
    return this.#maxNanoseconds;
  }

  /** Fractions of a nanosecond are dropped; what is negative (a clock's fault) counts as 0. */
  record(nanoseconds: number): void {
    const value = nanoseconds > 0 ? Math.min(Math.floor(nanoseconds), highestNanoseconds) : 0;
    const bucket = bucketOf(value, this.#bits);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.#count += 1;
    if (value > this.#maxNanoseconds) this.#maxNanoseconds = value;
  }

  /** `other` has to be as precise. */
  add(other: Histogram): void {
    for (const [bucket, count] of other.#counts.entries())
      if (count > 0) this.#counts[bucket] = (this.#counts[bucket] ?? 0) + count;
    this.#count += other.#count;
    this.#maxNanoseconds = Math.max(this.#maxNanoseconds, other.#maxNanoseconds);
  }

  /** The value that `fraction` (0 to 1) of all recorded ones do not exceed; 0 if there are none. */
  nanosecondsAt(fraction: number): number {
    const rank = Math.max(1, Math.ceil(fraction * this.#count));
    let seen = 0;
    for (const [bucket, count] of this.#counts.entries()) {
      seen += count;
      if (seen >= rank) return Math.min(highestOf(bucket, this.#bits), this.#maxNanoseconds);
    }
    return this.#maxNanoseconds;
  }

  quantiles(): Quantiles {
    return {
      p50Microseconds: this.nanosecondsAt(0.5) / 1_000,
      p99Microseconds: this.nanosecondsAt(0.99) / 1_000,
      p999Microseconds: this.nanosecondsAt(0.999) / 1_000,
      maxMicroseconds: this.#maxNanoseconds / 1_000,
    };
  }
}

function bucketOf(value: number, bits: number): number {
  const perOctave = 1 << bits;
  if (value < perOctave * 2) return value;
  const octave = exponentOf(value) - bits;
  // The top bits, the first of which is always set.
  return perOctave * octave + Math.floor(value / 2 ** octave);
}

function highestOf(bucket: number, bits: number): number {
  const perOctave = 1 << bits;
  if (bucket < perOctave * 2) return bucket;
  const octave = Math.floor(bucket / perOctave) - 1;
  return (bucket - perOctave * octave + 1) * 2 ** octave - 1;
}

/** The largest n with 2^n no larger than the value. */
function exponentOf(value: number): number {
  return value < 2 ** 31 ? 31 - Math.clz32(value) : 62 - Math.clz32(value / 2 ** 31);
}
