/**
 * What a server has acknowledged, hold by hold, and what it may have done without having
 * said so: for comparing with what is there after it was killed.
 *
 * Invariant: an entry is driven by one lane, one operation after the other, so that after
 * a kill it is as acknowledged, or as the one operation that was under way has left it.
 */

/** A hold as far as it is known. */
export interface Held {
  /** `null`: it was not told. */
  readonly fence: number | null;
  readonly count: number;
  /** Between which two moments it lapses, in wall-clock milliseconds; `null`: never. */
  readonly lapses: readonly [from: number, to: number] | null;
}

export type State = Held | null;

/** What an operation that is under way may make of the hold. */
export type Effect = (state: State) => State;

/** One requestor's hold of one lock. */
export class Entry {
  readonly mode: "exclusive" | "shared";
  readonly name: string;
  readonly key: string;
  /** As acknowledged. */
  state: State = null;
  /** Under way. */
  pending: Effect | null = null;

  constructor(mode: Entry["mode"], name: string, key: string) {
    this.mode = mode;
    this.name = name;
    this.key = key;
  }

  /** It was acknowledged; `fence` when one was told. */
  acknowledge(fence: number | null = null): void {
    const next = this.pending!(this.state);
    this.state = next === null || fence === null ? next : { ...next, fence };
    this.pending = null;
  }

  /** After a kill: takes what is there as its state. Returns what is wrong with it, if anything. */
  compare(actual: State): string | null {
    const allowed = [this.state];
    if (this.pending !== null) allowed.push(this.pending(this.state));
    this.state = actual;
    this.pending = null;
    if (allowed.some((state) => agree(state, actual))) return null;
    const { mode, name, key } = this;
    return JSON.stringify({ mode, name, key, allowed, actual });
  }
}

/**
 * A moment is kept, and shown, by two clocks that are read one after the other: a busy machine
 * may do something else in between. TTLs here differ by far more.
 */
const toleranceMilliseconds = 2_000;

function agree(known: State, actual: State): boolean {
  if (known === null || actual === null) return known === actual;
  if (known.count !== actual.count) return false;
  if (known.fence !== null && known.fence !== actual.fence) return false;
  if (known.lapses === null || actual.lapses === null) return known.lapses === actual.lapses;
  const [from, to] = known.lapses;
  const [shown] = actual.lapses;
  return shown >= from - toleranceMilliseconds && shown <= to + toleranceMilliseconds;
}

/** Takes the hold, or adds to it; it lapses `seconds` later, 0: never. */
export function taking(seconds: number): Effect {
  const lapses = later(seconds);
  return (state) => ({
    fence: state?.fence ?? null,
    count: (state?.count ?? 0) + 1,
    lapses: lapses(),
  });
}

export function renewing(seconds: number): Effect {
  const lapses = later(seconds);
  return (state) => (state === null ? null : { ...state, lapses: lapses() });
}

export const releasing: Effect = () => null;

/** From when it was asked until whoever asks for it: the server has seen it in between. */
function later(seconds: number): () => Held["lapses"] {
  const from = Date.now();
  return () => (seconds === 0 ? null : [from + seconds * 1000, Date.now() + seconds * 1000]);
}
