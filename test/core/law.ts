/**
 * The lock table as one sentence, computed anew each time: a lock is a list of requests;
 * its holders are the longest run from the front in which each is compatible with all
 * before it. Slow and obvious; what the real table is compared with.
 */

export interface LawRequest {
  readonly wait: object | null;
  session: number;
  readonly mode: "exclusive" | "shared";
  readonly key: string | null;
  readonly requestor: string;
  ttl: number | null;
  readonly limit: number;
  count: number;
  expires: number;
}

export interface LawDecision {
  readonly wait: object;
  readonly granted: boolean;
}

export class Law {
  readonly locks = new Map<string, LawRequest[]>();
  now = 0;

  holders(lock: string): LawRequest[] {
    const list = this.locks.get(lock) ?? [];
    let run = 0;
    while (run < list.length && compatible(list[run]!, list.slice(0, run))) run++;
    return list.slice(0, run);
  }

  /** What such a request adds to instead of joining the list. */
  existing(lock: string, asked: LawRequest): LawRequest | undefined {
    return same(this.holders(lock), asked);
  }

  /** `true`: granted; `false`: refused; `null`: waits. */
  ask(lock: string, asked: LawRequest): boolean | null {
    const existing = this.existing(lock, asked);
    if (existing !== undefined) {
      this.again(existing, asked.key === null ? null : asked.ttl);
      return true;
    }
    const list = this.locks.get(lock) ?? [];
    this.locks.set(lock, [...list, asked]);
    if (this.holders(lock).includes(asked)) {
      this.begin(asked);
      return true;
    }
    if (asked.wait !== null) return null;
    this.locks.set(lock, list);
    return false;
  }

  /** Removes requests and tells which waits that decides, and how. */
  remove(gone: (request: LawRequest) => boolean): LawDecision[] {
    const decisions: LawDecision[] = [];
    for (const [lock, list] of this.locks) {
      const held = this.holders(lock).filter((request) => !gone(request));
      this.locks.set(
        lock,
        list.filter((request) => !gone(request)),
      );
      for (;;) {
        const next = this.holders(lock).find((request) => !held.includes(request));
        if (next === undefined) break;
        const existing = same(held, next);
        if (existing === undefined) {
          held.push(next);
          this.begin(next);
        } else {
          const others = this.locks.get(lock)!.filter((request) => request !== next);
          this.locks.set(lock, others);
          this.again(existing, next.ttl);
        }
        decisions.push({ wait: next.wait!, granted: true });
      }
      if (this.locks.get(lock)!.length === 0) this.locks.delete(lock);
    }
    return decisions;
  }

  expire(): LawDecision[] {
    return this.remove((request) => request.expires <= this.now);
  }

  again(held: LawRequest, ttl: number | null): void {
    if (held.key === null) return;
    held.count++;
    this.lease(held, ttl);
  }

  lease(held: LawRequest, ttl: number | null): void {
    if (ttl === null) return;
    held.session = 0;
    held.ttl = ttl;
    held.expires = ttl === 0 ? Infinity : this.now + ttl;
  }

  private begin(request: LawRequest): void {
    if (request.key !== null) this.lease(request, request.ttl);
  }
}

/** Its own session's hold, or its requestor's that outlives connections, as is asked for. */
function same(holders: readonly LawRequest[], asked: LawRequest): LawRequest | undefined {
  if (asked.key === "-") return undefined;
  const alike = holders.filter((held) => held.key === asked.key);
  const own = alike.find((held) => held.session !== 0 && held.session === asked.session);
  if (asked.key === null) return own;
  const lasting = alike.find((held) => held.session === 0 && held.requestor === asked.requestor);
  return asked.ttl === null ? (own ?? lasting) : (lasting ?? own);
}

function compatible(request: LawRequest, before: readonly LawRequest[]): boolean {
  if (before.length === 0) return true;
  if (request.mode === "shared") return request.limit === 0 || before.length < request.limit;
  if (request.key === null || request.key === "-") return false;
  return before.every((other) => other.key === request.key);
}
