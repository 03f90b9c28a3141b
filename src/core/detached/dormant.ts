/**
 * Holds of an earlier run that nobody has asked about yet: two numbers each instead of an
 * object, for there may be a million of them before the first client is served.
 *
 * Most stay so until they end. One that somebody asks about wakes: it becomes an object as
 * every other hold is, and is here no more.
 *
 * Invariants: a request is here or among the holds that are objects, never both; `due` is
 * no later than the earliest that lapses here.
 */
import { type BearerText, BearerTexts } from "./bearer-texts.ts";

/** What a hold is woken with. */
export interface Sleeper {
  readonly key: string;
  readonly requestor: string;
  readonly count: number;
  /** When it lapses, in monotonic milliseconds; `Infinity`: never. */
  readonly at: number;
}

const lengthAtStart = 64;

/** By the id of the request, of one name space. */
export class DormantHolds {
  /** How many there are. */
  count = 0;
  private readonly texts = new BearerTexts();
  /** Where its text is; 0: the request is not here. */
  private refs = new Uint32Array(0);
  private ats = new Float64Array(0);
  /** Of those whose count is not 1. */
  private readonly counts = new Map<number, number>();
  /** A heap by `ats` of requests that lapse; those that have woken or ended are left in it. */
  private readonly lapsing: number[] = [];

  /** Makes room for requests with ids up to `last`. */
  expect(last: number): void {
    if (last < this.refs.length) return;
    const [refs, ats] = [new Uint32Array(last + 1), new Float64Array(last + 1)];
    refs.set(this.refs);
    ats.set(this.ats);
    this.refs = refs;
    this.ats = ats;
  }

  add(request: number, text: BearerText, { count, at }: Pick<Sleeper, "count" | "at">): void {
    if (request >= this.refs.length) this.expect(Math.max(2 * request, lengthAtStart));
    this.refs[request] = this.texts.keep(text);
    if (count !== 1) this.counts.set(request, count);
    this.ats[request] = at;
    this.count++;
    if (at !== Infinity) this.push(request);
  }

  has(request: number): boolean {
    return request < this.refs.length && this.refs[request] !== 0;
  }

  /** The hold as it is; `undefined` when it is not here. */
  look(request: number): Sleeper | undefined {
    if (!this.has(request)) return undefined;
    const { key, requestor } = this.texts.read(this.refs[request]!);
    return { key, requestor, count: this.counts.get(request) ?? 1, at: this.ats[request]! };
  }

  /** Takes the hold out. */
  wake(request: number): Sleeper | undefined {
    const sleeper = this.look(request);
    if (sleeper === undefined) return undefined;
    this.refs[request] = 0;
    this.counts.delete(request);
    this.count--;
    if (this.count === 0) this.clear();
    return sleeper;
  }

  /** When the next one lapses; `Infinity`: none does. */
  get due(): number {
    const first = this.lapsing[0];
    return first === undefined ? Infinity : this.ats[first]!;
  }

  /** The request that lapses next, once; 0 when the one that would have has woken or ended. */
  takeDue(): number {
    const { lapsing } = this;
    const first = lapsing[0];
    const last = lapsing.pop();
    if (first === undefined || last === undefined) return 0;
    if (lapsing.length > 0) this.sink(last);
    return this.has(first) ? first : 0;
  }

  /** The last one is gone, and with it what they took. */
  private clear(): void {
    this.texts.clear();
    this.refs = new Uint32Array(0);
    this.ats = new Float64Array(0);
    this.lapsing.length = 0;
  }

  private push(request: number): void {
    const { lapsing, ats } = this;
    const at = ats[request]!;
    let place = lapsing.length;
    lapsing.push(request);
    while (place > 0) {
      const above = (place - 1) >> 1;
      const parent = lapsing[above]!;
      if (ats[parent]! <= at) break;
      lapsing[place] = parent;
      place = above;
    }
    lapsing[place] = request;
  }

  /** Puts a request in the place of the first. */
  private sink(request: number): void {
    const { lapsing, ats } = this;
    const at = ats[request]!;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= lapsing.length) break;
      if (below + 1 < lapsing.length && ats[lapsing[below + 1]!]! < ats[lapsing[below]!]!) below++;
      const child = lapsing[below]!;
      if (ats[child]! >= at) break;
      lapsing[place] = child;
      place = below;
    }
    lapsing[place] = request;
  }
}
