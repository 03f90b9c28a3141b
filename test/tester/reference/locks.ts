/**
 * The law of locks as naively as it can be written: a lock is a list of requests in the
 * order in which they came, and who is compatible with all that hold it holds it as well.
 * Invariant: without faults, holders stand before waiters, and the first waiter is not
 * compatible with the holders.
 */
import type { Fault } from "./fault.ts";
import type { Mode, Peer, Request, Wish } from "./request.ts";

/** Where many wait all the time, who came first would never be served. */
const fewMax = 5;
/** One grant to a waiter in so many is given to the next as well. */
const grantsBetweenSlips = 100;

export class Locks {
  readonly #fault: Fault | undefined;
  readonly #lists = {
    exclusive: new Map<string, Request[]>(),
    shared: new Map<string, Request[]>(),
  };
  #fence = Math.floor(Date.now() / 1_000);
  readonly #fences = new Map<string, number>();
  /** How often each shared lock was granted. */
  readonly #shared = new Map<string, number>();
  #handed = 0;

  constructor(fault: Fault | undefined) {
    this.#fault = fault;
  }

  /** Names with holders or waiters, in the order in which they came. */
  names(mode: Mode): readonly string[] {
    return [...this.#lists[mode].keys()].filter((name) => this.holders(mode, name).length > 0);
  }

  holders(mode: Mode, name: string): readonly Request[] {
    return this.#list(mode, name).filter((request) => request.held);
  }

  waiters(mode: Mode, name: string): readonly Request[] {
    return this.#list(mode, name).filter((request) => !request.held);
  }

  all(): readonly Request[] {
    return [...this.#lists.exclusive.values(), ...this.#lists.shared.values()].flat();
  }

  /** What this peer, or its requestor, has already. */
  existing(peer: Peer, { mode, name, key, requestor }: Wish): Request | undefined {
    if (this.#fault === "lets requestors queue again" && this.waiters(mode, name).length > 0)
      return key === undefined ? this.#own(peer, mode, name) : undefined;
    if (key === undefined) return this.#own(peer, mode, name);
    if (key === "-") return undefined;
    return this.holders(mode, name).find(
      (held) => held.key === key && held.requestor === requestor,
    );
  }

  #own(peer: Peer, mode: Mode, name: string): Request | undefined {
    return this.holders(mode, name).find((held) => held.peer === peer && held.key === undefined);
  }

  /** Puts a request in line; it holds at once if nobody stands in its way. */
  add(peer: Peer, wish: Wish): Request {
    const { mode, name } = wish;
    const request: Request = {
      ...wish,
      peer,
      taker: peer,
      held: false,
      count: 1,
      fence: 0,
      since: new Date(),
      expires: undefined,
      timer: undefined,
      decided: undefined,
    };
    const list = this.#list(mode, name);
    this.#lists[mode].set(name, [...list, request]);
    const passes =
      (this.#fault === "lets readers pass" && wish.key !== undefined) ||
      (this.#fault === "lets newcomers overtake" && mode === "shared");
    const waits = list.some((other) => !other.held) && !passes;
    if (!waits && this.#compatible(request)) this.#hold(request);
    return request;
  }

  remove(request: Request): void {
    this.#take(request);
    if (this.#fault !== "slips in between") return this.promote(request.mode, request.name);
    setImmediate(() => this.promote(request.mode, request.name));
  }

  /** Without handing it over. */
  #take(request: Request): void {
    const { mode, name } = request;
    clearTimeout(request.timer);
    const left = this.#list(mode, name).filter((other) => other !== request);
    if (left.length === 0) this.#lists[mode].delete(name);
    else this.#lists[mode].set(name, left);
  }

  /** All that a peer has or wants; what it held comes out. */
  leave(peer: Peer): readonly Request[] {
    const own = this.all().filter((request) => request.peer === peer);
    const going = own.filter((request) => this.#goes(request));
    for (const request of going) this.#take(request);
    if (this.#fault !== "hands nothing over from the dead")
      for (const { mode, name } of going) this.promote(mode, name);
    return going.filter((request) => request.held);
  }

  #goes(request: Request): boolean {
    if (this.#fault === "forgets orphans" && request.held) return false;
    if (this.#fault === "forgets shared orphans" && request.held && request.mode === "shared")
      return false;
    if (this.#fault === "grants to the dead" && !request.held) return false;
    return !(this.#fault === "keeps keys for ever" && request.key !== undefined);
  }

  /** Grants what has become possible. */
  promote(mode: Mode, name: string): void {
    for (;;) {
      const waiting = this.waiters(mode, name);
      const last = this.#fault === "serves the last of few first" && waiting.length <= fewMax;
      const next = last ? waiting.at(-1) : waiting[0];
      if (next === undefined || !this.#compatible(next)) return;
      this.#hold(next);
      this.#handed += 1;
      next.decided?.("granted");
      if (this.#fault === "lets in one reader at a time" && next.key !== undefined) return;
      const slip =
        this.#fault === "grants to two waiters now and then" &&
        this.#handed % grantsBetweenSlips === 0;
      const other = slip ? this.waiters(mode, name)[0] : undefined;
      if (other === undefined) continue;
      this.#hold(other);
      other.decided?.("granted");
    }
  }

  #hold(request: Request): void {
    request.held = true;
    if (request.mode === "shared")
      this.#shared.set(request.name, (this.#shared.get(request.name) ?? 0) + 1);
    request.since = new Date();
    request.fence = this.#nextFence(request.name);
  }

  #nextFence(name: string): number {
    const alone =
      this.#fault === "numbers each lock's fences alone" ||
      this.#fault === "gives each lock one fence";
    if (!alone) return (this.#fence += 1);
    const known = this.#fences.get(name);
    if (known !== undefined && this.#fault === "gives each lock one fence") return known;
    const fence = (known ?? 0) + 1;
    this.#fences.set(name, fence);
    return fence;
  }

  /** A new one for what is held, as only a faulty server gives. */
  renumber(request: Request): void {
    request.fence = this.#nextFence(request.name);
  }

  #compatible(request: Request): boolean {
    const { mode, name, key, limit } = request;
    const holders = this.holders(mode, name);
    if (mode === "shared") return this.#hasPlace(limit, holders.length, request);
    if (holders.length === 0) return true;
    if (this.#fault === "mixes g and kg" && holders[0]?.key === undefined) return key !== undefined;
    if (key === undefined || (key === "-" && this.#fault !== "lends nobody's key")) return false;
    return this.#fault === "asks nobody for a key"
      ? holders[0]?.key !== undefined
      : holders[0]?.key === key;
  }

  #hasPlace(limit: number, holders: number, { name }: Wish): boolean {
    if (limit === 0 || this.#fault === "ignores limits") return true;
    if (this.#fault === "counts waiters as holders of a semaphore")
      return this.#list("shared", name).length - 1 < limit;
    if (this.#fault === "never gives places back") return (this.#shared.get(name) ?? 0) < limit;
    return holders < limit;
  }

  #list(mode: Mode, name: string): readonly Request[] {
    return this.#lists[mode].get(name) ?? [];
  }
}
