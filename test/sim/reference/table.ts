/**
 * The naive lock table that others are compared with: the law of the design, word for
 * word and slow. A lock is a list of requests in the order in which they came; who
 * holds it is the longest run from its front in which each is compatible with all
 * before it.
 * Invariant: a request is `granted` exactly when it is in that run.
 */

/** What a request is compatible with. */
export type Claim =
  | { readonly kind: "exclusive" }
  | { readonly kind: "keyed"; readonly key: string }
  | { readonly kind: "shared"; readonly limit: number };

export interface Request<Owner> {
  readonly owner: Owner;
  readonly claim: Claim;
  granted: boolean;
  /** Called when a request that had to wait belongs to the run. */
  readonly onGranted: () => void;
}

/** The locks of one name space. */
export class NaiveTable<Owner> {
  readonly locks = new Map<string, Request<Owner>[]>();

  /** Enters a request; one that may not wait and would have to never enters. */
  enter(name: string, request: Request<Owner>, mayWait: boolean): void {
    const list = [...this.requests(name), request];
    request.granted = run(list).includes(request);
    if (request.granted || mayWait) this.locks.set(name, list);
  }

  /** Removes a request from wherever it stands and grants what now belongs to the run. */
  leave(name: string, request: Request<Owner>): void {
    const list = this.requests(name).filter((other) => other !== request);
    if (list.length === 0) this.locks.delete(name);
    else this.locks.set(name, list);
    request.granted = false;
    for (const next of run(list)) {
      if (next.granted) continue;
      next.granted = true;
      next.onGranted();
    }
  }

  requests(name: string): Request<Owner>[] {
    return this.locks.get(name) ?? [];
  }

  holders(name: string): Request<Owner>[] {
    return this.requests(name).filter((request) => request.granted);
  }

  waiters(name: string): Request<Owner>[] {
    return this.requests(name).filter((request) => !request.granted);
  }

  /** Every request of everybody, with its lock's name. */
  all(): { name: string; request: Request<Owner> }[] {
    return [...this.locks].flatMap(([name, list]) => list.map((request) => ({ name, request })));
  }
}

function run<Owner>(list: readonly Request<Owner>[]): Request<Owner>[] {
  const end = list.findIndex((request, at) => !compatible(request.claim, list.slice(0, at)));
  return end < 0 ? [...list] : list.slice(0, end);
}

function compatible<Owner>(claim: Claim, before: readonly Request<Owner>[]): boolean {
  if (before.length === 0) return true;
  if (claim.kind === "exclusive") return false;
  if (claim.kind === "shared") return claim.limit === 0 || before.length < claim.limit;
  return (
    claim.key !== "-" &&
    before.every(({ claim: other }) => other.kind === "keyed" && other.key === claim.key)
  );
}
